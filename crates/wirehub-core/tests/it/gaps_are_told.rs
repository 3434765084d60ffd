//! Subscribers that stay connected are told when something of their topic may be missing.

use wirehub_model::Principal;

use crate::{
    broker::{Broker, rules},
    cluster::{Client, Cluster},
    words::{filter, publish, seconds, subscribe, subscribe_at_pace, user},
};

/// A cluster of three shards, with a publisher.
fn begin() -> (Cluster, Broker, Client) {
    let mut cluster = Cluster::with(3, rules());
    let publisher = cluster.join(1, user("publisher"));
    (cluster, Broker::default(), publisher)
}

#[test]
fn when_a_topic_began_again() {
    let (mut cluster, mut broker, publisher) = begin();
    let name = cluster.topic_at(2, "kept");
    let subscribers = [0, 2].map(|shard| cluster.join(shard, user("ann")));
    let wild = cluster.join(0, user("wild"));
    for client in subscribers {
        cluster.say(client, None, subscribe(&name));
    }
    cluster.say(wild, None, subscribe("kept/+"));
    broker.settle(&mut cluster);
    cluster.say(publisher, None, publish(&name, "before"));
    broker.settle(&mut cluster);
    for client in subscribers.into_iter().chain([wild]) {
        assert_eq!(
            cluster.hear(client),
            [format!("message {name} at 1: before")]
        );
    }

    broker.lose_everything();
    for text in ["x", "y"] {
        cluster.say(publisher, None, publish(&name, text));
    }
    broker.settle(&mut cluster);
    let messages = ["1: x", "2: y"].map(|said| format!("message {name} at {said}"));
    let told = format!("subscribed {name} at 0 missed some: unknown_epoch");
    for client in subscribers {
        let heard = cluster.hear(client);
        assert_eq!(heard, [&[told.clone()][..], &messages].concat());
    }
    // Filters with wildcards have no positions that could mislead.
    assert_eq!(cluster.hear(wild), messages);
    assert_eq!(cluster.stats().gaps, [2, 0, 0, 0, 0]);
}

#[test]
fn when_the_broker_could_not_tell_of_everything() {
    let (mut cluster, mut broker, publisher) = begin();
    let name = cluster.topic_at(2, "other");
    let ann = cluster.join(0, user("ann"));
    cluster.say(ann, None, subscribe(&name));
    broker.settle(&mut cluster);
    for (silent, text) in [(false, "1"), (true, "2"), (true, "3"), (false, "4")] {
        broker.silent = silent;
        cluster.say(publisher, None, publish(&name, text));
        broker.settle(&mut cluster);
    }
    let expected = [
        format!("message {name} at 1: 1"),
        format!("subscribed {name} at 3 missed some: expired"),
        format!("message {name} at 4: 4"),
    ];
    assert_eq!(cluster.hear(ann), expected);
}

#[test]
fn after_what_waited_and_before_what_is_new() {
    let (mut cluster, mut broker, publisher) = begin();
    let (paced, windowed) = (cluster.topic_at(2, "kept"), cluster.topic_at(2, "window"));
    let ann = cluster.join(0, user("ann"));
    cluster.say(ann, None, subscribe_at_pace(&paced, seconds(5), None));
    cluster.say(ann, None, subscribe(&windowed));
    broker.settle(&mut cluster);
    for (name, text) in [(&paced, "1"), (&paced, "2"), (&windowed, "1")] {
        cluster.say(publisher, None, publish(name, text));
    }
    broker.settle(&mut cluster);
    assert_eq!(cluster.hear(ann), [format!("message {paced} at 1: 1")]);

    broker.lose_everything();
    for name in [&paced, &windowed] {
        cluster.say(publisher, None, publish(name, "new"));
    }
    broker.settle(&mut cluster);
    cluster.alive(ann);
    cluster.pass(seconds(5));
    let heard = cluster.hear(ann);
    for (name, last) in [(&paced, 2), (&windowed, 1)] {
        let of_this: Vec<_> = heard.iter().filter(|line| line.contains(name)).collect();
        let expected = [
            format!("message {name} at {last}: {last}"),
            format!("subscribed {name} at 0 missed some: unknown_epoch"),
            format!("message {name} at 1: new"),
        ];
        assert_eq!(of_this, expected.iter().collect::<Vec<_>>());
    }
}

/// A client whose protocol has no word for a gap.
fn join_gathering(cluster: &mut Cluster, principal: Principal) -> Client {
    let client = cluster.open_gathering(0, Some(principal));
    cluster.settle();
    client
}

#[test]
fn who_cannot_be_told_subscribes_anew_where_there_is_history() {
    let (mut cluster, mut broker, publisher) = begin();
    let (kept, other) = (cluster.topic_at(2, "kept"), cluster.topic_at(2, "other"));
    let ann = join_gathering(&mut cluster, user("ann"));
    let granted = Principal {
        auto_subscribe: [filter(&kept)].into(),
        ..user("bob")
    };
    let bob = join_gathering(&mut cluster, granted);
    for name in [&kept, &other] {
        cluster.say(ann, None, subscribe(name));
        broker.settle(&mut cluster);
        cluster.say(publisher, None, publish(name, "before"));
    }
    broker.settle(&mut cluster);
    cluster.hear(ann);
    cluster.hear(bob);

    broker.lose_everything();
    for name in [&kept, &other] {
        cluster.say(publisher, None, publish(name, "after"));
    }
    broker.settle(&mut cluster);
    let mut heard = cluster.hear(ann);
    heard.sort();
    let expected = [
        format!("message {other} at 1: after"),
        format!("unsubscribed {kept} not_resumable"),
    ];
    assert_eq!(heard, expected);
    assert_eq!(cluster.hear(bob), ["close service_restart"]);
}

#[test]
fn who_knows_nothing_of_positions_goes_on() {
    let (mut cluster, mut broker, publisher) = begin();
    let name = cluster.topic_at(2, "kept");
    let ann = cluster.open_mute(0, Some(user("ann")));
    cluster.hear(ann);
    cluster.say(ann, None, subscribe(&name));
    broker.settle(&mut cluster);
    cluster.say(publisher, None, publish(&name, "before"));
    broker.settle(&mut cluster);
    broker.lose_everything();
    cluster.say(publisher, None, publish(&name, "after"));
    broker.settle(&mut cluster);
    let expected = ["before", "after"].map(|text| format!("message {name} at 1: {text}"));
    assert_eq!(cluster.hear(ann), expected);
}
