//! Who watches a topic gets a snapshot and then everything that happens, in order and once.

use wirehub_core::{Answer, Request};
use wirehub_model::{
    Access, Capabilities, Command, Namespace, Namespaces, PresenceQuery, Principal, Subscribe,
};

use crate::{
    cluster::{Cluster, Rules},
    words::{
        able, filter, publish, seeing, social, state, subscribe, topic, unsubscribe, user, watch,
        who_is_on,
    },
};

fn rules() -> Rules {
    let list = vec![social("room/#")];
    Rules {
        namespaces: Namespaces::new(list, Namespace::new(filter("#"))),
        ..Rules::default()
    }
}

/// Runs a scene with everybody on one shard, and with watcher, topic and others on three.
fn everywhere(scene: impl Fn(Cluster, [u16; 3], String)) {
    let cluster = Cluster::with(1, rules());
    scene(cluster, [0, 0, 0], "room/1".to_owned());
    let cluster = Cluster::with(3, rules());
    let name = cluster.topic_at(1, "room");
    scene(cluster, [0, 1, 2], name);
}

#[test]
fn from_a_snapshot_on_and_in_order() {
    everywhere(|mut cluster, [here, home, there], name| {
        let ann = cluster.join(here, user("ann"));
        let bob = cluster.join(there, user("bob"));
        let eve = cluster.join(home, user("eve"));
        assert_eq!(
            cluster.ask(bob, 1, subscribe(&name)),
            ["subscribed #1 at 0"]
        );
        let heard = cluster.ask(ann, 1, watch(&name));
        assert_eq!(heard.len(), 1, "nobody is told of itself: {heard:?}");
        let people = [
            "subscribed #1 at 0 2/2 [ann, bob]",
            "subscribed #1 at 0 2/2 [bob, ann]",
        ];
        assert!(people.contains(&heard[0].as_str()), "{heard:?}");

        cluster.ask(eve, 1, subscribe(&name));
        cluster.ask(eve, 2, state(&name, "typing"));
        cluster.ask(eve, 3, state(&name, "typing"));
        cluster.ask(bob, 2, unsubscribe(&name));
        cluster.ask(bob, 3, subscribe(&name));
        cluster.vanish(eve);
        cluster.settle();
        assert_eq!(
            cluster.hear(ann),
            [
                format!("joined {name} eve edge"),
                format!("changed {name} eve=typing"),
                format!("left {name} bob edge"),
                format!("joined {name} bob edge"),
                format!("left {name} eve=typing edge"),
            ]
        );
        assert_eq!(cluster.stats().members, 2);
        assert_eq!(
            cluster.ask(bob, 4, who_is_on(&name, 0, None)),
            ["presence #4 2/2 [] more"]
        );
    });
}

#[test]
fn a_users_first_and_last_connection_stand_out() {
    everywhere(|mut cluster, [here, home, there], name| {
        let ann = cluster.join(here, user("ann"));
        cluster.ask(ann, 1, watch(&name));
        let [first, second] = [home, there].map(|shard| cluster.join(shard, user("bob")));
        let nobody = cluster.join(
            there,
            seeing(Principal {
                user: None,
                ..able("x", &["#"], &[])
            }),
        );
        for client in [first, second, nobody] {
            cluster.ask(client, None, subscribe(&name));
        }
        cluster.ask(first, None, unsubscribe(&name));
        cluster.vanish(nobody);
        cluster.say_goodbye(second);
        cluster.settle();
        assert_eq!(
            cluster.hear(ann),
            [
                format!("joined {name} bob edge"),
                format!("joined {name} bob"),
                format!("joined {name} nobody edge"),
                format!("left {name} bob"),
                format!("left {name} nobody edge"),
                format!("left {name} bob edge"),
            ]
        );
    });
}

