use std::time::Duration;

use wirehub_model::{
    Access, Command, Gap, HistoryPage, HistoryQuery, HistoryRules, Key, Limits, Namespace,
    Namespaces, Offset, Position, Publish, Recovery, TopicFilter,
};

use crate::{
    cluster::{Client, Cluster, Rules},
    words::{
        filter, message, publish, publish_for, seconds, subscribe, subscribe_since, topic,
        unsubscribe, user,
    },
};

/// Topics under `kept/` keep five publications for a minute; those under `state/` their last value
/// and three keys.
fn rules() -> Rules {
    let kept = Namespace {
        read_history: Access::User,
        history: HistoryRules {
            size: 5,
            ttl: Duration::from_secs(60),
            bytes: 1_000,
        },
        ..Namespace::new(filter("kept/#"))
    };
    let state = Namespace {
        retained: true,
        keys: 3,
        ..Namespace::new(filter("state/#"))
    };
    Rules {
        limits: Limits::default(),
        namespaces: Namespaces::new(vec![kept, state], Namespace::new(TopicFilter::everything())),
        ..Rules::default()
    }
}

/// Clusters of one and of three shards, with a client on each shard and a topic at the last one.
fn each(prefix: &str, test: impl Fn(&mut Cluster, &[Client], &str)) {
    for shards in [1, 3] {
        let mut cluster = Cluster::with(shards, rules());
        let clients: Vec<_> = (0..shards)
            .map(|shard| cluster.join(shard, user("ann")))
            .collect();
        let name = cluster.topic_at(shards - 1, prefix);
        test(&mut cluster, &clients, &name);
    }
}

/// Where a topic stands, as a publication's answer says.
pub(crate) fn stands(cluster: &mut Cluster, name: &str) -> Position {
    let query = HistoryQuery {
        topic: topic(name),
        limit: 1,
        page: HistoryPage::Newest,
    };
    let request = wirehub_core::Request::History(query);
    match cluster.request(0, request) {
        wirehub_core::Answer::History(Ok(history)) => history.position,
        other => panic!("no history: {other:?}"),
    }
}

fn history(name: &str, limit: u32, page: HistoryPage) -> Command {
    Command::History(HistoryQuery {
        topic: topic(name),
        limit,
        page,
    })
}

fn publish_with(name: &str, text: &str, key: Option<&str>, idempotency: Option<&str>) -> Command {
    Command::Publish(Publish {
        key: key.map(|key| Key::parse(key).unwrap()),
        idempotency_key: idempotency.map(|key| Key::parse(key).unwrap()),
        ..Publish::to(topic(name), message(text))
    })
}

#[test]
fn exactly_what_was_missed_comes_in_order_before_what_is_new() {
    each("kept", |cluster, clients, name| {
        let last = clients[clients.len() - 1];
        cluster.ask(last, None, publish(name, "1"));
        let since = stands(cluster, name);
        for text in ["2", "3"] {
            cluster.ask(last, None, publish(name, text));
        }
        for client in clients {
            let heard = cluster.ask(*client, 1, subscribe_since(name, since));
            let recovered = "subscribed #1 at 3 recovered".to_owned();
            let missed = [2, 3].map(|offset| format!("message {name} at {offset}: {offset}"));
            assert_eq!(heard, [vec![recovered], missed.to_vec()].concat());
        }
        cluster.ask(last, None, publish(name, "4"));
        cluster.hear(last);
        for client in &clients[..clients.len() - 1] {
            assert_eq!(cluster.hear(*client), [format!("message {name} at 4: 4")]);
        }
    });
}

#[test]
fn publications_that_pass_the_question_on_the_way_come_once() {
    let mut cluster = Cluster::with(2, rules());
    let name = cluster.topic_at(1, "kept");
    let (near, far) = (cluster.join(1, user("ann")), cluster.join(0, user("bob")));
    let neighbour = cluster.join(0, user("cid"));
    cluster.ask(neighbour, 1, subscribe(&name));
    cluster.ask(near, None, publish(&name, "1"));
    let since = stands(&mut cluster, &name);
    cluster.ask(near, None, publish(&name, "2"));
    // The question is on its way, a publication before it, one behind it.
    cluster.say(near, None, publish(&name, "3"));
    cluster.say(far, 1, subscribe_since(&name, since));
    assert!(cluster.carry(0, 1));
    cluster.say(near, None, publish(&name, "4"));
    cluster.settle();
    let expected = ["2", "3", "4"].map(|text| format!("message {name} at {text}: {text}"));
    let heard = cluster.hear(far);
    assert_eq!(heard[0], "subscribed #1 at 3 recovered");
    assert_eq!(heard[1..], expected);
}

