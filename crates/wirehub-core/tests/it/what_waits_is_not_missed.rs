use std::time::Duration;

use wirehub_model::{
    Command, HistoryRules, Namespace, Namespaces, Offset, Pace, Resume, Subscribe, Window,
};

use crate::{
    cluster::{Client, Cluster, Rules},
    words::{
        filter, publish, publish_without_echo, seconds, subscribe, subscribe_at_pace, topic, user,
    },
};

const TIME: Duration = Duration::from_millis(50);

/// Everything has a window; `kept/#` has history and `state/#` a retained value besides.
fn cluster(shards: u16) -> Cluster {
    let kept = Namespace {
        history: HistoryRules {
            size: 100,
            ttl: seconds(600),
            bytes: 10_000,
        },
        ..windowed("kept/#")
    };
    let state = Namespace {
        retained: true,
        ..windowed("state/#")
    };
    Cluster::with(
        shards,
        Rules {
            namespaces: Namespaces::new(vec![kept, state], windowed("#")),
            resume_within: seconds(30),
            ..Rules::default()
        },
    )
}

fn windowed(pattern: &str) -> Namespace {
    Namespace {
        window: Some(Window {
            time: TIME,
            count: 100,
            latest: false,
        }),
        ..Namespace::new(filter(pattern))
    }
}

/// A client at the first shard that comes back to a session.
fn come_back(cluster: &mut Cluster, old: Client, name: &str, offset: u64) -> (Client, Vec<String>) {
    let new = cluster.join(0, user("ann"));
    let wish = Command::Resume(Box::new(Resume {
        session: cluster.session(old),
        received: 0,
        offsets: vec![(topic(name), Offset(offset))],
    }));
    let heard = cluster.ask(new, 1, wish);
    (new, heard)
}

#[test]
fn who_comes_back_within_a_window_gets_its_publications_once() {
    for shards in [1, 3] {
        let mut cluster = cluster(shards);
        let name = cluster.topic_at(shards - 1, "kept");
        let other = cluster.join(0, user("bob"));
        cluster.ask(other, None, subscribe(&name));
        let old = cluster.join(0, user("ann"));
        cluster.ask(old, None, subscribe(&name));
        cluster.ask(other, None, publish(&name, "1"));
        cluster.pass(TIME);
        assert_eq!(cluster.hear(old), [format!("message {name} at 1: 1")]);
        for text in ["2", "3"] {
            cluster.ask(other, None, publish(&name, text));
        }
        cluster.vanish(old);
        let (new, heard) = come_back(&mut cluster, old, &name, 1);
        let expected = [
            "resumed #1 lost 0".to_owned(),
            format!("subscribed {name} at 3 recovered"),
            format!("message {name} at 2: 2"),
            format!("message {name} at 3: 3"),
        ];
        assert_eq!(heard, expected);
        cluster.say(other, None, publish(&name, "4"));
        cluster.settle();
        cluster.pass(TIME);
        assert_eq!(cluster.hear(new), [format!("message {name} at 4: 4")]);
        // The window was sent when somebody had to know where the topic stands.
        let batch = format!("batch {name}: {name} at 2: 2, {name} at 3: 3");
        let heard = cluster.hear(other);
        assert_eq!(heard, [batch, format!("message {name} at 4: 4")]);
    }
}

#[test]
fn a_session_keeps_its_pace() {
    for shards in [1, 3] {
        let mut cluster = cluster(shards);
        let name = cluster.topic_at(shards - 1, "kept");
        let other = cluster.join(0, user("bob"));
        let old = cluster.join(0, user("ann"));
        cluster.ask(old, None, subscribe_at_pace(&name, seconds(1), None));
        cluster.vanish(old);
        let (new, heard) = come_back(&mut cluster, old, &name, 0);
        assert_eq!(
            heard.last().unwrap(),
            &format!("subscribed {name} at 0 recovered")
        );
        for text in ["1", "2", "3"] {
            cluster.ask(other, None, publish(&name, text));
            cluster.pass(TIME);
        }
        assert_eq!(cluster.hear(new), [format!("message {name} at 1: 1")]);
        cluster.pass(seconds(1));
        assert_eq!(
            cluster.hear(new),
            [format!("batch {name}: {name} at 3: 3 x2")]
        );
    }
}

#[test]
fn a_value_that_a_newcomer_with_a_pace_is_given_is_not_held_back_for_it() {
    let mut cluster = cluster(1);
    let [bob, eve] = ["bob", "eve"].map(|name| cluster.join(0, user(name)));
    let every = seconds(1);
    cluster.ask(bob, None, subscribe_at_pace("state/1", every, None));
    for text in ["1", "2"] {
        cluster.say(bob, None, publish("state/1", text));
        cluster.pass(TIME);
    }
    let heard = cluster.ask(eve, 1, subscribe_at_pace("state/1", every, None));
    assert_eq!(heard, ["subscribed #1 at 2", "retained state/1 at 2: 2"]);
    cluster.pass(every);
    assert!(cluster.hear(eve).is_empty());
    let heard = cluster.hear(bob);
    assert_eq!(
        heard,
        ["message state/1 at 1: 1", "message state/1 at 2: 2"]
    );
}

#[test]
fn a_publisher_without_an_echo_that_is_still_joining_gets_no_window() {
    let mut cluster = cluster(2);
    let name = cluster.topic_at(1, "state");
    let [bob, eve] = ["bob", "eve"].map(|name| cluster.join(0, user(name)));
    cluster.ask(bob, None, subscribe(&name));
    cluster.say(eve, None, publish_without_echo(&name, "1"));
    cluster.say(bob, None, publish(&name, "2"));
    // The window is sent ahead of the answer that says where the topic stands.
    let heard = cluster.ask(eve, 1, subscribe(&name));
    let retained = format!("retained {name} at 2: 2");
    assert_eq!(heard, ["subscribed #1 at 2", retained.as_str()]);
    let batch = format!("batch {name}: {name} at 1: 1, {name} at 2: 2");
    assert_eq!(cluster.hear(bob), [batch]);
}

#[test]
fn a_pace_that_finds_no_group_is_refused_after_the_home_has_answered() {
    let mut cluster = cluster(1);
    let levels = |level| {
        Command::Subscribe(Subscribe {
            pace: Some(Pace {
                every: seconds(1),
                level: Some(level),
            }),
            ..Subscribe::to(filter("state/1"))
        })
    };
    for level in 0..16 {
        let client = cluster.join(0, user("ann"));
        assert_eq!(
            cluster.ask(client, 1, levels(level)),
            ["subscribed #1 at 0"]
        );
    }
    let client = cluster.join(0, user("ann"));
    let heard = cluster.ask(client, 1, levels(16));
    assert_eq!(heard, ["refused #1 limit_reached"]);
    assert_eq!(cluster.stats().subscriptions, 16);
}
