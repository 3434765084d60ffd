use std::{sync::Arc, time::Duration};

use wirehub_core::{Answer, Ask, Input, Opened, Output, Request, Told};
use wirehub_model::{ErrorCode, Offset, Position};

use crate::{
    broker::{Broker, rules},
    cluster::Cluster,
    words::{
        publish, publish_without_echo, seconds, subscribe, subscribe_since, topic, unsubscribe,
        user, watch,
    },
};

fn each(test: impl Fn(&mut Cluster, &mut Broker, u16, &str)) {
    for shards in [1, 3] {
        let mut cluster = Cluster::with(shards, rules());
        let name = cluster.topic_at(shards - 1, "kept");
        test(&mut cluster, &mut Broker::default(), shards - 1, &name);
    }
}

#[test]
fn a_publication_is_delivered_when_the_broker_has_placed_it() {
    each(|cluster, broker, last, name| {
        let (ann, bob) = (
            cluster.join(0, user("ann")),
            cluster.join(last, user("bob")),
        );
        cluster.say(ann, 1, subscribe(name));
        cluster.say(bob, 1, subscribe("kept/+"));
        broker.settle(cluster);
        assert_eq!(cluster.hear(ann), ["subscribed #1 at 0"]);
        assert_eq!(cluster.hear(bob), ["subscribed #1"]);

        cluster.ask(ann, 2, publish(name, "x"));
        assert_eq!(cluster.hear(bob), Vec::<String>::new());
        broker.settle(cluster);
        let message = format!("message {name} at 1: x");
        assert_eq!(cluster.hear(bob), std::slice::from_ref(&message));
        let mut heard = cluster.hear(ann);
        heard.sort();
        assert_eq!(heard, [message, "published #2 at 1".to_owned()]);
    });
}

#[test]
fn a_window_gathers_what_the_broker_has_placed() {
    let mut cluster = Cluster::with(3, rules());
    let mut broker = Broker::default();
    let name = cluster.topic_at(2, "window");
    let ann = cluster.join(0, user("ann"));
    cluster.say(ann, None, subscribe(&name));
    broker.settle(&mut cluster);
    for text in ["x", "y"] {
        cluster.say(ann, None, publish(&name, text));
    }
    broker.settle(&mut cluster);
    assert!(cluster.hear(ann).is_empty());
    // Who asks where the topic stands has it sent.
    let bob = cluster.join(2, user("bob"));
    cluster.say(bob, 1, subscribe_since(&name, position(0)));
    broker.settle(&mut cluster);
    let batch = format!("batch {name}: {name} at 1: x, {name} at 2: y");
    assert_eq!(cluster.hear(ann), [batch]);
    let heard = cluster.hear(bob);
    assert_eq!(heard, ["subscribed #1 at 2 missed some: expired"]);
    cluster.say(ann, None, publish(&name, "z"));
    broker.settle(&mut cluster);
    cluster.pass(Duration::from_millis(50));
    for client in [ann, bob] {
        assert_eq!(cluster.hear(client), [format!("message {name} at 3: z")]);
    }
}

fn position(offset: u64) -> Position {
    Position {
        epoch: Broker::EPOCH,
        offset: Offset(offset),
    }
}

#[test]
fn whoever_comes_back_is_given_what_the_broker_kept() {
    each(|cluster, broker, last, name| {
        let ann = cluster.join(0, user("ann"));
        for text in ["1", "2", "3"] {
            cluster.say(ann, None, publish(name, text));
        }
        broker.settle(cluster);
        let bob = cluster.join(last, user("bob"));
        let since = Position {
            epoch: Broker::EPOCH,
            offset: Offset(1),
        };
        cluster.say(bob, 1, subscribe_since(name, since));
        cluster.settle();
        // The topic is being opened; a publication overtakes the answer.
        cluster.say(ann, None, publish(name, "4"));
        broker.settle(cluster);
        let heard = cluster.hear(bob);
        let all = ["2", "3", "4"].map(|text| format!("message {name} at {text}: {text}"));
        assert!(heard[0].starts_with("subscribed #1 at"), "{heard:?}");
        assert!(heard[0].ends_with("recovered"), "{heard:?}");
        assert_eq!(heard[1..], all);
    });
}