#[test]
fn whoever_cannot_be_given_what_it_missed_is_told_why() {
    each("kept", |cluster, clients, name| {
        let client = clients[0];
        cluster.ask(client, None, publish(name, "1"));
        let first = stands(cluster, name);
        for text in ["2", "3", "4", "5", "6", "7"] {
            cluster.ask(client, None, publish(name, text));
        }
        let at = |offset| Position {
            offset: Offset(offset),
            ..first
        };
        let elsewhere = Position {
            epoch: wirehub_model::Epoch::new(1),
            offset: Offset(7),
        };
        let cases = [
            (at(1), Gap::Expired),
            (at(0), Gap::Expired),
            (at(8), Gap::Future),
            (elsewhere, Gap::UnknownEpoch),
        ];
        for (since, gap) in cases {
            let heard = cluster.ask(client, 1, subscribe_since(name, since));
            let told = format!("subscribed #1 at 7 missed some: {}", gap.name());
            assert_eq!(heard, [told]);
            cluster.ask(client, None, unsubscribe(name));
        }
        let counts = cluster.stats().recovered;
        let count = |gap| counts[Recovery::Incomplete(gap).index()];
        let counted = [Gap::Expired, Gap::Future, Gap::UnknownEpoch].map(count);
        assert_eq!((counted, counts.iter().sum()), ([2, 1, 1], 4_u64));
        cluster.pass(seconds(61));
        let client = cluster.join(0, user("bob"));
        let heard = cluster.ask(client, 1, subscribe_since(name, at(6)));
        assert_eq!(heard, ["subscribed #1 at 7 missed some: expired"]);
    });
}

#[test]
fn more_than_may_be_sent_at_once_is_not_sent() {
    let mut rules = rules();
    rules.limits.recovery = 2;
    let mut cluster = Cluster::with(1, rules);
    let client = cluster.join(0, user("ann"));
    for text in ["1", "2", "3"] {
        cluster.ask(client, None, publish("kept/a", text));
    }
    let start = Position {
        offset: Offset(0),
        ..stands(&mut cluster, "kept/a")
    };
    let heard = cluster.ask(client, 1, subscribe_since("kept/a", start));
    assert_eq!(heard, ["subscribed #1 at 3 missed some: too_much"]);
}

#[test]
fn what_expired_meanwhile_leaves_no_gap() {
    each("kept", |cluster, clients, name| {
        let client = clients[0];
        cluster.ask(client, None, publish(name, "1"));
        let since = stands(cluster, name);
        cluster.ask(client, None, publish_for(name, "2", seconds(5)));
        cluster.ask(client, None, publish(name, "3"));
        cluster.pass(seconds(10));
        cluster.hear(client);
        let heard = cluster.ask(client, 1, subscribe_since(name, since));
        let message = format!("message {name} at 3: 3");
        assert_eq!(heard, ["subscribed #1 at 3 recovered".to_owned(), message]);
    });
}

#[test]
fn many_who_missed_the_same_are_told_with_the_same_frames() {
    let mut cluster = Cluster::with(1, rules());
    let publisher = cluster.join(0, user("ann"));
    cluster.ask(publisher, None, publish("kept/a", "1"));
    let since = stands(&mut cluster, "kept/a");
    for text in ["2", "3", "4"] {
        cluster.ask(publisher, None, publish("kept/a", text));
    }
    let clients: Vec<_> = (0..50).map(|_| cluster.join(0, user("bob"))).collect();
    let before = cluster.stats();
    cluster.long_turns = true;
    for client in &clients {
        cluster.say(*client, None, subscribe_since("kept/a", since));
    }
    cluster.settle();
    for client in &clients {
        assert_eq!(cluster.hear(*client).len(), 3);
    }
    let after = cluster.stats();
    assert_eq!(after.frames - before.frames, 3);
    assert_eq!(after.recovered_publications, 150);
    assert_eq!(after.recovered[Recovery::Complete.index()], 50);
}

#[test]
fn history_is_read_in_pages_both_ways() {
    each("kept", |cluster, clients, name| {
        let client = clients[0];
        for text in ["1", "2", "3", "4"] {
            cluster.ask(client, None, publish(name, text));
        }
        let at = stands(cluster, name);
        let newest = cluster.ask(client, 1, history(name, 2, HistoryPage::Newest));
        assert_eq!(newest, ["history #1 at 4 more: at 3: 3, at 4: 4"]);
        let place = |offset| Position {
            offset: Offset(offset),
            ..at
        };
        let before = HistoryPage::Before(place(3));
        let before = cluster.ask(client, 2, history(name, 5, before));
        assert_eq!(before, ["history #2 at 4: at 1: 1, at 2: 2"]);
        let after = HistoryPage::After(place(0));
        let after = cluster.ask(client, 3, history(name, 3, after));
        assert_eq!(after, ["history #3 at 4 more: at 1: 1, at 2: 2, at 3: 3"]);
        let future = HistoryPage::After(place(9));
        let future = cluster.ask(client, 4, history(name, 3, future));
        assert_eq!(future, ["refused #4 bad_request"]);
    });
}

#[test]
fn history_is_for_those_who_may_read_it() {
    let mut rules = rules();
    let secret = Namespace {
        history: HistoryRules {
            size: 5,
            ttl: seconds(60),
            bytes: 1_000,
        },
        ..Namespace::new(filter("secret/#"))
    };
    rules.namespaces = Namespaces::new(vec![secret], Namespace::new(filter("#")));
    let mut cluster = Cluster::with(1, rules);
    let client = cluster.join(0, user("ann"));
    let newest = |name: &str| history(name, 5, HistoryPage::Newest);
    let denied = ["refused #1 permission_denied"];
    assert_eq!(cluster.ask(client, 1, newest("secret/a")), denied);
    let off = ["refused #2 not_enabled"];
    assert_eq!(cluster.ask(client, 2, newest("other")), off);
}

