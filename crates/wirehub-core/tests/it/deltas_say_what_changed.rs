use std::time::Duration;

use wirehub_model::{
    Command, HistoryRules, Limits, Namespace, Namespaces, Overflow, Pace, Subscribe, Window,
};

use crate::{
    cluster::{Client, Cluster, Rules},
    history_recovers_what_was_missed::stands,
    words::{
        filter, publish, publish_for, publish_without_echo, seconds, subscribe,
        subscribe_to_deltas, unsubscribe, user,
    },
};

/// Topics under `drop/`, `window/` and `book/` allow deltas, others do not. The first drops what is
/// oldest for slow readers, the second gathers what is published.
fn cluster(shards: u16) -> Cluster {
    let allowing = |pattern| Namespace {
        deltas: true,
        history: HistoryRules {
            size: 10,
            ttl: Duration::from_secs(60),
            bytes: 1_000,
        },
        ..Namespace::new(filter(pattern))
    };
    let dropping = Namespace {
        overflow: Overflow::DropOldest,
        ..allowing("drop/#")
    };
    let windowed = Namespace {
        window: Some(Window {
            time: Duration::from_millis(50),
            count: 3,
            latest: false,
        }),
        ..allowing("window/#")
    };
    let list = vec![dropping, windowed, allowing("book/#")];
    Cluster::with(
        shards,
        Rules {
            limits: Limits {
                outbox_bytes: 200,
                connections_per_user: 2_000,
                publications_per_second: 0,
                messages_per_second: 0,
                ..Limits::default()
            },
            namespaces: Namespaces::new(list, Namespace::new(filter("#"))),
            ..Rules::default()
        },
    )
}

/// A client that subscribes to a topic and takes deltas.
fn taker(cluster: &mut Cluster, shard: u16, name: &str) -> Client {
    let client = cluster.join(shard, user("ann"));
    let heard = cluster.ask(client, 1, subscribe_to_deltas(name, None));
    assert!(heard[0].ends_with(" with deltas"), "{heard:?}");
    client
}

fn say(cluster: &mut Cluster, publisher: Client, name: &str, texts: &[&str]) {
    for text in texts {
        cluster.ask(publisher, None, publish(name, text));
    }
}

/// What a client heard has nothing in it that changes what it was not told just before.
fn builds_on_itself(heard: &[String]) {
    let mut last = None;
    for line in heard {
        let words: Vec<_> = line.split(' ').collect();
        let ["delta", _, "at", offset, _, rest @ ..] = &words[..] else {
            panic!("not for somebody who takes deltas: {line}");
        };
        if let ["since", since] = rest {
            assert_eq!(Some(*since), last, "of {heard:?}");
        }
        last = offset.strip_suffix(':');
    }
}

#[test]
fn behind_the_first_publication() {
    for shards in [1, 3] {
        let mut cluster = cluster(shards);
        let name = cluster.topic_at(shards - 1, "book");
        let publisher = cluster.join(0, user("bob"));
        let first = taker(&mut cluster, 0, &name);
        say(&mut cluster, publisher, &name, &["x", "y"]);
        let second = taker(&mut cluster, 0, &name);
        say(&mut cluster, publisher, &name, &["z"]);
        assert_eq!(
            cluster.hear(first),
            [
                format!("delta {name} at 1: x"),
                format!("delta {name} at 2: y since 1"),
                format!("delta {name} at 3: z since 2"),
            ]
        );
        assert_eq!(cluster.hear(second), [format!("delta {name} at 3: z")]);
        say(&mut cluster, publisher, &name, &["a"]);
        for client in [first, second] {
            let heard = cluster.hear(client);
            assert_eq!(heard, [format!("delta {name} at 4: a since 3")]);
        }
    }
}

#[test]
fn where_the_topic_allows_them_and_nobody_holds_anything_back() {
    let mut cluster = cluster(1);
    let client = cluster.join(0, user("ann"));
    let heard = cluster.ask(client, 1, subscribe_to_deltas("chat/1", None));
    assert_eq!(heard, ["subscribed #1 at 0"]);
    let heard = cluster.ask(client, 2, subscribe_to_deltas("book/#", None));
    assert_eq!(heard, ["subscribed #2"]);
    let paced = Command::Subscribe(Subscribe {
        deltas: true,
        pace: Some(Pace {
            every: seconds(1),
            level: None,
        }),
        ..Subscribe::to(filter("drop/1"))
    });
    assert_eq!(cluster.ask(client, 3, paced), ["subscribed #3 at 0"]);
    for name in ["chat/1", "book/1", "drop/1"] {
        let heard = cluster.ask(client, None, publish(name, "x"));
        assert_eq!(heard, [format!("message {name} at 1: x")]);
    }
}

#[test]
fn at_the_price_of_one_frame_for_all() {
    let mut cluster = cluster(1);
    let publisher = cluster.join(0, user("bob"));
    let takers: Vec<_> = (0..1_000)
        .map(|_| taker(&mut cluster, 0, "book/1"))
        .collect();
    let plain = cluster.join(0, user("ann"));
    cluster.ask(plain, None, subscribe("book/1"));
    say(&mut cluster, publisher, "book/1", &["x"]);
    let before = cluster.stats();
    say(&mut cluster, publisher, "book/1", &["y"]);
    let after = cluster.stats();
    assert_eq!(after.deliveries - before.deliveries, 1_001);
    assert_eq!(after.frames - before.frames, 2);
    // One that was late needs the whole, which is a third frame.
    taker(&mut cluster, 0, "book/1");
    let before = cluster.stats();
    say(&mut cluster, publisher, "book/1", &["z"]);
    assert_eq!(cluster.stats().frames - before.frames, 3);
    for client in takers {
        builds_on_itself(&cluster.hear(client));
    }
    let heard = cluster.hear(plain);
    assert_eq!(heard.last().unwrap(), "message book/1 at 3: z");
}

