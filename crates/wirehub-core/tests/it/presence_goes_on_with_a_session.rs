//! A client whose connection was lost is not gone until its session is.

use wirehub_model::{CloseReason, ConnectionId, Limits, Namespace, Namespaces};

use crate::{
    cluster::{Client, Cluster, Rules},
    words::{able, filter, resume, seconds, social, state, subscribe, unsubscribe, user, watch},
};

fn rules() -> Rules {
    Rules {
        namespaces: Namespaces::new(vec![social("room/#")], Namespace::new(filter("#"))),
        resume_within: seconds(20),
        ..Rules::default()
    }
}

/// Runs a scene for each place of the watcher, of the lost connection and of the one that goes on,
/// with the topic at the second of three shards.
fn everywhere(scene: impl Fn(Cluster, [u16; 3], String)) {
    for places in [
        [0, 0, 0],
        [0, 0, 2],
        [0, 1, 2],
        [0, 2, 1],
        [1, 1, 1],
        [1, 2, 2],
    ] {
        let cluster = Cluster::with(3, rules());
        let name = cluster.topic_at(1, "room");
        scene(cluster, places, name);
    }
}

/// Lets time pass with a client that answers heartbeats.
fn pass(cluster: &mut Cluster, client: Client, span: u64) {
    for _ in 0..span {
        cluster.alive(client);
        cluster.pass(seconds(1));
    }
}

/// What a client hears, but for heartbeats.
fn hear(cluster: &mut Cluster, client: Client) -> Vec<String> {
    let mut heard = cluster.hear(client);
    heard.retain(|line| line != "heartbeat");
    heard
}

fn assert_here(cluster: &mut Cluster, name: &str, client: Client, expected: &[ConnectionId]) {
    let query = wirehub_model::PresenceQuery {
        topic: crate::words::topic(name),
        limit: 100,
        after: None,
    };
    let home = cluster.id(client).shard();
    let answer = cluster.request(home, wirehub_core::Request::Presence(query));
    let wirehub_core::Answer::Presence(Ok(page)) = answer else {
        panic!("no page");
    };
    let members = page.members.iter().map(|member| member.connection);
    let mut expected = expected.to_vec();
    expected.sort();
    assert_eq!(members.collect::<Vec<_>>(), expected);
}

#[test]
fn who_comes_back_never_left() {
    everywhere(|mut cluster, [here, lost, anew], name| {
        let ann = cluster.join(here, user("ann"));
        let bob = cluster.join(lost, user("bob"));
        cluster.ask(ann, None, watch(&name));
        cluster.ask(bob, None, watch(&name));
        cluster.ask(bob, None, state(&name, "busy"));
        cluster.hear(ann);
        cluster.vanish(bob);
        cluster.settle();
        pass(&mut cluster, ann, 15);
        assert!(hear(&mut cluster, ann).is_empty(), "nobody has left");

        let again = cluster.join(anew, user("bob"));
        let heard = cluster.ask(again, 1, resume(cluster.session(bob)));
        assert_eq!(heard[0], "resumed #1 lost 0");
        assert!(heard[1].contains("2/2 ["), "a snapshot: {heard:?}");
        assert!(heard[1].contains("bob=busy"), "a snapshot: {heard:?}");
        assert_eq!(heard.len(), 2, "{heard:?}");
        let changed = format!("changed {name} bob=busy again");
        assert_eq!(hear(&mut cluster, ann), [changed]);
        let members = [cluster.id(ann), cluster.id(again)];
        assert_here(&mut cluster, &name, ann, &members);

        // It watches again, and can go.
        cluster.ask(ann, None, state(&name, "x"));
        assert_eq!(hear(&mut cluster, again), [format!("changed {name} ann=x")]);
        cluster.hear(ann);
        cluster.ask(again, None, unsubscribe(&name));
        assert_eq!(
            hear(&mut cluster, ann),
            [format!("left {name} bob=busy edge")]
        );
        assert_eq!(cluster.stats().members, 1);
    });
}

#[test]
fn who_does_not_come_back_leaves_with_its_session() {
    everywhere(|mut cluster, [here, lost, _], name| {
        let ann = cluster.join(here, user("ann"));
        let bob = cluster.join(lost, user("bob"));
        cluster.ask(ann, None, watch(&name));
        cluster.ask(bob, None, watch(&name));
        cluster.hear(ann);
        cluster.vanish(bob);
        pass(&mut cluster, ann, 19);
        assert!(hear(&mut cluster, ann).is_empty());
        cluster.pass(seconds(1));
        assert_eq!(hear(&mut cluster, ann), [format!("left {name} bob edge")]);
        cluster.vanish(ann);
        cluster.pass(seconds(700));
        assert_eq!(cluster.stats().members, 0);
        for shard in 0..3 {
            assert_eq!(cluster.next_timeout(shard), None);
        }
    });
}

#[test]
fn a_session_that_is_kept_for_long_stays_a_member() {
    let resume_within = seconds(200);
    let mut cluster = Cluster::with(
        3,
        Rules {
            resume_within,
            ..rules()
        },
    );
    let name = cluster.topic_at(1, "room");
    let bob = cluster.join(0, user("bob"));
    cluster.ask(bob, None, subscribe(&name));
    cluster.vanish(bob);
    cluster.pass(seconds(199));
    assert_eq!(cluster.stats().members, 1, "its shard still vouches for it");
    cluster.pass(seconds(1));
    assert_eq!(cluster.stats().members, 0);
}