#[test]
fn a_retry_is_published_once_and_gets_the_same_answer() {
    each("kept", |cluster, clients, name| {
        let (client, other) = (clients[0], cluster.join(0, user("bob")));
        cluster.ask(other, 1, subscribe(name));
        let paid = || publish_with(name, "paid", None, Some("order-1"));
        assert_eq!(cluster.ask(client, 1, paid()), ["published #1 at 1"]);
        assert_eq!(cluster.ask(client, 2, paid()), ["published #2 at 1 before"]);
        let message = format!("message {name} at 1: paid");
        assert_eq!(cluster.hear(other), [message]);
        // Another user's key of the same name is another key.
        let heard = cluster.ask(other, 2, paid());
        assert!(heard.contains(&"published #2 at 2".to_owned()), "{heard:?}");
        assert_eq!(cluster.stats().duplicates, 1);
    });
}

#[test]
fn whoever_comes_new_is_told_what_was_said_last() {
    each("state", |cluster, clients, name| {
        let client = clients[0];
        for (key, text) in [
            (Some("a"), "1"),
            (Some("b"), "2"),
            (Some("a"), "3"),
            (None, "4"),
        ] {
            cluster.ask(client, None, publish_with(name, text, key, None));
        }
        for client in clients {
            let heard = cluster.ask(*client, 1, subscribe(name));
            let retained = ["2", "3", "4"].map(|text| format!("retained {name} at {text}: {text}"));
            let standing = "subscribed #1 at 4".to_owned();
            assert_eq!(heard, [vec![standing], retained.to_vec()].concat());
        }
        // Whoever has everything is told nothing again.
        let since = Position {
            offset: Offset(4),
            epoch: match cluster.request(0, published(name)) {
                wirehub_core::Answer::Published(Ok(published)) => published.position.epoch,
                other => panic!("not published: {other:?}"),
            },
        };
        cluster.ask(client, None, unsubscribe(name));
        let heard = cluster.ask(client, 2, subscribe_since(name, since));
        assert_eq!(heard[0], "subscribed #2 at 5 missed some: expired");
        assert_eq!(heard.len(), 4, "{heard:?}");
    });
}

/// Its connection may have been lost between the answer and the values, so it is told them again.
#[test]
fn whoever_comes_back_is_told_what_was_said_last_as_well() {
    let mut rules = rules();
    let both = Namespace {
        retained: true,
        keys: 3,
        history: HistoryRules {
            size: 5,
            ttl: seconds(60),
            bytes: 1_000,
        },
        ..Namespace::new(filter("both/#"))
    };
    rules.namespaces = Namespaces::new(vec![both], Namespace::new(filter("#")));
    let mut cluster = Cluster::with(1, rules);
    let client = cluster.join(0, user("ann"));
    for (key, text) in [("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")] {
        cluster.ask(client, None, publish_with("both/x", text, Some(key), None));
    }
    let since = Position {
        offset: Offset(3),
        ..stands(&mut cluster, "both/x")
    };
    let heard = cluster.ask(client, 1, subscribe_since("both/x", since));
    let expected = [
        "subscribed #1 at 4 recovered",
        "retained both/x at 2: 2",
        "retained both/x at 3: 3",
        "message both/x at 4: 4",
    ];
    assert_eq!(heard, expected);
}

fn published(name: &str) -> wirehub_core::Request {
    wirehub_core::Request::Publish(Publish::to(topic(name), message("5")))
}

#[test]
fn whoever_leaves_before_the_answer_is_not_told() {
    let mut cluster = Cluster::with(2, rules());
    let name = cluster.topic_at(1, "kept");
    let near = cluster.join(1, user("ann"));
    cluster.ask(near, None, publish(&name, "1"));
    let since = Position {
        offset: Offset(0),
        ..stands(&mut cluster, &name)
    };
    let client = cluster.join(0, user("bob"));
    cluster.say(client, 1, subscribe_since(&name, since));
    let heard = cluster.ask(client, 2, unsubscribe(&name));
    assert_eq!(heard, ["refused #1 not_subscribed", "done #2"]);
    assert_eq!(cluster.stats().subscriptions, 0);
    // And again, with the first answer still on its way.
    cluster.say(client, 3, subscribe_since(&name, since));
    cluster.say(client, 4, unsubscribe(&name));
    cluster.say(client, 5, subscribe_since(&name, since));
    cluster.settle();
    let heard = cluster.hear(client);
    assert_eq!(heard[..2], ["refused #3 not_subscribed", "done #4"]);
    let message = format!("message {name} at 1: 1");
    assert_eq!(
        heard[2..],
        ["subscribed #5 at 1 recovered".to_owned(), message]
    );
    cluster.vanish(client);
    cluster.settle();
    assert_eq!(cluster.stats().subscriptions, 0);
}
