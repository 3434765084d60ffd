use wirehub_core::Input;
use wirehub_model::{
    Command, ErrorCode, HistoryPage, HistoryQuery, PresenceQuery, Publish, Refusal,
};

use crate::{
    cluster::Cluster,
    words::{publish, send_to_user, subscribe, subscribe_since, topic, unsubscribe, user},
};

#[test]
fn each_of_them() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    let mut ask = |id: u64, command| cluster.ask(client, id, command);
    assert_eq!(ask(1, subscribe("a/1")), ["subscribed #1 at 0"]);
    assert_eq!(ask(2, subscribe("a/+")), ["subscribed #2"]);
    assert_eq!(
        ask(3, publish("a/1", "x")),
        ["message a/1 at 1: x", "published #3 at 1"]
    );
    assert_eq!(ask(4, unsubscribe("a/1")), ["done #4"]);
    assert_eq!(ask(5, unsubscribe("a/+")), ["done #5"]);
    assert_eq!(ask(6, send_to_user("bob", "x")), ["done #6"]);
    assert_eq!(ask(7, Command::Ping), ["pong"]);
}

#[test]
fn without_a_number_only_refusals_are_told() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    assert!(cluster.ask(client, None, subscribe("a")).is_empty());
    assert_eq!(
        cluster.ask(client, None, subscribe("a")),
        ["refused already_subscribed"]
    );
    assert_eq!(
        cluster.ask(client, None, unsubscribe("b")),
        ["refused not_subscribed"]
    );
    assert!(cluster.ask(client, None, unsubscribe("a")).is_empty());
}

#[test]
fn without_a_number_refusals_of_another_shard_are_told_as_well() {
    let mut cluster = Cluster::new(2);
    let client = cluster.join(0, user("ann"));
    let other = cluster.join(1, user("bob"));
    cluster.vanish(other);
    let send = crate::words::send_to_connection(cluster.id(other), "x");
    assert_eq!(cluster.ask(client, None, send), ["refused not_found"]);
}

#[test]
fn a_filter_must_be_ended_as_it_was_begun() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    cluster.ask(client, 1, subscribe("a/+"));
    assert_eq!(
        cluster.ask(client, 2, subscribe("a/+")),
        ["refused #2 already_subscribed"]
    );
    assert_eq!(
        cluster.ask(client, 3, unsubscribe("a/b")),
        ["refused #3 not_subscribed"]
    );
}

#[test]
fn what_is_not_enabled_says_so() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    let topic = topic("a");
    let presence = Command::Presence(PresenceQuery {
        topic: topic.clone(),
        limit: 10,
        after: None,
    });
    assert_eq!(cluster.ask(client, 1, presence), ["refused #1 not_enabled"]);
    let history = Command::History(HistoryQuery {
        topic,
        limit: 10,
        page: HistoryPage::Newest,
    });
    assert_eq!(cluster.ask(client, 2, history), ["refused #2 not_enabled"]);
}

#[test]
fn what_makes_no_sense_is_refused_in_the_dialects_words() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    let connection = cluster.id(client);
    let refusal = Refusal::new(ErrorCode::UnknownType, "no such type");
    let id = Some(9);
    cluster.input(
        0,
        Input::Malformed {
            connection,
            id,
            refusal,
        },
    );
    assert_eq!(cluster.hear(client), ["refused #9 unknown_type"]);
}

#[test]
fn the_transports_ping_comes_back_with_its_payload() {
    let mut cluster = Cluster::new(1);
    let client = cluster.open(0, None);
    let connection = cluster.id(client);
    let payload = b"abc".as_slice().into();
    cluster.input(
        0,
        Input::Ping {
            connection,
            payload,
        },
    );
    assert_eq!(cluster.hear(client), ["heartbeat reply abc"]);
}

#[test]
fn a_subscriber_learns_whether_it_missed_anything() {
    for shards in [1, 2] {
        let mut cluster = Cluster::new(shards);
        let client = cluster.join(0, user("ann"));
        let name = cluster.topic_at(shards - 1, "orders");
        cluster.ask(client, 1, publish(&name, "1"));
        let start = place(&mut cluster, &name);
        let resubscribe = || subscribe_since(&name, start);

        assert_eq!(
            cluster.ask(client, 2, resubscribe()),
            ["subscribed #2 at 2 recovered"]
        );
        assert_eq!(cluster.ask(client, 3, unsubscribe(&name)), ["done #3"]);
        cluster.ask(client, 4, publish(&name, "2"));
        assert_eq!(
            cluster.ask(client, 5, resubscribe()),
            ["subscribed #5 at 3 missed some: expired"]
        );
        let wild = subscribe_since("orders/+", start);
        assert_eq!(cluster.ask(client, 6, wild), ["refused #6 bad_request"]);
    }
}

/// Publishes something and returns its place.
fn place(cluster: &mut Cluster, name: &str) -> wirehub_model::Position {
    let publish = Publish::to(topic(name), crate::words::message("0"));
    let request = wirehub_core::Request::Publish(publish);
    match cluster.request(0, request) {
        wirehub_core::Answer::Published(Ok(published)) => published.position,
        other => panic!("not published: {other:?}"),
    }
}