/// A client that changed hubs was told on the other one what the broker tells this one late.
#[test]
fn whoever_knows_more_than_the_hub_waits_for_it() {
    each(|cluster, broker, last, name| {
        let ann = cluster.join(0, user("ann"));
        cluster.say(ann, 1, subscribe(name));
        broker.settle(cluster);
        cluster.ask(ann, 2, publish(name, "1"));
        broker.settle(cluster);
        cluster.hear(ann);

        let bob = cluster.join(last, user("bob"));
        cluster.say(bob, 1, subscribe_since(name, position(2)));
        broker.settle(cluster);
        assert_eq!(cluster.hear(bob), Vec::<String>::new());
        for text in ["2", "3"] {
            cluster.say(ann, None, publish(name, text));
        }
        broker.settle(cluster);
        let expected = [
            "subscribed #1 at 2 recovered".to_owned(),
            format!("message {name} at 3: 3"),
        ];
        assert_eq!(cluster.hear(bob), expected);
        let expected = ["2", "3"].map(|text| format!("message {name} at {text}: {text}"));
        assert_eq!(cluster.hear(ann), expected);
    });
}

#[test]
fn whoever_is_never_caught_up_with_is_told_so_and_nobody_overtakes() {
    each(|cluster, broker, last, name| {
        let ann = cluster.join(0, user("ann"));
        cluster.say(ann, 1, subscribe(name));
        broker.settle(cluster);
        assert_eq!(cluster.hear(ann), ["subscribed #1 at 0"]);
        let bob = cluster.join(last, user("bob"));
        cluster.say(bob, 1, subscribe_since(name, position(9)));
        cluster.say(bob, 2, unsubscribe(name));
        cluster.say(bob, 3, subscribe(name));
        broker.settle(cluster);
        cluster.alive(ann);
        cluster.alive(bob);
        cluster.pass(seconds(3));
        broker.settle(cluster);
        let heard = cluster.hear(bob);
        assert_eq!(heard.last().unwrap(), "subscribed #3 at 0", "{heard:?}");
        cluster.say(ann, None, publish(name, "1"));
        broker.settle(cluster);
        assert_eq!(cluster.hear(bob), [format!("message {name} at 1: 1")]);
    });
}

#[test]
fn what_arrives_before_the_answer_is_not_lost_nor_doubled() {
    let mut cluster = Cluster::with(1, rules());
    let mut broker = Broker::default();
    let ann = cluster.join(0, user("ann"));
    cluster.say(ann, 1, subscribe("kept/a"));
    let (shard, open) = cluster.asks.pop_front().unwrap();
    assert!(matches!(open, Ask::Open { .. }));
    // The broker has opened the topic, and tells of two publications before its answer arrives:
    // the first of them is in the answer too.
    broker.open.push("kept/a".to_owned());
    let server = |text: &str| {
        let publish = wirehub_model::Publish::to(topic("kept/a"), crate::words::message(text));
        Request::Publish(publish)
    };
    for (ticket, text) in [(1, "1"), (2, "2")] {
        let request = server(text);
        cluster.input(shard, Input::Request { ticket, request });
        broker.settle(&mut cluster);
    }
    assert_eq!(cluster.hear(ann), Vec::<String>::new());
    let opened = Opened {
        position: Position {
            epoch: Broker::EPOCH,
            offset: Offset(1),
        },
        history: vec![Arc::clone(&broker.logs["kept/a"][0])],
        values: Vec::new(),
        crowd: None,
    };
    let told = Told::Opened(topic("kept/a"), Ok(opened));
    cluster.input(shard, Input::Broker(told));
    cluster.settle();
    assert_eq!(cluster.hear(ann), ["subscribed #1 at 2"]);
    let start = Position {
        epoch: Broker::EPOCH,
        offset: Offset(0),
    };
    let bob = cluster.join(0, user("bob"));
    let heard = cluster.ask(bob, 1, subscribe_since("kept/a", start));
    let all = ["message kept/a at 1: 1", "message kept/a at 2: 2"];
    assert_eq!(
        heard,
        [&["subscribed #1 at 2 recovered"][..], &all[..]].concat()
    );
}

