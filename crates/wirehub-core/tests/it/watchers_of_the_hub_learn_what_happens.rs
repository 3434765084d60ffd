//! What happened is told, each thing once and in its order; what nobody wants to know is not.

use wirehub_core::{Input, Occurrence, OccurrenceKind, OccurrenceKinds, Recipient, Request};
use wirehub_model::{CloseReason, Command, Limits, Namespace, Namespaces, PresenceKind};

use crate::{
    cluster::{Cluster, Rules},
    words::{
        able, filter, publish, resume, seconds, social, subscribe, unsubscribe, user, user_id,
        watch,
    },
};

fn cluster(shards: u16, occurrences: OccurrenceKinds) -> Cluster {
    let last = Namespace {
        retained: true,
        ..Namespace::new(filter("last/#"))
    };
    let list = vec![social("room/#"), last];
    Cluster::with(
        shards,
        Rules {
            namespaces: Namespaces::new(list, Namespace::new(filter("#"))),
            resume_within: seconds(20),
            occurrences,
            ..Rules::default()
        },
    )
}

/// What was told, in short.
fn told(cluster: &mut Cluster) -> Vec<String> {
    let name = |user: Option<wirehub_model::UserId>| {
        user.map_or_else(String::new, |user| user.to_string())
    };
    let all = cluster.occurrences().into_iter();
    let text = |occurrence| match occurrence {
        Occurrence::Connected { user, .. } => format!("connected {}", name(user)),
        Occurrence::Disconnected {
            user,
            cause,
            may_resume,
            ..
        } => format!("disconnected {} {} {may_resume}", name(user), cause.name()),
        Occurrence::Resumed { user, .. } => format!("resumed {}", name(user)),
        Occurrence::SessionEnded { user, end, .. } => {
            format!("session ended {} {}", name(user), end.name())
        }
        Occurrence::Subscribed { user, filter, .. } => {
            format!("subscribed {} {filter}", name(user))
        }
        Occurrence::Unsubscribed {
            user, filter, code, ..
        } => {
            let code = code.map_or("by itself", |code| code.name());
            format!("unsubscribed {} {filter} {code}", name(user))
        }
        Occurrence::Occupied(topic) => format!("occupied {topic}"),
        Occurrence::Vacated(topic) => format!("vacated {topic}"),
        Occurrence::Presence(change) => {
            let kind = match change.kind {
                PresenceKind::Joined => "joined",
                PresenceKind::Left => "left",
                PresenceKind::Changed => "changed",
            };
            format!(
                "{kind} {} {}",
                name(change.member.user.clone()),
                change.topic
            )
        }
        Occurrence::Published { from, topic, .. } => {
            format!("published {} {topic}", name(from.user))
        }
        Occurrence::Announced { topic, .. } => format!("announced {topic}"),
        Occurrence::FoundEmpty(topic) => format!("empty {topic}"),
        Occurrence::Counted {
            topic,
            shard,
            subscribers,
        } => format!("counted {topic} {subscribers} at {shard}"),
        Occurrence::Limited { user, code, .. } => format!("limited {} {}", name(user), code.name()),
    };
    all.map(text).collect()
}

/// All but how many subscribe, which has a test of its own.
fn everything() -> OccurrenceKinds {
    let all = OccurrenceKind::ALL.into_iter();
    all.filter(|kind| *kind != OccurrenceKind::Counted)
        .collect()
}

#[test]
fn every_shard_tells_how_many_of_its_clients_subscribe() {
    let mut cluster = cluster(2, OccurrenceKinds::NONE.with(OccurrenceKind::Counted));
    let name = cluster.topic_at(1, "room");
    let [ann, bob, eve] = [0, 0, 1].map(|shard| cluster.join(shard, user("ann")));
    for client in [ann, bob, eve] {
        cluster.ask(client, None, subscribe(&name));
        cluster.ask(client, None, subscribe("room/#"));
    }
    cluster.ask(ann, None, unsubscribe(&name));
    cluster.vanish(bob);
    cluster.settle();
    let expected = [(1, 0), (2, 0), (1, 1), (1, 0), (0, 0)]
        .map(|(count, shard)| format!("counted {name} {count} at {shard}"));
    assert_eq!(told(&mut cluster), expected);
}