#[test]
fn a_goodbye_is_a_leave_at_once() {
    everywhere(|mut cluster, [here, lost, _], name| {
        let ann = cluster.join(here, user("ann"));
        let bob = cluster.join(lost, user("bob"));
        cluster.ask(ann, None, watch(&name));
        cluster.ask(bob, None, subscribe(&name));
        cluster.hear(ann);
        cluster.say_goodbye(bob);
        cluster.settle();
        assert_eq!(cluster.hear(ann), [format!("left {name} bob edge")]);
    });
}

#[test]
fn a_connection_that_is_fenced_off_does_not_leave() {
    everywhere(|mut cluster, [here, old, anew], name| {
        let ann = cluster.join(here, user("ann"));
        let bob = cluster.join(old, user("bob"));
        cluster.ask(ann, None, watch(&name));
        cluster.ask(bob, None, watch(&name));
        cluster.hear(ann);
        let again = cluster.join(anew, user("bob"));
        cluster.ask(again, 1, resume(cluster.session(bob)));
        cluster.assert_closed(bob, CloseReason::Resumed);
        cluster.settle();
        assert_eq!(cluster.hear(ann), [format!("changed {name} bob again")]);
        let members = [cluster.id(ann), cluster.id(again)];
        assert_here(&mut cluster, &name, ann, &members);
        pass(&mut cluster, ann, 25);
        assert!(hear(&mut cluster, ann).is_empty());
    });
}

#[test]
fn who_is_there_twice_by_then_is_there_once() {
    everywhere(|mut cluster, [here, lost, anew], name| {
        let ann = cluster.join(here, user("ann"));
        let bob = cluster.join(lost, user("bob"));
        cluster.ask(ann, None, watch(&name));
        cluster.ask(bob, None, subscribe(&name));
        cluster.vanish(bob);
        let again = cluster.join(anew, user("bob"));
        cluster.ask(again, None, subscribe(&name));
        cluster.hear(ann);
        cluster.ask(again, 1, resume(cluster.session(bob)));
        assert_eq!(cluster.hear(ann), [format!("left {name} bob")]);
        let members = [cluster.id(ann), cluster.id(again)];
        assert_here(&mut cluster, &name, ann, &members);
    });
}

#[test]
fn who_may_not_any_longer_leaves() {
    everywhere(|mut cluster, [here, lost, anew], name| {
        let ann = cluster.join(here, user("ann"));
        let bob = cluster.join(lost, user("bob"));
        cluster.ask(ann, None, watch(&name));
        cluster.ask(bob, None, watch(&name));
        cluster.vanish(bob);
        cluster.hear(ann);
        let again = cluster.join(anew, able("bob", &["other"], &[]));
        let heard = cluster.ask(again, 1, resume(cluster.session(bob)));
        let refused = format!("unsubscribed {name} permission_denied");
        assert_eq!(heard, ["resumed #1 lost 0", refused.as_str()]);
        assert_eq!(cluster.hear(ann), [format!("left {name} bob edge")]);
        assert_eq!(cluster.stats().members, 1);
    });
}

#[test]
fn a_session_that_comes_too_late_goes_back_and_leaves_in_the_end() {
    for places in [[0, 0], [0, 2], [2, 0], [1, 2]] {
        let [lost, anew] = places;
        let mut cluster = Cluster::with(3, rules());
        let name = cluster.topic_at(1, "room");
        let bob = cluster.join(lost, user("bob"));
        cluster.ask(bob, None, subscribe(&name));
        cluster.vanish(bob);
        cluster.settle();
        let again = cluster.join(anew, user("bob"));
        cluster.say(again, 1, resume(cluster.session(bob)));
        cluster.vanish(again);
        cluster.settle();
        cluster.pass(seconds(10));
        // On one shard the session came in time, and was lost again before it had begun.
        let members = u64::from(lost != anew);
        assert_eq!(cluster.stats().members, members);
        cluster.pass(seconds(700));
        assert_eq!(cluster.stats().members, 0);
        for shard in 0..3 {
            assert_eq!(cluster.next_timeout(shard), None);
        }
    }
}

#[test]
fn who_is_pushed_out_of_the_kept_sessions_leaves() {
    let limits = Limits {
        sessions: 1,
        ..Limits::default()
    };
    let mut cluster = Cluster::with(3, Rules { limits, ..rules() });
    let name = cluster.topic_at(1, "room");
    let ann = cluster.join(0, user("ann"));
    cluster.ask(ann, None, watch(&name));
    let others = ["bob", "eve"].map(|name| cluster.join(2, user(name)));
    for other in others {
        cluster.ask(other, None, subscribe(&name));
    }
    cluster.hear(ann);
    for other in others {
        cluster.vanish(other);
    }
    cluster.settle();
    assert_eq!(cluster.hear(ann), [format!("left {name} bob edge")]);
}

#[test]
fn who_was_lost_on_its_way_in_leaves_no_ghost() {
    let mut cluster = Cluster::with(3, rules());
    let name = cluster.topic_at(1, "room");
    let bob = cluster.join(0, user("bob"));
    cluster.say(bob, 1, watch(&name));
    let again = cluster.join(2, user("bob"));
    cluster.say(again, 1, resume(cluster.session(bob)));
    // The session arrives, and the home hears of the new connection before it hears of the old.
    while cluster.carry(2, 0) || cluster.carry(0, 2) || cluster.carry(2, 1) || cluster.carry(1, 2) {
    }
    let heard = cluster.hear(again);
    assert!(heard[1].ends_with("1/1 [bob]"), "{heard:?}");
    cluster.settle();
    let told = ["joined", "left"].map(|kind| format!("{kind} {name} bob"));
    assert_eq!(cluster.hear(again), told);
    let members = [cluster.id(again)];
    assert_here(&mut cluster, &name, again, &members);
}