#[test]
fn a_broker_that_fails_refuses_and_disturbs_nothing_else() {
    each(|cluster, broker, last, name| {
        broker.failing = true;
        let ann = cluster.join(last, user("ann"));
        cluster.say(ann, 1, subscribe(name));
        cluster.say(ann, 2, subscribe("kept/#"));
        cluster.say(ann, 3, publish(name, "x"));
        broker.settle(cluster);
        let mut heard = cluster.hear(ann);
        heard.sort();
        let refused = [1, 2, 3].map(|id| format!("refused #{id} overloaded"));
        assert_eq!(heard, refused);
        assert_eq!(cluster.stats().subscriptions, 0);
        broker.failing = false;
        cluster.say(ann, 4, subscribe(name));
        broker.settle(cluster);
        assert_eq!(cluster.hear(ann), ["subscribed #4 at 0"]);
    });
}

#[test]
fn publishers_who_want_no_echo_get_none() {
    each(|cluster, broker, last, name| {
        let (ann, bob) = (
            cluster.join(0, user("ann")),
            cluster.join(last, user("bob")),
        );
        for client in [ann, bob] {
            cluster.say(client, None, subscribe(name));
        }
        broker.settle(cluster);
        cluster.say(ann, None, publish_without_echo(name, "x"));
        broker.settle(cluster);
        assert_eq!(cluster.hear(ann), Vec::<String>::new());
        assert_eq!(cluster.hear(bob), [format!("message {name} at 1: x")]);
    });
}

#[test]
fn topics_and_filters_that_nobody_wants_are_closed() {
    each(|cluster, broker, last, name| {
        let ann = cluster.join(last, user("ann"));
        // It leaves before the broker has answered, and comes again.
        for text in [name, "kept/#"] {
            cluster.say(ann, None, subscribe(text));
            cluster.say(ann, None, unsubscribe(text));
        }
        broker.settle(cluster);
        assert_eq!(broker.filters, []);
        cluster.say(ann, 1, subscribe("kept/#"));
        cluster.say(ann, 2, subscribe(name));
        broker.settle(cluster);
        assert_eq!(cluster.hear(ann).len(), 2);
        assert_eq!((broker.filters.len(), broker.open.len()), (1, 1));
        cluster.vanish(ann);
        broker.settle(cluster);
        cluster.pass(seconds(700));
        broker.settle(cluster);
        assert_eq!((broker.filters.len(), broker.open.len()), (0, 0));
        assert_eq!(
            (cluster.stats().topics, cluster.stats().history_bytes),
            (0, 0)
        );
        for shard in 0..=last {
            assert_eq!(cluster.next_timeout(shard), None);
        }
    });
}

#[test]
fn who_leaves_before_the_broker_has_answered_is_no_member() {
    each(|cluster, broker, last, name| {
        let ann = cluster.join(0, user("ann"));
        let bob = cluster.join(last, user("bob"));
        cluster.say(bob, 1, watch(name));
        cluster.say(ann, 1, watch(name));
        cluster.settle();
        assert_eq!(cluster.stats().members, 0);
        cluster.say(ann, 2, unsubscribe(name));
        cluster.settle();
        broker.settle(cluster);
        assert_eq!(cluster.hear(ann), ["refused #1 not_subscribed", "done #2"]);
        assert_eq!(cluster.stats().members, 1);
        let heard = cluster.hear(bob);
        assert!(heard[0].starts_with("subscribed #1 at 0"), "{heard:?}");

        // Where the broker does not answer, nobody is a member either.
        broker.failing = true;
        let other = cluster.topic_at(last, "kept/other");
        cluster.say(ann, 3, watch(&other));
        broker.settle(cluster);
        assert_eq!(cluster.hear(ann), ["refused #3 overloaded"]);
        assert_eq!(cluster.stats().members, 1);
    });
}