#[test]
fn who_finds_nothing_where_the_last_is_kept_is_told_of() {
    let mut cluster = cluster(2, OccurrenceKinds::NONE.with(OccurrenceKind::FoundEmpty));
    let name = cluster.topic_at(1, "last");
    let [ann, bob] = [0, 1].map(|shard| cluster.join(shard, user("ann")));
    cluster.ask(ann, 1, subscribe("chat/1"));
    cluster.ask(ann, 2, subscribe(&name));
    assert_eq!(told(&mut cluster), [format!("empty {name}")]);
    cluster.ask(ann, 3, publish(&name, "hello"));
    cluster.ask(bob, 1, subscribe(&name));
    assert_eq!(told(&mut cluster), Vec::<String>::new());
}

/// A life from welcome to goodbye, with the topic at home here and elsewhere.
#[test]
fn a_connection_is_told_of_from_its_welcome_to_its_end() {
    for home in [0, 1] {
        let mut cluster = cluster(2, everything());
        let name = cluster.topic_at(home, "room");
        let ann = cluster.join(0, user("ann"));
        assert_eq!(told(&mut cluster), ["connected ann"]);

        cluster.ask(ann, 1, subscribe(&name));
        cluster.ask(ann, 2, publish(&name, "hello"));
        let expected = [
            format!("occupied {name}"),
            format!("joined ann {name}"),
            format!("subscribed ann {name}"),
            format!("published ann {name}"),
        ];
        assert_eq!(told(&mut cluster), expected);

        cluster.ask(ann, 3, unsubscribe(&name));
        let mut left = told(&mut cluster);
        left.sort();
        let expected = [
            format!("left ann {name}"),
            format!("unsubscribed ann {name} by itself"),
            format!("vacated {name}"),
        ];
        assert_eq!(left, expected);

        cluster.say_goodbye(ann);
        cluster.settle();
        cluster.pass(seconds(60));
        assert_eq!(told(&mut cluster), ["disconnected ann client false"]);
    }
}

/// The application publishes something.
fn announce(cluster: &mut Cluster, name: &str) {
    let Command::Publish(wish) = publish(name, "hello") else {
        panic!("no publication");
    };
    cluster.request(0, Request::Publish(wish));
}

#[test]
fn what_the_application_publishes_is_told_apart_from_what_clients_say() {
    for home in [0, 1] {
        let mut cluster = cluster(2, OccurrenceKinds::PUBLICATIONS);
        let name = cluster.topic_at(home, "room");
        let ann = cluster.join(0, user("ann"));
        announce(&mut cluster, &name);
        cluster.ask(ann, 1, publish(&name, "hello"));
        let expected = [format!("announced {name}"), format!("published ann {name}")];
        assert_eq!(told(&mut cluster), expected);
    }
}

#[test]
fn a_lost_connection_is_told_of_once_and_its_session_to_its_end() {
    let mut cluster = cluster(2, everything());
    let name = cluster.topic_at(1, "room");
    let ann = cluster.join(0, user("ann"));
    let bob = cluster.join(1, user("bob"));
    for client in [ann, bob] {
        cluster.ask(client, None, watch(&name));
    }
    told(&mut cluster);
    cluster.vanish(ann);
    cluster.settle();
    assert_eq!(told(&mut cluster), ["disconnected ann lost true"]);

    let again = cluster.join(0, user("ann"));
    let session = cluster.session(ann);
    cluster.ask(again, 1, resume(session));
    let expected = [
        "connected ann".to_owned(),
        "resumed ann".to_owned(),
        format!("changed ann {name}"),
        format!("subscribed ann {name}"),
    ];
    let mut heard = told(&mut cluster);
    heard.sort_by_key(|line| expected.iter().position(|known| known == line));
    assert_eq!(heard, expected);

    cluster.vanish(again);
    for _ in 0..30 {
        cluster.alive(bob);
        cluster.pass(seconds(1));
    }
    let mut expected = [
        "disconnected ann lost true".to_owned(),
        "session ended ann expired".to_owned(),
        format!("left ann {name}"),
    ];
    let mut heard = told(&mut cluster);
    heard.sort();
    expected.sort();
    assert_eq!(heard, expected);
}

