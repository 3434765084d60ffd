use std::time::Duration;

use wirehub_core::{Answer, Request};
use wirehub_model::{Limits, Moment, Namespace, Namespaces, Publish, Window};

use crate::{
    cluster::{Client, Cluster, Rules},
    words::{
        filter, message, publish, publish_about, publish_for, publish_without_echo, seconds,
        subscribe, topic, unsubscribe, user,
    },
};

const TIME: Duration = Duration::from_millis(50);

fn rules(count: usize, latest: bool) -> Rules {
    let windowed = Namespace {
        window: Some(Window {
            time: TIME,
            count,
            latest,
        }),
        ..Namespace::new(filter("w/#"))
    };
    Rules {
        limits: Limits {
            publications_per_second: 0,
            messages_per_second: 0,
            ..Limits::default()
        },
        namespaces: Namespaces::new(vec![windowed], Namespace::new(filter("#"))),
        ..Rules::default()
    }
}

/// A cluster with a windowed topic at its last shard, and a subscriber of it on every shard.
fn room(shards: u16, count: usize, latest: bool) -> (Cluster, String, Vec<Client>) {
    let mut cluster = Cluster::with(shards, rules(count, latest));
    let name = cluster.topic_at(shards - 1, "w");
    let mut clients = Vec::new();
    for shard in 0..shards {
        let client = cluster.join(shard, user("ann"));
        cluster.ask(client, None, subscribe(&name));
        clients.push(client);
    }
    (cluster, name, clients)
}

#[test]
fn until_its_time_is_over() {
    for shards in [1, 3] {
        let (mut cluster, name, clients) = room(shards, 100, false);
        for text in ["x", "y", "z"] {
            cluster.say(clients[0], None, publish(&name, text));
        }
        let heard = cluster.ask(clients[0], 1, publish(&name, "last"));
        assert_eq!(heard, ["published #1 at 4"], "the answer does not wait");
        cluster.pass(TIME - Duration::from_millis(1));
        assert!(cluster.hear(clients[0]).is_empty());
        cluster.pass(Duration::from_millis(1));
        let frames = cluster.stats().frames;
        let batch = format!(
            "batch {name}: {name} at 1: x, {name} at 2: y, {name} at 3: z, {name} at 4: last"
        );
        for client in &clients {
            assert_eq!(cluster.hear(*client), [batch.as_str()]);
        }
        let stats = cluster.stats();
        assert_eq!((stats.windows_flushed, stats.conflated), (1, 0));
        assert_eq!(stats.deliveries, 4 * u64::from(shards));
        assert_eq!(stats.frames, frames, "nothing more is encoded");

        cluster.say(clients[0], None, publish(&name, "next"));
        cluster.settle();
        assert!(cluster.hear(clients[0]).is_empty(), "a new window began");
    }
}

#[test]
fn or_until_they_are_enough() {
    for shards in [1, 3] {
        let (mut cluster, name, clients) = room(shards, 3, false);
        for text in ["1", "2", "3", "4"] {
            cluster.say(clients[0], None, publish(&name, text));
        }
        cluster.settle();
        let batch = format!("batch {name}: {name} at 1: 1, {name} at 2: 2, {name} at 3: 3");
        for client in &clients {
            assert_eq!(cluster.hear(*client), [batch.as_str()]);
        }
        // One alone needs no batch.
        cluster.pass(TIME);
        for client in &clients {
            assert_eq!(cluster.hear(*client), [format!("message {name} at 4: 4")]);
        }
    }
}

#[test]
fn or_until_they_have_too_many_bytes_for_an_outbox() {
    let mut rules = rules(100, false);
    rules.limits.outbox_bytes = 40;
    let mut cluster = Cluster::with(1, rules);
    let client = cluster.join(0, user("ann"));
    cluster.ask(client, None, subscribe("w/1"));
    cluster.say(client, None, publish("w/1", "12345"));
    assert!(cluster.hear(client).is_empty());
    cluster.say(client, None, publish("w/1", "67890"));
    assert_eq!(cluster.hear(client).len(), 1);
}

#[test]
fn the_newest_of_each_key_stands_for_the_others() {
    for shards in [1, 3] {
        let (mut cluster, name, clients) = room(shards, 100, true);
        for (key, text) in [("a", "1"), ("b", "2"), ("a", "3"), ("a", "4")] {
            cluster.say(clients[0], None, publish_about(&name, key, text));
            cluster.say(clients[0], None, publish(&name, "plain"));
        }
        cluster.settle();
        cluster.pass(TIME);
        let batch =
            format!("batch {name}: {name} at 3: 2, {name} at 7: 4 x3, {name} at 8: plain x4");
        for client in &clients {
            assert_eq!(cluster.hear(*client), [batch.as_str()]);
        }
        assert_eq!(cluster.stats().conflated, 5);
    }
}

#[test]
fn one_that_stands_for_others_says_for_how_many() {
    let (mut cluster, name, clients) = room(1, 100, true);
    for text in ["1", "2", "3"] {
        cluster.say(clients[0], None, publish(&name, text));
    }
    cluster.pass(TIME);
    let heard = cluster.hear(clients[0]);
    assert_eq!(heard, [format!("batch {name}: {name} at 3: 3 x3")]);
}

