//! Shards that die or sleep, settings that change: nobody is seen who is not there.

use wirehub_model::{Namespace, Namespaces};

use crate::{
    cluster::{Client, Cluster, Rules},
    words::{
        filter, seconds, social, state, subscribe, subscribe_at_pace, subscribe_to_deltas,
        unsubscribe, user, watch, who_is_on,
    },
};

fn rules(presence: bool) -> Rules {
    let namespace = Namespace {
        presence,
        deltas: true,
        ..social("room/#")
    };
    Rules {
        namespaces: Namespaces::new(vec![namespace], Namespace::new(filter("#"))),
        ..Rules::default()
    }
}

/// What a client hears, but for heartbeats.
fn hear(cluster: &mut Cluster, client: Client) -> Vec<String> {
    let mut heard = cluster.hear(client);
    heard.retain(|line| line != "heartbeat");
    heard
}

/// Keeps everybody alive while time passes.
fn pass(cluster: &mut Cluster, clients: &[Client], span: u64) {
    for _ in 0..span {
        for client in clients {
            cluster.alive(*client);
        }
        cluster.pass(seconds(1));
    }
}

#[test]
fn the_members_of_a_dead_shard_leave() {
    let mut cluster = Cluster::with(3, rules(true));
    let name = cluster.topic_at(1, "room");
    let ann = cluster.join(0, user("ann"));
    let bob = cluster.join(2, user("bob"));
    cluster.ask(ann, None, watch(&name));
    cluster.ask(bob, None, watch(&name));
    cluster.hear(ann);
    pass(&mut cluster, &[ann, bob], 100);
    assert!(hear(&mut cluster, ann).is_empty(), "everybody lives");

    cluster.stop(2);
    pass(&mut cluster, &[ann], 29);
    assert!(hear(&mut cluster, ann).is_empty());
    pass(&mut cluster, &[ann], 12);
    assert_eq!(hear(&mut cluster, ann), [format!("left {name} bob edge")]);
    assert_eq!(
        cluster.ask(ann, 1, who_is_on(&name, 9, None)),
        ["presence #1 1/1 [ann]"]
    );
}

#[test]
fn a_shard_that_slept_is_seen_again() {
    let rules = Rules {
        resume_within: seconds(1_000),
        ..rules(true)
    };
    let mut cluster = Cluster::with(3, rules);
    let name = cluster.topic_at(1, "room");
    let ann = cluster.join(0, user("ann"));
    let [bob, eve, ida, kim] = ["bob", "eve", "ida", "kim"].map(|name| cluster.join(2, user(name)));
    for client in [ann, bob] {
        cluster.ask(client, None, watch(&name));
    }
    // In whatever way somebody subscribes, it is there.
    cluster.ask(eve, None, subscribe_at_pace(&name, seconds(1), None));
    cluster.ask(ida, None, subscribe_to_deltas(&name, None));
    cluster.ask(kim, None, subscribe(&name));
    cluster.vanish(kim);
    cluster.settle();
    cluster.hear(bob);
    cluster.stop(2);
    pass(&mut cluster, &[ann], 60);
    cluster.hear(ann);
    let alone = ["presence #1 1/1 [ann]"];
    assert_eq!(cluster.ask(ann, 1, who_is_on(&name, 9, None)), alone);

    cluster.wake(2);
    pass(&mut cluster, &[ann, bob, eve, ida], 11);
    let joined = ["bob", "eve", "ida", "kim"].map(|user| format!("joined {name} {user} edge"));
    assert_eq!(hear(&mut cluster, ann), joined);
    // Bob missed what happened, and is told that he did.
    let occupancy = format!("occupancy {name} 5/5");
    assert_eq!(hear(&mut cluster, bob), [occupancy]);
    pass(&mut cluster, &[ann, bob, eve, ida], 60);
    cluster.ask(eve, None, unsubscribe(&name));
    let left = [format!("left {name} eve edge")];
    assert_eq!(hear(&mut cluster, ann), left);
    assert_eq!(hear(&mut cluster, bob), left);
    assert_eq!(cluster.stats().members, 4);
}

#[test]
fn a_hub_that_slept_loses_nobody() {
    let mut cluster = Cluster::with(3, rules(true));
    let name = cluster.topic_at(1, "room");
    let ann = cluster.join(0, user("ann"));
    cluster.ask(ann, None, watch(&name));
    // Nobody was woken meanwhile.
    cluster.now = cluster.now + seconds(20);
    cluster.alive(ann);
    cluster.pass(seconds(1));
    cluster.now = cluster.now + seconds(3_600);
    cluster.alive(ann);
    cluster.pass(seconds(1));
    cluster.hear(ann);
    let heard = cluster.ask(ann, 1, who_is_on(&name, 9, None));
    assert_eq!(heard, ["presence #1 1/1 [ann]"]);
}

#[test]
fn feeds_keep_what_their_namespace_said_when_they_began() {
    for shards in [1, 3] {
        let mut cluster = Cluster::with(shards, rules(true));
        let name = cluster.topic_at(shards / 2, "room");
        let ann = cluster.join(0, user("ann"));
        cluster.ask(ann, None, watch(&name));
        cluster.reload(rules(false));
        let bob = cluster.join(0, user("bob"));
        cluster.ask(bob, None, subscribe(&name));
        assert_eq!(cluster.hear(ann), [format!("joined {name} bob edge")]);
        assert_eq!(
            cluster.ask(bob, 1, state(&name, "x")),
            ["refused #1 not_enabled"]
        );
        cluster.vanish(bob);
        cluster.settle();
        assert_eq!(cluster.hear(ann), [format!("left {name} bob edge")]);
        cluster.vanish(ann);
        cluster.settle();
        assert_eq!(cluster.stats().members, 0);

        let plain = cluster.join(0, user("eve"));
        cluster.ask(plain, None, subscribe(&name));
        cluster.reload(rules(true));
        let late = cluster.join(0, user("ann"));
        assert_eq!(
            cluster.ask(late, 1, watch(&name)),
            ["refused #1 not_enabled"]
        );
        assert_eq!(cluster.stats().members, 0);
    }
}