#[test]
fn what_the_hub_ends_is_told_with_its_reason() {
    let mut cluster = cluster(1, everything());
    let ann = cluster.join(0, user("ann"));
    cluster.ask(ann, 1, subscribe("news"));
    told(&mut cluster);
    let who = Recipient::User(user_id("ann"));
    cluster.request(
        0,
        Request::Unsubscribe {
            who: who.clone(),
            filter: filter("news"),
        },
    );
    assert_eq!(
        told(&mut cluster),
        ["vacated news", "unsubscribed ann news not_subscribed"]
    );
    cluster.request(
        0,
        Request::Disconnect {
            who,
            reason: CloseReason::Disconnected,
        },
    );
    assert_eq!(told(&mut cluster), ["disconnected ann disconnected false"]);
}

#[test]
fn who_never_was_in_is_not_told_of_and_bounds_are() {
    let mut cluster = Cluster::with(
        1,
        Rules {
            limits: Limits {
                subscriptions: 1,
                ..Limits::default()
            },
            occurrences: everything(),
            ..Rules::default()
        },
    );
    let stranger = cluster.open(0, None);
    cluster.vanish(stranger);
    assert!(told(&mut cluster).is_empty());
    let ann = cluster.join(0, able("ann", &["#"], &[]));
    cluster.ask(ann, 1, subscribe("one"));
    told(&mut cluster);
    cluster.ask(ann, 2, subscribe("two"));
    cluster.ask(ann, 3, publish("one", "not allowed"));
    assert_eq!(told(&mut cluster), ["limited ann limit_reached"]);
}

#[test]
fn only_what_is_wanted_is_told() {
    for kind in OccurrenceKind::ALL {
        let mut cluster = cluster(2, OccurrenceKinds::NONE.with(kind));
        let name = cluster.topic_at(1, "room");
        let ann = cluster.join(0, user("ann"));
        cluster.ask(ann, 1, subscribe(&name));
        cluster.ask(ann, 2, publish(&name, "hello"));
        announce(&mut cluster, &name);
        cluster.ask(ann, 3, unsubscribe(&name));
        cluster.say_goodbye(ann);
        cluster.settle();
        let kinds: Vec<_> = cluster.occurrences().iter().map(Occurrence::kind).collect();
        assert!(
            kinds.iter().all(|told| *told == kind),
            "{kind:?}: {kinds:?}"
        );
        let ever = !matches!(
            kind,
            OccurrenceKind::Resumed
                | OccurrenceKind::SessionEnded
                | OccurrenceKind::Changed
                | OccurrenceKind::FoundEmpty
                | OccurrenceKind::Limited
        );
        assert_eq!(!kinds.is_empty(), ever, "{kind:?}");
    }
}

#[test]
fn whoever_begins_to_watch_learns_what_happens_from_then_on() {
    let mut cluster = cluster(1, OccurrenceKinds::NONE);
    let ann = cluster.join(0, user("ann"));
    cluster.ask(ann, 1, subscribe("room/1"));
    assert!(told(&mut cluster).is_empty());
    cluster.input(0, Input::Watch(everything()));
    cluster.ask(ann, 2, unsubscribe("room/1"));
    let mut heard = told(&mut cluster);
    heard.sort();
    let expected = [
        "left ann room/1",
        "unsubscribed ann room/1 by itself",
        "vacated room/1",
    ];
    assert_eq!(heard, expected);
    cluster.input(0, Input::Watch(OccurrenceKinds::NONE));
    cluster.ask(ann, 3, subscribe("room/1"));
    assert!(told(&mut cluster).is_empty());
}
