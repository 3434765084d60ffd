use wirehub_core::Input;
use wirehub_model::{CloseReason, Command, ErrorCode, Limits, Namespace, Namespaces, Refusal};

use crate::{
    cluster::{Client, Cluster, Rules},
    words::{filter, publish, seconds, subscribe, unsubscribe, user},
};

fn cluster(shards: u16, limits: Limits) -> Cluster {
    Cluster::with(
        shards,
        Rules {
            limits,
            ..Rules::default()
        },
    )
}

#[test]
fn subscriptions_of_a_connection() {
    let limits = Limits {
        subscriptions: 2,
        ..Limits::default()
    };
    let mut cluster = cluster(1, limits);
    let client = cluster.join(0, user("ann"));
    cluster.ask(client, None, subscribe("a"));
    cluster.ask(client, None, subscribe("b"));
    assert_eq!(
        cluster.ask(client, 1, subscribe("c")),
        ["refused #1 limit_reached"]
    );
    cluster.ask(client, None, unsubscribe("a"));
    assert_eq!(
        cluster.ask(client, 2, subscribe("c")),
        ["subscribed #2 at 0"]
    );
}

#[test]
fn subscribers_of_a_topic() {
    let few = Namespace {
        subscribers: 1,
        ..Namespace::new(filter("few/#"))
    };
    let namespaces = Namespaces::new(vec![few], Namespace::new(filter("#")));
    let mut cluster = Cluster::with(
        1,
        Rules {
            namespaces,
            ..Rules::default()
        },
    );
    let [ann, bob] = ["ann", "bob"].map(|name| cluster.join(0, user(name)));
    assert_eq!(
        cluster.ask(ann, 1, subscribe("few/1")),
        ["subscribed #1 at 0"]
    );
    assert_eq!(
        cluster.ask(bob, 2, subscribe("few/1")),
        ["refused #2 limit_reached"]
    );
    assert_eq!(
        cluster.ask(bob, 3, subscribe("few/2")),
        ["subscribed #3 at 0"]
    );
}

#[test]
fn topics_near_and_far() {
    let limits = Limits {
        topics: 1,
        ..Limits::default()
    };
    let mut cluster = cluster(2, limits);
    let client = cluster.join(0, user("ann"));
    for home in [0, 1] {
        let [first, second] = ["a", "b"].map(|prefix| cluster.topic_at(home, prefix));
        assert_eq!(
            cluster.ask(client, 1, subscribe(&first)),
            ["subscribed #1 at 0"]
        );
        assert_eq!(
            cluster.ask(client, 2, subscribe(&second)),
            ["refused #2 limit_reached"]
        );
        assert_eq!(
            cluster.ask(client, 3, publish(&second, "x")),
            ["refused #3 limit_reached"]
        );
        assert_eq!(
            cluster.ask(client, None, publish(&second, "x")),
            ["refused limit_reached"]
        );
    }
    let stats = cluster.stats();
    assert_eq!((stats.subscriptions, stats.feeds, stats.topics), (2, 2, 2));
}

#[test]
fn the_size_of_data() {
    let small = Namespace {
        payload_bytes: 4,
        ..Namespace::new(filter("#"))
    };
    let mut cluster = Cluster::with(
        1,
        Rules {
            namespaces: Namespaces::new(Vec::new(), small),
            ..Rules::default()
        },
    );
    let client = cluster.join(0, user("ann"));
    assert_eq!(
        cluster.ask(client, 1, publish("a", "1234")),
        ["published #1 at 1"]
    );
    assert_eq!(
        cluster.ask(client, 2, publish("a", "12345")),
        ["refused #2 too_large"]
    );
}

#[test]
fn the_rate_of_publications() {
    let limits = Limits {
        publications_per_second: 5,
        ..Limits::default()
    };
    let mut cluster = cluster(1, limits);
    let client = cluster.join(0, user("ann"));
    let refused = |lines: Vec<String>| lines.iter().any(|line| line.contains("rate_limited"));
    let burst: Vec<bool> = (0..8)
        .map(|id| refused(cluster.ask(client, id, publish("a", "x"))))
        .collect();
    assert_eq!(burst, [false, false, false, false, false, true, true, true]);
    // Other requests have rates of their own.
    assert_eq!(cluster.ask(client, None, Command::Ping), ["pong"]);
    cluster.pass(seconds(1));
    assert!(!refused(cluster.ask(client, 9, publish("a", "x"))));
}

#[test]
fn a_rate_that_is_exceeded_again_and_again_ends_the_connection() {
    let limits = Limits {
        messages_per_second: 20,
        ..Limits::default()
    };
    let mut cluster = cluster(1, limits);
    let [fast, slow] = ["ann", "bob"].map(|name| cluster.join(0, user(name)));
    // Five times the rate, evenly spread: one in five passes.
    let mut ping = |client: Client, millis| {
        cluster.now = cluster.now + std::time::Duration::from_millis(millis);
        cluster.ask(client, None, Command::Ping)
    };
    let closed = |lines: Vec<String>| lines.contains(&"close rate_limited".to_owned());
    assert!((0..200).any(|_| closed(ping(fast, 10))));
    assert!((0..200).all(|_| !closed(ping(slow, 45))));
}

#[test]
fn no_bound_on_messages_closes_nobody_for_sending_many() {
    let limits = Limits {
        messages_per_second: 0,
        publications_per_second: 5,
        ..Limits::default()
    };
    let mut cluster = cluster(1, limits);
    let client = cluster.join(0, user("ann"));
    for id in 0..50 {
        cluster.ask(client, id, publish("a", "x"));
    }
    assert_eq!(cluster.ask(client, None, Command::Ping), ["pong"]);
}

#[test]
fn messages_that_make_no_sense() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    let connection = cluster.id(client);
    let nonsense = |cluster: &mut Cluster| {
        let refusal = Refusal::new(ErrorCode::BadRequest, "nonsense");
        let id = None;
        cluster.input(
            0,
            Input::Malformed {
                connection,
                id,
                refusal,
            },
        );
        cluster.hear(client)
    };
    for _ in 0..8 {
        assert_eq!(nonsense(&mut cluster), ["refused bad_request"]);
    }
    // One that makes sense begins the count again.
    assert_eq!(cluster.ask(client, None, Command::Ping), ["pong"]);
    for _ in 0..8 {
        assert_eq!(nonsense(&mut cluster), ["refused bad_request"]);
    }
    assert_eq!(
        nonsense(&mut cluster),
        ["refused bad_request", "close bad_messages"]
    );
    cluster.say_goodbye(client);
    let cause = wirehub_model::CloseCause::Server(CloseReason::BadMessages);
    assert_eq!(cluster.hung_up(client), Some(cause));
}

#[test]
fn bounds_that_change_hold_for_what_comes_next() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    cluster.ask(client, None, subscribe("a"));
    let limits = Limits {
        subscriptions: 1,
        topics: 1,
        ..Limits::default()
    };
    cluster.reload(Rules {
        limits,
        ..Rules::default()
    });
    assert_eq!(
        cluster.ask(client, 1, subscribe("b")),
        ["refused #1 limit_reached"]
    );
    assert_eq!(
        cluster.ask(client, 2, publish("b", "x")),
        ["refused #2 limit_reached"]
    );
}
