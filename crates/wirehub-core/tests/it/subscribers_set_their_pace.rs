use std::time::Duration;

use wirehub_model::{Limits, Namespace, Namespaces, Window};

use crate::{
    cluster::{Client, Cluster, Rules},
    words::{
        able, filter, publish, publish_about, publish_for, publish_without_echo, refresh, seconds,
        subscribe, subscribe_at_pace, unsubscribe, user,
    },
};

const SECOND: Duration = Duration::from_secs(1);

/// What a client hears, but for heartbeats.
fn hear(cluster: &mut Cluster, client: Client) -> Vec<String> {
    let mut heard = cluster.hear(client);
    heard.retain(|line| line != "heartbeat");
    heard
}

fn cluster(shards: u16) -> Cluster {
    let windowed = Namespace {
        window: Some(Window {
            time: Duration::from_millis(50),
            count: 100,
            latest: false,
        }),
        ..Namespace::new(filter("w/#"))
    };
    Cluster::with(
        shards,
        Rules {
            limits: Limits {
                publications_per_second: 0,
                messages_per_second: 0,
                ..Limits::default()
            },
            namespaces: Namespaces::new(vec![windowed], Namespace::new(filter("#"))),
            ..Rules::default()
        },
    )
}

/// A publisher at shard zero, and a client of the last shard that subscribes with a pace.
fn pair(shards: u16, text: &str, level: Option<u8>) -> (Cluster, Client, Client) {
    let mut cluster = cluster(shards);
    let publisher = cluster.join(0, user("ann"));
    let reader = cluster.join(shards - 1, user("bob"));
    let heard = cluster.ask(reader, 1, subscribe_at_pace(text, SECOND, level));
    assert!(heard[0].starts_with("subscribed #1"), "{heard:?}");
    (cluster, publisher, reader)
}

fn publish_all(cluster: &mut Cluster, publisher: Client, name: &str, texts: &[&str]) {
    for text in texts {
        cluster.say(publisher, None, publish(name, text));
    }
    cluster.settle();
}

#[test]
fn the_first_goes_at_once_and_then_the_newest_of_each_span() {
    for shards in [1, 3] {
        let (mut cluster, publisher, reader) = pair(shards, "a", None);
        publish_all(&mut cluster, publisher, "a", &["1", "2", "3"]);
        assert_eq!(hear(&mut cluster, reader), ["message a at 1: 1"]);
        cluster.pass(SECOND - Duration::from_millis(1));
        assert!(hear(&mut cluster, reader).is_empty());
        cluster.pass(Duration::from_millis(1));
        assert_eq!(hear(&mut cluster, reader), ["batch a: a at 3: 3 x2"]);
        // The next span began with that.
        publish_all(&mut cluster, publisher, "a", &["4"]);
        assert!(hear(&mut cluster, reader).is_empty());
        cluster.pass(SECOND);
        assert_eq!(hear(&mut cluster, reader), ["message a at 4: 4"]);
        // A span without publications ends in silence.
        cluster.pass(SECOND);
        publish_all(&mut cluster, publisher, "a", &["5"]);
        assert_eq!(hear(&mut cluster, reader), ["message a at 5: 5"]);
        assert_eq!(cluster.stats().conflated, 1);
    }
}

#[test]
fn those_without_a_pace_notice_nothing() {
    let (mut cluster, publisher, reader) = pair(1, "a", None);
    let plain = cluster.join(0, user("eve"));
    cluster.ask(plain, None, subscribe("a"));
    publish_all(&mut cluster, publisher, "a", &["1", "2", "3"]);
    assert_eq!(hear(&mut cluster, plain).len(), 3);
    assert_eq!(hear(&mut cluster, reader).len(), 1);
}

#[test]
fn each_topic_and_key_has_its_newest() {
    let (mut cluster, publisher, reader) = pair(3, "t/#", None);
    publish_all(&mut cluster, publisher, "t/1", &["first"]);
    hear(&mut cluster, reader);
    for (name, key, text) in [
        ("t/1", "a", "1"),
        ("t/1", "b", "2"),
        ("t/2", "a", "3"),
        ("t/1", "a", "4"),
    ] {
        cluster.say(publisher, None, publish_about(name, key, text));
        cluster.settle();
    }
    cluster.pass(SECOND);
    let heard = hear(&mut cluster, reader);
    let batch = "batch t/#: t/1 at 3: 2, t/2 at 1: 3, t/1 at 4: 4 x2";
    assert_eq!(heard, [batch]);
}

