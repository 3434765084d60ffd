use std::time::Duration;

use wirehub_core::{Answer, Request};
use wirehub_model::{Namespace, Namespaces, Publish};

use crate::{
    cluster::{Cluster, Rules},
    words::{
        filter, message, publish, publish_for, publish_without_echo, seconds, subscribe, topic,
        user,
    },
};

#[test]
fn however_many_filters_match() {
    let mut cluster = Cluster::new(2);
    let client = cluster.join(0, user("ann"));
    for filter in ["a/1", "a/+", "+/1", "#"] {
        cluster.ask(client, None, subscribe(filter));
    }
    let heard = cluster.ask(client, 1, publish("a/1", "x"));
    assert_eq!(heard, ["message a/1 at 1: x", "published #1 at 1"]);
}

#[test]
fn not_to_the_publisher_who_does_not_want_an_echo() {
    for home in [0, 1] {
        let mut cluster = Cluster::new(2);
        let name = cluster.topic_at(home, "a");
        let [ann, bob] = ["ann", "bob"].map(|name| cluster.join(0, user(name)));
        // The same slot on another shard is somebody else.
        let far = cluster.join(1, user("eve"));
        for client in [ann, bob, far] {
            cluster.ask(client, None, subscribe(&name));
        }
        let heard = cluster.ask(ann, 1, publish_without_echo(&name, "x"));
        assert_eq!(heard, ["published #1 at 1"]);
        let line = format!("message {name} at 1: x");
        assert_eq!(cluster.hear(bob), [line.as_str()]);
        assert_eq!(cluster.hear(far), [line.as_str()]);
    }
}

#[test]
fn to_every_shard_in_the_order_of_the_home() {
    let mut cluster = Cluster::new(3);
    let name = cluster.topic_at(1, "a");
    let clients = [0, 1, 2].map(|shard| cluster.join(shard, user("ann")));
    for client in clients {
        cluster.ask(client, None, subscribe(&name));
    }
    // Two far publishers and a near one; their relays reach the home one way or the other.
    cluster.say(clients[0], None, publish(&name, "from 0"));
    cluster.say(clients[2], None, publish(&name, "from 2"));
    cluster.carry(2, 1);
    cluster.say(clients[1], None, publish(&name, "from 1"));
    cluster.settle();
    let expected = [(1, "from 2"), (2, "from 1"), (3, "from 0")]
        .map(|(offset, text)| format!("message {name} at {offset}: {text}"));
    for client in clients {
        assert_eq!(cluster.hear(client), expected);
    }
}

#[test]
fn unless_they_expired_on_the_way() {
    let mut cluster = Cluster::new(2);
    let name = cluster.topic_at(1, "a");
    let client = cluster.join(0, user("ann"));
    cluster.ask(client, None, subscribe(&name));
    cluster.say(client, 1, publish_for(&name, "late", seconds(2)));
    cluster.carry(0, 1);
    cluster.now = cluster.now + seconds(2);
    cluster.settle();
    assert_eq!(cluster.hear(client), ["published #1 at 1"]);
    assert_eq!(cluster.stats().expired, 1);

    // Who comes next is told where the topic stands, the expired publication included.
    let next = cluster.join(0, user("bob"));
    assert_eq!(
        cluster.ask(next, 2, subscribe(&name)),
        ["subscribed #2 at 1"]
    );
}

#[test]
fn or_while_they_waited_for_a_slow_reader() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    cluster.ask(client, None, subscribe("a"));
    cluster.set_room(client, 0);
    for (text, ttl) in [("one", 60), ("two", 2), ("three", 60), ("four", 3)] {
        cluster.say(client, None, publish_for("a", text, seconds(ttl)));
    }
    cluster.pass(seconds(4));
    cluster.set_room(client, usize::MAX);
    cluster.flush();
    assert_eq!(
        cluster.hear(client),
        ["message a at 1: one", "message a at 3: three"]
    );
    assert_eq!(cluster.stats().expired, 2);
    assert_eq!(cluster.stats().waiting_bytes, 0);
}

#[test]
fn a_frame_that_was_begun_is_finished_even_when_it_expires() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    cluster.ask(client, None, subscribe("a"));
    cluster.set_room(client, 5);
    cluster.say(client, None, publish_for("a", "one", seconds(1)));
    assert_eq!(cluster.heard_in_part(client), b"messa");
    cluster.pass(seconds(2));
    cluster.set_room(client, usize::MAX);
    cluster.flush();
    assert_eq!(cluster.hear(client), ["message a at 1: one"]);
}

#[test]
fn a_namespace_says_how_long_its_publications_last() {
    let namespace = Namespace {
        ttl: Some(Duration::from_secs(1)),
        ..Namespace::new(filter("brief/#"))
    };
    let fallback = Namespace::new(filter("#"));
    let rules = Rules {
        namespaces: Namespaces::new(vec![namespace], fallback),
        ..Rules::default()
    };
    let mut cluster = Cluster::with(1, rules);
    let client = cluster.join(0, user("ann"));
    cluster.ask(client, None, subscribe("#"));
    cluster.set_room(client, 0);
    cluster.say(client, None, publish("brief/1", "gone"));
    cluster.say(client, None, publish_for("brief/1", "kept", seconds(60)));
    cluster.say(client, None, publish("long/1", "kept"));
    cluster.pass(seconds(2));
    cluster.set_room(client, usize::MAX);
    cluster.flush();
    let heard = cluster.hear(client);
    assert_eq!(
        heard,
        ["message brief/1 at 2: kept", "message long/1 at 1: kept"]
    );
}

#[test]
fn the_holder_of_the_handle_publishes_through_any_shard() {
    let mut cluster = Cluster::new(2);
    let client = cluster.join(0, user("ann"));
    let name = cluster.topic_at(1, "a");
    cluster.ask(client, None, subscribe(&name));
    for shard in [0, 1] {
        let request = Request::Publish(Publish::to(topic(&name), message("x")));
        let answer = cluster.request(shard, request);
        assert!(matches!(answer, Answer::Published(Ok(_))), "{answer:?}");
    }
    let expected = [1, 2].map(|offset| format!("message {name} at {offset}: x"));
    assert_eq!(cluster.hear(client), expected);
}

#[test]
fn a_topic_that_rested_long_enough_begins_again() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    assert_eq!(
        cluster.ask(client, 1, publish("a", "x")),
        ["published #1 at 1"]
    );
    assert_eq!(
        cluster.ask(client, 2, publish("a", "x")),
        ["published #2 at 2"]
    );
    for _ in 0..40 {
        cluster.pass(seconds(8));
        cluster.alive(client);
    }
    cluster.hear(client);
    assert_eq!(cluster.stats().topics, 0);
    assert_eq!(
        cluster.ask(client, 3, publish("a", "x")),
        ["published #3 at 1"]
    );
}