#[test]
fn nobody_hears_twice_or_what_it_left() {
    let (mut cluster, name, _) = room(2, 100, false);
    let [both, wild, left] = ["both", "wild", "left"].map(|who| cluster.join(0, user(who)));
    for (client, text) in [
        (both, name.as_str()),
        (both, "w/+"),
        (wild, "#"),
        (left, "w/#"),
    ] {
        cluster.ask(client, None, subscribe(text));
    }
    for text in ["1", "2"] {
        cluster.say(both, None, publish(&name, text));
    }
    cluster.settle();
    cluster.ask(left, None, unsubscribe("w/#"));
    cluster.pass(TIME);
    let batch = format!("batch {name}: {name} at 1: 1, {name} at 2: 2");
    for client in [both, wild] {
        assert_eq!(cluster.hear(client), [batch.as_str()]);
    }
    assert!(cluster.hear(left).is_empty());
}

#[test]
fn a_publisher_without_an_echo_gets_the_others() {
    for shards in [1, 3] {
        let (mut cluster, name, clients) = room(shards, 100, false);
        let other = cluster.join(0, user("eve"));
        cluster.ask(other, None, subscribe(&name));
        for (client, text) in [(clients[0], "1"), (other, "2"), (clients[0], "3")] {
            cluster.say(client, None, publish_without_echo(&name, text));
            cluster.settle();
        }
        cluster.pass(TIME);
        assert_eq!(
            cluster.hear(clients[0]),
            [format!("message {name} at 2: 2")]
        );
        let others = format!("batch {name}: {name} at 1: 1, {name} at 3: 3");
        assert_eq!(cluster.hear(other), [others.as_str()]);
        if shards > 1 {
            let all = format!("batch {name}: {name} at 1: 1, {name} at 2: 2, {name} at 3: 3");
            assert_eq!(cluster.hear(clients[1]), [all.as_str()]);
        }
    }
}

#[test]
fn a_crowd_of_publishers_without_an_echo_costs_little_more_than_their_windows() {
    let (mut cluster, name, _) = room(1, 1_000, false);
    let crowd: Vec<Client> = (0..100).map(|_| cluster.join(0, user("crowd"))).collect();
    for client in &crowd {
        cluster.ask(*client, None, subscribe(&name));
    }
    for client in &crowd {
        cluster.say(*client, None, publish_without_echo(&name, "x"));
    }
    cluster.pass(TIME);
    for (own, client) in crowd.iter().enumerate() {
        let mut offsets = Vec::new();
        for line in cluster.hear(*client) {
            let words = line.split(' ').skip_while(|word| *word != "at");
            let numbers = words.filter_map(|word| word.trim_end_matches(':').parse::<u64>().ok());
            offsets.extend(numbers);
        }
        let expected: Vec<u64> = (1..=100)
            .filter(|offset| *offset != own as u64 + 1)
            .collect();
        assert_eq!(offsets, expected);
    }
}

#[test]
fn what_expired_in_a_window_is_not_sent_but_has_its_place() {
    let (mut cluster, name, clients) = room(2, 100, false);
    let brief = Duration::from_millis(20);
    cluster.say(clients[0], None, publish_for(&name, "brief", brief));
    cluster.say(clients[0], None, publish(&name, "kept"));
    cluster.say(clients[0], None, publish_for(&name, "brief", brief));
    cluster.settle();
    cluster.pass(TIME);
    for client in &clients {
        assert_eq!(
            cluster.hear(*client),
            [format!("message {name} at 2: kept")]
        );
    }
    assert_eq!(cluster.stats().expired, 4, "two on each shard");
    let next = cluster.join(0, user("bob"));
    assert_eq!(
        cluster.ask(next, 1, subscribe(&name)),
        ["subscribed #1 at 3"]
    );
}

#[test]
fn a_newcomer_gets_nothing_that_it_was_told_to_know() {
    for shards in [1, 2] {
        let mut cluster = Cluster::with(shards, rules(100, false));
        let name = cluster.topic_at(0, "w");
        let first = cluster.join(0, user("ann"));
        cluster.ask(first, None, subscribe(&name));
        for text in ["1", "2"] {
            cluster.say(first, None, publish(&name, text));
        }
        // On another shard it asks the home, which sends what waits before it says where it is.
        let next = cluster.join(shards - 1, user("bob"));
        let heard = cluster.ask(next, 1, subscribe(&name));
        let known = if shards == 1 { 0 } else { 2 };
        assert_eq!(heard, [format!("subscribed #1 at {known}")]);
        cluster.pass(TIME);
        let batch = format!("batch {name}: {name} at 1: 1, {name} at 2: 2");
        assert_eq!(cluster.hear(first), [batch.as_str()]);
        let heard = cluster.hear(next);
        assert_eq!(heard.len(), usize::from(known == 0), "{heard:?}");
    }
}

#[test]
fn nothing_waits_where_nobody_listens() {
    let mut cluster = Cluster::with(1, rules(100, false));
    let request = Request::Publish(Publish::to(topic("w/1"), message("x")));
    let answer = cluster.request(0, request);
    assert!(matches!(answer, Answer::Published(Ok(_))), "{answer:?}");
    assert!(cluster.next_timeout(0) > Some(Moment::ZERO + seconds(60)));
    assert_eq!(cluster.stats().windows_flushed, 0);
}

#[test]
fn new_rules_do_not_disturb_the_order() {
    let (mut cluster, name, clients) = room(1, 100, false);
    cluster.say(clients[0], None, publish(&name, "1"));
    cluster.reload(Rules::default());
    cluster.say(clients[0], None, publish(&name, "2"));
    let expected = [1, 2].map(|offset| format!("message {name} at {offset}: {offset}"));
    assert_eq!(cluster.hear(clients[0]), expected);
    assert!(cluster.next_timeout(0) > Some(cluster.now + seconds(1)));
}