#[test]
fn a_level_stands_for_everything_below_it() {
    let (mut cluster, publisher, reader) = pair(3, "shop/#", Some(2));
    publish_all(&mut cluster, publisher, "shop/x", &["first"]);
    hear(&mut cluster, reader);
    for (name, text) in [
        ("shop/a/orders/1", "1"),
        ("shop/a/orders/2", "2"),
        ("shop/b", "3"),
        ("shop/a", "4"),
        ("shop/a/x", "5"),
    ] {
        publish_all(&mut cluster, publisher, name, &[text]);
    }
    cluster.pass(SECOND);
    let heard = hear(&mut cluster, reader);
    assert_eq!(heard, ["batch shop/#: shop/b at 1: 3, shop/a/x at 1: 5 x4"]);
}

#[test]
fn who_comes_within_a_span_gets_what_was_published_since() {
    let (mut cluster, publisher, reader) = pair(1, "a/#", None);
    publish_all(&mut cluster, publisher, "a/1", &["1", "2"]);
    let [late, later] = ["late", "later"].map(|name| cluster.join(0, user(name)));
    cluster.ask(late, None, subscribe_at_pace("a/#", SECOND, None));
    publish_all(&mut cluster, publisher, "a/2", &["x"]);
    cluster.ask(later, None, subscribe_at_pace("a/#", SECOND, None));
    hear(&mut cluster, reader);
    cluster.pass(SECOND);
    assert_eq!(
        hear(&mut cluster, reader),
        ["batch a/#: a/1 at 2: 2, a/2 at 1: x"]
    );
    assert_eq!(hear(&mut cluster, late), ["message a/2 at 1: x"]);
    assert!(hear(&mut cluster, later).is_empty());
}

#[test]
fn a_publisher_without_an_echo_gets_the_others() {
    let (mut cluster, publisher, reader) = pair(1, "a", None);
    cluster.ask(publisher, None, subscribe_at_pace("a", SECOND, None));
    cluster.say(publisher, None, publish_without_echo("a", "own"));
    assert!(hear(&mut cluster, publisher).is_empty());
    assert_eq!(hear(&mut cluster, reader), ["message a at 1: own"]);
    cluster.say(reader, None, publish("a", "other"));
    cluster.say(publisher, None, publish_without_echo("a", "own"));
    cluster.pass(SECOND);
    assert!(hear(&mut cluster, publisher).is_empty());
    assert_eq!(hear(&mut cluster, reader), ["batch a: a at 3: own x2"]);
}

#[test]
fn a_window_and_a_pace_go_together() {
    let (mut cluster, publisher, reader) = pair(2, "w/1", None);
    for round in [1, 2] {
        publish_all(&mut cluster, publisher, "w/1", &["x", "y"]);
        cluster.pass(Duration::from_millis(50));
        let heard = hear(&mut cluster, reader);
        let newest = "batch w/1: w/1 at 2: y x2".to_owned();
        assert_eq!(heard, if round == 1 { vec![newest] } else { Vec::new() });
    }
    cluster.pass(SECOND);
    assert_eq!(hear(&mut cluster, reader), ["batch w/1: w/1 at 4: y x2"]);
}

#[test]
fn what_expired_while_it_was_held_back_is_not_sent() {
    let (mut cluster, publisher, reader) = pair(1, "a", None);
    publish_all(&mut cluster, publisher, "a", &["1"]);
    hear(&mut cluster, reader);
    cluster.say(publisher, None, publish_for("a", "brief", SECOND / 2));
    cluster.pass(SECOND);
    assert!(hear(&mut cluster, reader).is_empty());
    assert_eq!(cluster.stats().expired, 1);
    // That was silence.
    publish_all(&mut cluster, publisher, "a", &["2"]);
    assert_eq!(hear(&mut cluster, reader), ["message a at 3: 2"]);
}

