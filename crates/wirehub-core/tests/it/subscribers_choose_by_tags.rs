use std::{sync::Arc, time::Duration};

use wirehub_model::{
    Command, HistoryRules, Message, Namespace, Namespaces, Pace, Position, Publish, Subscribe,
    TagTest, Tags, TagsFilter, Window,
};

use crate::{
    cluster::{Client, Cluster, Rules},
    history_recovers_what_was_missed::stands,
    words::{filter, message, resume, seconds, subscribe, topic, unsubscribe, user},
};

/// Topics under `window/` and `trades/` may be chosen from, others not. The first gathers what is
/// published; the second keeps it.
fn cluster(shards: u16) -> Cluster {
    let allowing = |pattern| Namespace {
        tags_filter: true,
        ..Namespace::new(filter(pattern))
    };
    let windowed = Namespace {
        window: Some(Window {
            time: Duration::from_millis(50),
            count: 3,
            latest: false,
        }),
        ..allowing("window/#")
    };
    let kept = Namespace {
        retained: true,
        history: HistoryRules {
            size: 10,
            ttl: Duration::from_secs(60),
            bytes: 1_000,
        },
        ..allowing("trades/#")
    };
    let list = vec![windowed, kept];
    Cluster::with(
        shards,
        Rules {
            namespaces: Namespaces::new(list, Namespace::new(filter("#"))),
            resume_within: seconds(30),
            ..Rules::default()
        },
    )
}

/// Subscribes to what is tagged with one side.
fn choose(text: &str, side: &str, since: Option<Position>) -> Command {
    let wanted = TagsFilter::Tag("side".into(), TagTest::Is(side.into()));
    Command::Subscribe(Subscribe {
        since,
        tags: Some(Arc::new(wanted)),
        ..Subscribe::to(filter(text))
    })
}

fn trade(name: &str, side: &str, text: &str) -> Command {
    let message = Message {
        tags: Tags::new([("side", side)]).unwrap(),
        ..message(text)
    };
    Command::Publish(Publish::to(topic(name), message))
}

fn trades(cluster: &mut Cluster, publisher: Client, name: &str, trades: &[(&str, &str)]) {
    for (side, text) in trades {
        cluster.ask(publisher, None, trade(name, side, text));
    }
}

#[test]
fn and_get_nothing_else() {
    for shards in [1, 3] {
        let mut cluster = cluster(shards);
        let name = cluster.topic_at(shards - 1, "trades");
        let publisher = cluster.join(0, user("bob"));
        let (buys, sells) = (cluster.join(0, user("ann")), cluster.join(0, user("ann")));
        let all = cluster.join(0, user("ann"));
        cluster.ask(buys, 1, choose(&name, "buy", None));
        cluster.ask(sells, 1, choose(&name, "sell", None));
        cluster.ask(all, 1, subscribe(&name));
        trades(
            &mut cluster,
            publisher,
            &name,
            &[("buy", "1"), ("sell", "2"), ("buy", "3")],
        );
        let line = |offset: u8| format!("message {name} at {offset}: {offset}");
        assert_eq!(cluster.hear(buys), [line(1), line(3)]);
        assert_eq!(cluster.hear(sells), [line(2)]);
        assert_eq!(cluster.hear(all), [line(1), line(2), line(3)]);
        // Who goes makes room for another without anybody getting the other's.
        cluster.ask(buys, 2, unsubscribe(&name));
        trades(
            &mut cluster,
            publisher,
            &name,
            &[("buy", "4"), ("sell", "5")],
        );
        assert_eq!(cluster.hear(buys), Vec::<String>::new());
        assert_eq!(cluster.hear(sells), [line(5)]);
    }
}

#[test]
fn from_what_they_missed_too() {
    let mut cluster = cluster(1);
    let publisher = cluster.join(0, user("bob"));
    let since = stands(&mut cluster, "trades/1");
    trades(
        &mut cluster,
        publisher,
        "trades/1",
        &[("buy", "1"), ("sell", "2"), ("buy", "3")],
    );
    let client = cluster.join(0, user("ann"));
    assert_eq!(
        cluster.ask(client, 1, choose("trades/1", "buy", Some(since))),
        [
            "subscribed #1 at 3 recovered",
            "message trades/1 at 1: 1",
            "message trades/1 at 3: 3",
        ]
    );
    // The last one is not of the side.
    let other = cluster.join(0, user("ann"));
    let heard = cluster.ask(other, 1, choose("trades/1", "sell", None));
    assert_eq!(heard, ["subscribed #1 at 3"]);
}

#[test]
fn from_all_topics_of_a_filter_and_from_what_comes_together() {
    let mut cluster = cluster(1);
    let publisher = cluster.join(0, user("bob"));
    let buys = cluster.join(0, user("ann"));
    let all = cluster.join(0, user("ann"));
    cluster.ask(buys, None, choose("window/#", "buy", None));
    cluster.ask(all, None, subscribe("window/1"));
    trades(
        &mut cluster,
        publisher,
        "window/1",
        &[("buy", "1"), ("sell", "2"), ("buy", "3")],
    );
    let heard = cluster.hear(buys);
    assert_eq!(
        heard,
        ["message window/1 at 1: 1", "message window/1 at 3: 3"]
    );
    assert_eq!(cluster.hear(all).len(), 1);
}

#[test]
fn only_where_that_is_allowed_and_tells_them_all() {
    let mut cluster = cluster(1);
    let client = cluster.join(0, user("ann"));
    for name in ["chat/1", "#"] {
        let heard = cluster.ask(client, 1, choose(name, "buy", None));
        assert!(heard[0].starts_with("refused #1 not_enabled"), "{heard:?}");
    }
    let paced = Command::Subscribe(Subscribe {
        pace: Some(Pace {
            every: seconds(1),
            level: None,
        }),
        tags: Some(Arc::new(TagsFilter::Event(TagTest::Exists))),
        ..Subscribe::to(filter("trades/1"))
    });
    let heard = cluster.ask(client, 2, paced);
    assert!(heard[0].starts_with("refused #2 bad_request"), "{heard:?}");
    // What one subscription leaves out, another would bring.
    cluster.ask(client, 3, choose("trades/1", "buy", None));
    let heard = cluster.ask(client, 4, subscribe("trades/+"));
    assert!(heard[0].starts_with("refused #4 bad_request"), "{heard:?}");
    cluster.ask(client, 5, unsubscribe("trades/1"));
    assert_eq!(
        cluster.ask(client, 6, subscribe("trades/+")),
        ["subscribed #6"]
    );
}

#[test]
fn and_choose_the_same_when_their_session_goes_on() {
    let mut cluster = cluster(1);
    let publisher = cluster.join(0, user("bob"));
    let client = cluster.join(0, user("ann"));
    let session = cluster.session(client);
    cluster.ask(client, 1, choose("window/1", "buy", None));
    cluster.vanish(client);
    cluster.settle();
    let again = cluster.join(0, user("ann"));
    cluster.ask(again, 1, resume(session));
    trades(
        &mut cluster,
        publisher,
        "window/1",
        &[("sell", "1"), ("buy", "2"), ("sell", "3")],
    );
    let heard = cluster.hear(again);
    assert_eq!(heard.last().unwrap(), "message window/1 at 2: 2");
    assert_eq!(
        heard
            .iter()
            .filter(|line| line.starts_with("message"))
            .count(),
        1
    );
}
