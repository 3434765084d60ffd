//! Crowds are counted, and what is too much is refused.

use std::time::Duration;

use wirehub_model::{Command, Limits, Namespace, Namespaces, Subscribe};

use crate::{
    cluster::{Client, Cluster, Rules},
    words::{
        filter, message, publish, seconds, social, state, subscribe, unsubscribe, user, watch,
        who_is_on,
    },
};

fn cluster(limits: Limits) -> (Cluster, String) {
    let list = vec![social("room/#")];
    let rules = Rules {
        limits,
        namespaces: Namespaces::new(list, Namespace::new(filter("#"))),
        ..Rules::default()
    };
    let cluster = Cluster::with(3, rules);
    let name = cluster.topic_at(1, "room");
    (cluster, name)
}

/// Lets `count` users come, one after the other, on all shards.
fn crowd(cluster: &mut Cluster, name: &str, count: usize) -> Vec<Client> {
    let join = |number| {
        let client = cluster.join((number % 3) as u16, user(&format!("u{number}")));
        cluster.ask(client, None, subscribe(name));
        client
    };
    (0..count).map(join).collect()
}

/// What a client hears, but for heartbeats.
fn hear(cluster: &mut Cluster, client: Client) -> Vec<String> {
    let mut heard = cluster.hear(client);
    heard.retain(|line| line != "heartbeat");
    heard
}

#[test]
fn a_full_topic_takes_nobody_in() {
    let limits = Limits {
        members: 2,
        ..Limits::default()
    };
    let (mut cluster, name) = cluster(limits);
    let early = crowd(&mut cluster, &name, 2);
    for shard in 0..3 {
        let late = cluster.join(shard, user("late"));
        let refused = ["refused #1 limit_reached"];
        assert_eq!(cluster.ask(late, 1, watch(&name)), refused);
        // It is no subscriber either.
        assert_eq!(
            cluster.ask(late, 2, unsubscribe(&name)),
            ["refused #2 not_subscribed"]
        );
    }
    cluster.ask(early[0], None, publish(&name, "x"));
    let stats = cluster.stats();
    assert_eq!((stats.subscriptions, stats.feeds, stats.members), (2, 2, 2));
    cluster.ask(early[0], None, unsubscribe(&name));
    let late = cluster.join(2, user("late"));
    let heard = cluster.ask(late, 1, watch(&name));
    assert!(heard[0].starts_with("subscribed #1 at 1 2/2"), "{heard:?}");
}

#[test]
fn a_state_has_a_size() {
    let limits = Limits {
        state_bytes: 4,
        ..Limits::default()
    };
    let (mut cluster, name) = cluster(limits);
    let ann = cluster.join(0, user("ann"));
    let wish = |text| Subscribe {
        state: Some(message(text).payload),
        ..Subscribe::to(filter(&name))
    };
    let too_large = Command::Subscribe(wish("12345"));
    assert_eq!(cluster.ask(ann, 1, too_large), ["refused #1 too_large"]);
    let fits = Command::Subscribe(wish("1234"));
    assert_eq!(cluster.ask(ann, 2, fits), ["subscribed #2 at 0"]);
    assert_eq!(
        cluster.ask(ann, 3, state(&name, "54321")),
        ["refused #3 too_large"]
    );
    assert_eq!(
        cluster.ask(ann, 4, who_is_on(&name, 5, None)),
        ["presence #4 1/1 [ann=1234]"]
    );
}

#[test]
fn a_snapshot_is_a_page() {
    let limits = Limits {
        members_listed: 2,
        ..Limits::default()
    };
    let (mut cluster, name) = cluster(limits);
    crowd(&mut cluster, &name, 3);
    let ann = cluster.join(0, user("ann"));
    let heard = cluster.ask(ann, 1, watch(&name));
    assert_eq!(heard[0].matches(", ").count(), 1, "{heard:?}");
    assert!(heard[0].ends_with("] more"), "{heard:?}");
    let heard = cluster.ask(ann, 2, who_is_on(&name, u32::MAX, None));
    assert_eq!(heard[0].matches(", ").count(), 1, "{heard:?}");
}

#[test]
fn a_crowd_is_counted_until_it_is_small_again() {
    let limits = Limits {
        members_told: 10,
        ..Limits::default()
    };
    let (mut cluster, name) = cluster(limits);
    let ann = cluster.join(0, user("ann"));
    cluster.ask(ann, None, watch(&name));
    let crowd = crowd(&mut cluster, &name, 40);
    let heard = hear(&mut cluster, ann);
    let joined = heard.iter().filter(|line| line.starts_with("joined"));
    assert_eq!(joined.count(), 9);
    assert_eq!(heard[9..], [format!("occupancy {name} 11/11")]);
    cluster.ask(crowd[0], None, state(&name, "lost"));
    cluster.pass(Duration::from_millis(999));
    assert!(hear(&mut cluster, ann).is_empty());
    cluster.pass(Duration::from_millis(1));
    assert_eq!(hear(&mut cluster, ann), [format!("occupancy {name} 41/41")]);
    cluster.pass(seconds(5));
    assert!(hear(&mut cluster, ann).is_empty(), "nothing happened");

    for client in &crowd[4..] {
        cluster.vanish(*client);
    }
    cluster.settle();
    assert_eq!(hear(&mut cluster, ann), [format!("occupancy {name} 40/40")]);
    cluster.pass(seconds(1));
    assert_eq!(hear(&mut cluster, ann), [format!("occupancy {name} 5/5")]);
    cluster.vanish(crowd[3]);
    cluster.pass(seconds(1));
    assert_eq!(hear(&mut cluster, ann), [format!("occupancy {name} 4/4")]);
    cluster.vanish(crowd[2]);
    cluster.settle();
    assert_eq!(hear(&mut cluster, ann), [format!("left {name} u2 edge")]);
}