#[test]
fn members_go_as_others_do() {
    let (mut cluster, publisher, reader) = pair(2, "a", None);
    let mut more = Vec::new();
    for name in ["left", "vanished", "revoked"] {
        let client = cluster.join(1, user(name));
        cluster.ask(client, None, subscribe_at_pace("a", SECOND, None));
        more.push(client);
    }
    let [left, vanished, revoked] = more[..] else {
        panic!("three came")
    };
    publish_all(&mut cluster, publisher, "a", &["1", "2"]);
    for client in [reader, left, revoked] {
        assert_eq!(hear(&mut cluster, client), ["message a at 1: 1"]);
    }
    assert_eq!(cluster.stats().subscriptions, 4);
    assert_eq!(cluster.ask(left, 9, unsubscribe("a")), ["done #9"]);
    cluster.vanish(vanished);
    cluster.ask(revoked, 9, refresh());
    cluster.authenticate(revoked, Some(9), Ok(able("revoked", &[], &[])));
    cluster.settle();
    assert_eq!(
        hear(&mut cluster, revoked)[0],
        "unsubscribed a permission_denied"
    );
    cluster.pass(SECOND);
    assert_eq!(hear(&mut cluster, reader), ["message a at 2: 2"]);
    for client in [left, revoked] {
        assert!(hear(&mut cluster, client).is_empty());
    }
    publish_all(&mut cluster, publisher, "a", &["3"]);
    cluster.ask(reader, None, unsubscribe("a"));
    let stats = cluster.stats();
    assert_eq!((stats.subscriptions, stats.feeds), (0, 0));
    let soon = cluster.now + SECOND;
    assert!(
        cluster.next_timeout(1) > Some(soon),
        "nobody is left to be woken for"
    );
}

#[test]
fn a_group_that_everybody_left_begins_anew() {
    let (mut cluster, publisher, reader) = pair(1, "a", None);
    let other = cluster.join(0, user("eve"));
    cluster.ask(other, None, subscribe("a"));
    publish_all(&mut cluster, publisher, "a", &["1", "2"]);
    cluster.ask(reader, None, unsubscribe("a"));
    hear(&mut cluster, reader);
    let pace = subscribe_at_pace("a", SECOND / 2, Some(1));
    assert_eq!(cluster.ask(reader, 2, pace), ["subscribed #2 at 2"]);
    publish_all(&mut cluster, publisher, "a", &["3"]);
    assert_eq!(hear(&mut cluster, reader), ["message a at 3: 3"]);
}

#[test]
fn near_paces_are_one_and_there_are_so_many() {
    let mut cluster = cluster(1);
    let levels = |level| subscribe_at_pace("a", SECOND, Some(level));
    for level in 0..16 {
        let client = cluster.join(0, user("ann"));
        let heard = cluster.ask(client, 1, levels(level));
        assert_eq!(heard, ["subscribed #1 at 0"]);
    }
    let client = cluster.join(0, user("ann"));
    assert_eq!(
        cluster.ask(client, 1, levels(16)),
        ["refused #1 limit_reached"]
    );
    let near = subscribe_at_pace("a", Duration::from_millis(800), Some(3));
    assert_eq!(cluster.ask(client, 2, near), ["subscribed #2 at 0"]);
}

#[test]
fn a_refused_pace_leaves_no_feed_behind() {
    let mut cluster = cluster(1);
    let client = cluster.join(0, user("ann"));
    cluster.ask(client, 1, subscribe("a/1"));
    let heard = cluster.ask(client, 2, subscribe_at_pace("a/#", SECOND, None));
    assert_eq!(heard, ["refused #2 bad_request"]);
    let stats = cluster.stats();
    assert_eq!((stats.subscriptions, stats.feeds), (1, 1));
    // The other way round, and beside it.
    cluster.ask(client, 3, unsubscribe("a/1"));
    assert_eq!(
        cluster.ask(client, 4, subscribe_at_pace("a/#", SECOND, None)),
        ["subscribed #4"]
    );
    assert_eq!(
        cluster.ask(client, 5, subscribe("a/1")),
        ["refused #5 bad_request"]
    );
    assert_eq!(
        cluster.ask(client, 6, subscribe("b")),
        ["subscribed #6 at 0"]
    );
    cluster.pass(seconds(1));
}