#[test]
fn to_nobody_who_was_left_out() {
    let mut cluster = cluster(1);
    let other = taker(&mut cluster, 0, "book/1");
    let publisher = taker(&mut cluster, 0, "book/1");
    say(&mut cluster, publisher, "book/1", &["x"]);
    cluster.ask(publisher, None, publish_without_echo("book/1", "own"));
    say(&mut cluster, publisher, "book/1", &["y", "z"]);
    let heard = cluster.hear(other);
    assert_eq!(heard[1], "delta book/1 at 2: own since 1");
    builds_on_itself(&heard);
    cluster.ask(publisher, None, publish_without_echo("book/1", "own"));
    let heard = cluster.ask(publisher, None, publish("book/1", "a"));
    assert_eq!(heard, ["delta book/1 at 6: a"]);
}

#[test]
fn of_nothing_that_expired_before_it_was_told() {
    let mut cluster = cluster(3);
    let name = cluster.topic_at(2, "book");
    let client = taker(&mut cluster, 0, &name);
    say(&mut cluster, client, &name, &["x"]);
    cluster.say(client, None, publish_for(&name, "late", seconds(1)));
    cluster.now = cluster.now + seconds(2);
    cluster.settle();
    let heard = cluster.ask(client, None, publish(&name, "y"));
    assert_eq!(heard, [format!("delta {name} at 3: y since 1")]);
}

#[test]
fn to_whoever_comes_back_of_all_it_missed() {
    for shards in [1, 3] {
        let mut cluster = cluster(shards);
        let name = cluster.topic_at(shards - 1, "book");
        let publisher = cluster.join(0, user("bob"));
        say(&mut cluster, publisher, &name, &["x"]);
        let since = stands(&mut cluster, &name);
        say(&mut cluster, publisher, &name, &["y", "z"]);
        let client = cluster.join(0, user("ann"));
        let heard = cluster.ask(client, 1, subscribe_to_deltas(&name, Some(since)));
        assert_eq!(
            heard,
            [
                "subscribed #1 at 3 recovered with deltas".to_owned(),
                format!("delta {name} at 2: y"),
                format!("delta {name} at 3: z since 2"),
            ]
        );
        say(&mut cluster, publisher, &name, &["a"]);
        assert_eq!(
            cluster.hear(client),
            [format!("delta {name} at 4: a since 3")]
        );
        // One that missed nothing has nothing that could be changed.
        let since = stands(&mut cluster, &name);
        let other = cluster.join(0, user("ann"));
        cluster.ask(other, 1, subscribe_to_deltas(&name, Some(since)));
        say(&mut cluster, publisher, &name, &["b"]);
        assert_eq!(cluster.hear(other), [format!("delta {name} at 5: b")]);
        // Those who leave and come again begin again.
        cluster.ask(client, None, unsubscribe(&name));
        cluster.hear(client);
        cluster.ask(client, None, subscribe_to_deltas(&name, None));
        say(&mut cluster, publisher, &name, &["c"]);
        assert_eq!(cluster.hear(client), [format!("delta {name} at 6: c")]);
    }
}

#[test]
fn of_publications_that_came_together_too() {
    let mut cluster = cluster(1);
    let publisher = cluster.join(0, user("bob"));
    let client = taker(&mut cluster, 0, "window/1");
    // What it matches a second time it does not hear a second time.
    cluster.ask(client, None, subscribe("window/#"));
    say(&mut cluster, publisher, "window/1", &["x", "y"]);
    cluster.say(client, None, publish_without_echo("window/1", "own"));
    say(&mut cluster, publisher, "window/1", &["a", "b", "c"]);
    assert_eq!(
        cluster.hear(client),
        [
            "delta window/1 at 1: x",
            "delta window/1 at 2: y since 1",
            "delta window/1 at 4: a",
            "delta window/1 at 5: b since 4",
            "delta window/1 at 6: c since 5",
        ]
    );
}

#[test]
fn to_slow_readers_of_nothing_that_may_be_dropped() {
    let mut cluster = cluster(1);
    let publisher = cluster.join(0, user("bob"));
    let client = taker(&mut cluster, 0, "drop/1");
    let texts: Vec<String> = (10..100).map(|number| number.to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for round in texts.chunks(18) {
        say(&mut cluster, publisher, "drop/1", &round[..2]);
        cluster.set_room(client, 70);
        say(&mut cluster, publisher, "drop/1", &round[2..16]);
        cluster.set_room(client, usize::MAX);
        cluster.flush();
        say(&mut cluster, publisher, "drop/1", &round[16..]);
    }
    let heard = cluster.hear(client);
    builds_on_itself(&heard);
    let dropped = cluster.stats().dropped;
    assert!(dropped > 0);
    assert_eq!(heard.len() as u64 + dropped, 90);
    let deltas = heard.iter().filter(|line| line.contains("since"));
    assert!(deltas.count() >= 15, "{heard:?}");
    assert_eq!(cluster.hung_up(client), None);
}

#[test]
fn to_slow_readers_of_all_that_must_arrive() {
    let mut cluster = cluster(1);
    let publisher = cluster.join(0, user("bob"));
    let client = taker(&mut cluster, 0, "book/1");
    cluster.set_room(client, 0);
    say(&mut cluster, publisher, "book/1", &["x", "y", "z"]);
    cluster.set_room(client, usize::MAX);
    cluster.flush();
    assert_eq!(
        cluster.hear(client),
        [
            "delta book/1 at 1: x",
            "delta book/1 at 2: y since 1",
            "delta book/1 at 3: z since 2",
        ]
    );
}