#[test]
fn a_watcher_hears_its_own_changes_and_two_watchers_hear_of_each_other() {
    everywhere(|mut cluster, [here, _, there], name| {
        let ann = cluster.join(here, user("ann"));
        let bob = cluster.join(there, user("bob"));
        let wish = Subscribe {
            presence: true,
            state: Some(crate::words::message("here").payload),
            ..Subscribe::to(filter(&name))
        };
        let heard = cluster.ask(ann, 1, Command::Subscribe(wish));
        assert_eq!(heard, ["subscribed #1 at 0 1/1 [ann=here]"]);
        cluster.ask(bob, 1, watch(&name));
        assert_eq!(cluster.hear(ann), [format!("joined {name} bob edge")]);
        let changed = format!("changed {name} ann=away");
        assert_eq!(
            cluster.ask(ann, 2, state(&name, "away")),
            [changed.as_str(), "done #2"]
        );
        assert_eq!(cluster.hear(bob), [changed.as_str()]);
        // A watcher that goes hears nothing more, not even of itself.
        assert_eq!(cluster.ask(ann, 3, unsubscribe(&name)), ["done #3"]);
        cluster.ask(bob, 2, unsubscribe(&name));
        assert!(cluster.hear(ann).is_empty());
    });
}

#[test]
fn a_new_token_changes_what_others_see() {
    everywhere(|mut cluster, [here, _, there], name| {
        let ann = cluster.join(here, user("ann"));
        let bob = cluster.join(there, user("bob"));
        cluster.ask(ann, None, watch(&name));
        cluster.ask(bob, None, subscribe(&name));
        cluster.hear(ann);
        let info = Some(r#"{"name":"Bob"}"#.into());
        let renamed = Principal {
            info,
            ..user("bob")
        };
        for _ in 0..2 {
            cluster.authenticate(bob, Some(1), Ok(renamed.clone()));
            cluster.settle();
        }
        assert_eq!(cluster.hear(ann), [format!("changed {name} bob")]);
        // Nor may whoever watches keep on watching with a token that does not allow it.
        cluster.authenticate(ann, Some(2), Ok(able("ann", &["#"], &[])));
        cluster.settle();
        let heard = cluster.hear(ann);
        assert_eq!(heard[0], format!("unsubscribed {name} permission_denied"));
        assert_eq!(cluster.stats().members, 1);
    });
}

#[test]
fn pages_go_through_everybody_in_one_order() {
    everywhere(|mut cluster, [here, home, there], name| {
        let mut clients = Vec::new();
        for number in 0..7 {
            let shard = [here, home, there][number % 3];
            let client = cluster.join(shard, user(&format!("u{number}")));
            cluster.ask(client, None, subscribe(&name));
            clients.push(cluster.id(client));
        }
        clients.sort();
        let ann = cluster.join(here, user("ann"));
        let (mut after, mut seen) = (None, Vec::new());
        for round in 0..3 {
            let query = PresenceQuery {
                topic: topic(&name),
                limit: 3,
                after,
            };
            let answer = cluster.request(there, Request::Presence(query));
            let Answer::Presence(Ok(page)) = answer else {
                panic!("not a page");
            };
            assert_eq!((page.occupancy.connections, page.more), (7, round < 2));
            seen.extend(page.members.iter().map(|member| member.connection));
            after = seen.last().copied();
        }
        assert_eq!(seen, clients);
        let heard = cluster.ask(ann, 1, who_is_on(&name, 2, Some(clients[4])));
        assert!(heard[0].starts_with("presence #1 7/7 [u"), "{heard:?}");
        assert!(!heard[0].ends_with("more"), "{heard:?}");
    });
}

#[test]
fn what_happens_on_the_way_is_in_the_page_or_told_after_it() {
    let mut cluster = Cluster::with(3, rules());
    let name = cluster.topic_at(1, "room");
    let ann = cluster.join(0, user("ann"));
    let bob = cluster.join(2, user("bob"));
    let eve = cluster.join(1, user("eve"));
    cluster.ask(ann, None, watch(&name));
    cluster.ask(ann, None, unsubscribe(&name));
    cluster.say(ann, 1, watch(&name));
    cluster.say(bob, 1, subscribe(&name));
    // Bob is entered before, eve after; between them something is published.
    while cluster.carry(2, 1) {}
    while cluster.carry(0, 1) {}
    cluster.ask(eve, None, publish(&name, "hi"));
    cluster.ask(eve, None, subscribe(&name));
    let heard = cluster.hear(ann);
    assert!(heard[0].starts_with("subscribed #1 at 0 2/2"), "{heard:?}");
    let hi = format!("message {name} at 1: hi");
    assert_eq!(heard[1..], [hi, format!("joined {name} eve edge")]);
}

#[test]
fn who_leaves_before_it_came_was_hardly_there() {
    let mut cluster = Cluster::with(2, rules());
    let name = cluster.topic_at(1, "room");
    let ann = cluster.join(0, user("ann"));
    cluster.say(ann, 1, watch(&name));
    cluster.say(ann, 2, unsubscribe(&name));
    cluster.say(ann, 3, watch(&name));
    assert_eq!(cluster.hear(ann), ["refused #1 not_subscribed", "done #2"]);
    cluster.settle();
    assert_eq!(cluster.hear(ann), ["subscribed #3 at 0 1/1 [ann]"]);
    let bob = cluster.join(1, user("bob"));
    cluster.ask(bob, None, subscribe(&name));
    assert_eq!(cluster.hear(ann), [format!("joined {name} bob edge")]);
    cluster.vanish(ann);
    cluster.settle();
    cluster.ask(bob, None, unsubscribe(&name));
    assert_eq!((cluster.stats().members, cluster.on_the_way(1, 0)), (0, 0));
}

#[test]
fn wildcards_and_other_topics_have_no_members() {
    let mut cluster = Cluster::with(1, rules());
    let ann = cluster.join(0, user("ann"));
    for (text, code) in [("room/+", "bad_request"), ("plain", "not_enabled")] {
        let refused = format!("refused #1 {code}");
        assert_eq!(cluster.ask(ann, 1, watch(text)), [refused.as_str()]);
        let wish = Subscribe {
            state: Some(crate::words::message("x").payload),
            ..Subscribe::to(filter(text))
        };
        assert_eq!(cluster.ask(ann, 1, Command::Subscribe(wish)), [refused]);
    }
    cluster.ask(ann, None, subscribe("room/+"));
    cluster.ask(ann, None, subscribe("plain"));
    assert_eq!(cluster.stats().members, 0);
    let not_enabled = ["refused #2 not_enabled"];
    assert_eq!(
        cluster.ask(ann, 2, who_is_on("plain", 9, None)),
        not_enabled
    );
    assert_eq!(cluster.ask(ann, 2, state("plain", "x")), not_enabled);
    let no_member = ["refused #3 not_subscribed"];
    assert_eq!(cluster.ask(ann, 3, state("room/1", "x")), no_member);
    assert_eq!(
        cluster.ask(ann, 4, who_is_on("room/1", 9, None)),
        ["presence #4 0/0 []"]
    );
}

#[test]
fn it_needs_a_permission_of_its_own() {
    let open = |read_presence| Namespace {
        read_presence,
        ..social("room/#")
    };
    for (access, allowed) in [
        (Access::Nobody, [false, false]),
        (Access::Capability, [true, false]),
        (Access::User, [true, true]),
    ] {
        let rules = Rules {
            namespaces: Namespaces::new(vec![open(access)], Namespace::new(filter("#"))),
            ..Rules::default()
        };
        let mut cluster = Cluster::with(1, rules);
        let mut one_topic = able("bob", &["#"], &[]);
        one_topic.capabilities = std::sync::Arc::new(Capabilities {
            presence: vec![filter("room/2")],
            ..(*one_topic.capabilities).clone()
        });
        for (principal, allowed) in [user("ann"), one_topic].into_iter().zip(allowed) {
            let client = cluster.join(0, principal);
            let heard = cluster.ask(client, 1, watch("room/1"));
            assert_eq!(heard[0].starts_with("subscribed"), allowed, "{heard:?}");
            let heard = cluster.ask(client, 2, who_is_on("room/1", 9, None));
            assert_eq!(heard[0].starts_with("presence"), allowed, "{heard:?}");
            // Who may not see the others is seen all the same.
            let heard = cluster.ask(client, 3, subscribe("room/1"));
            assert_eq!(heard[0].starts_with("subscribed"), !allowed, "{heard:?}");
            cluster.vanish(client);
        }
    }
}