/// The holder of the handle has a topic forgotten, and is answered once the broker has done it.
fn forget(broker: &mut Broker, cluster: &mut Cluster, name: &str) -> Result<(), ErrorCode> {
    let request = Request::Forget(topic(name));
    let ticket = 77;
    let home = cluster.home(name);
    cluster.input(home, Input::Request { ticket, request });
    broker.settle(cluster);
    match cluster.asked.pop_back() {
        Some(Output::Answer {
            ticket: 77,
            answer: Answer::Forgotten(result),
        }) => result.map_err(|refusal| refusal.code),
        other => panic!("not about what was forgotten: {other:?}"),
    }
}

#[test]
fn what_the_broker_forgets_the_home_forgets() {
    let (mut cluster, mut broker) = (Cluster::with(2, rules()), Broker::default());
    let name = cluster.topic_at(1, "kept");
    let ann = cluster.join(0, user("ann"));
    cluster.say(ann, 1, subscribe(&name));
    for text in ["one", "two"] {
        cluster.say(ann, None, publish(&name, text));
    }
    broker.settle(&mut cluster);
    cluster.hear(ann);
    broker.failing = true;
    let refused = forget(&mut broker, &mut cluster, &name);
    assert_eq!(refused, Err(ErrorCode::Overloaded));
    assert_eq!(cluster.stats().history_publications, 2);

    broker.failing = false;
    assert_eq!(forget(&mut broker, &mut cluster, &name), Ok(()));
    assert_eq!(cluster.stats().history_publications, 0);
    let since = Position {
        epoch: Broker::EPOCH,
        offset: Offset(1),
    };
    let bob = cluster.join(1, user("bob"));
    cluster.say(bob, 1, subscribe_since(&name, since));
    cluster.say(ann, None, publish(&name, "three"));
    broker.settle(&mut cluster);
    let missed = format!("subscribed #1 at 2 missed some: {}", "expired");
    assert_eq!(
        cluster.hear(bob),
        [missed, format!("message {name} at 3: three")]
    );
    assert_eq!(cluster.stats().history_publications, 1);
}

#[test]
fn an_answer_from_before_it_was_forgotten_brings_nothing_back() {
    let (mut cluster, mut broker) = (Cluster::with(1, rules()), Broker::default());
    let ann = cluster.join(0, user("ann"));
    cluster.say(ann, 1, publish("kept/a", "one"));
    broker.settle(&mut cluster);
    cluster.say(ann, 2, subscribe("kept/a"));
    let (shard, open) = cluster.asks.pop_front().unwrap();
    let Ask::Open { topic: name, .. } = open else {
        panic!("not about a topic: {open:?}");
    };
    let before = broker.opened("kept/a");
    assert_eq!(before.as_ref().unwrap().history.len(), 1);
    assert_eq!(forget(&mut broker, &mut cluster, "kept/a"), Ok(()));
    cluster.say(ann, 3, publish("kept/a", "two"));
    broker.settle(&mut cluster);
    cluster.input(shard, Input::Broker(Told::Opened(name, before)));
    broker.settle(&mut cluster);
    assert_eq!(cluster.stats().history_publications, 1);
    let heard = cluster.hear(ann);
    assert!(
        heard.contains(&"subscribed #2 at 2".to_owned()),
        "{heard:?}"
    );
}
