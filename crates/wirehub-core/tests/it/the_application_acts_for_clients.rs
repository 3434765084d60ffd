use std::sync::Arc;

use wirehub_core::{Answer, Recipient, Renewal, Request};
use wirehub_model::{
    ErrorCode, Grant, HistoryRules, Limits, Namespace, Namespaces, Principal, Subscribe,
    TopicFilter,
};

use crate::{
    cluster::{Client, Cluster, Rules},
    history_recovers_what_was_missed::stands,
    words::{
        able, at, filter, publish, refresh, resume, seconds, social, subscribe, topic, unsubscribe,
        user, user_id, watch,
    },
};

/// The application subscribes clients; how many have the subscription, and why others have not.
fn subscribe_for(
    cluster: &mut Cluster,
    shard: u16,
    who: Recipient,
    wish: Subscribe,
) -> (u64, Option<ErrorCode>) {
    let wish = Box::new(wish);
    match cluster.request(shard, Request::Subscribe { who, wish }) {
        Answer::Subscribed {
            connections,
            refusal,
        } => (connections, refusal.map(|refusal| refusal.code)),
        other => panic!("not about a subscription: {other:?}"),
    }
}

fn to(text: &str) -> Subscribe {
    Subscribe::to(filter(text))
}

fn unsubscribe_for(cluster: &mut Cluster, who: Recipient, text: &str) -> u64 {
    let filter = filter(text);
    count(cluster.request(0, Request::Unsubscribe { who, filter }))
}

fn count(answer: Answer) -> u64 {
    match answer {
        Answer::Count(count) => count,
        other => panic!("not a number: {other:?}"),
    }
}

/// A client that may do nothing.
fn nobody_special(name: &str) -> Principal {
    able(name, &[], &[])
}

/// One namespace, and the plain rules for all other topics.
fn rules(namespace: Namespace) -> Rules {
    let others = Namespace::new(TopicFilter::everything());
    Rules {
        namespaces: Namespaces::new(vec![namespace], others),
        ..Rules::default()
    }
}

#[test]
fn a_client_is_subscribed_to_what_its_token_does_not_allow() {
    for home in [0, 1] {
        let mut cluster = Cluster::new(2);
        let name = cluster.topic_at(home, "a");
        let ann = cluster.join(0, nobody_special("ann"));
        let other = cluster.join(0, nobody_special("ann"));
        let who = Recipient::Connection(cluster.id(ann));
        assert_eq!(
            subscribe_for(&mut cluster, 0, who.clone(), to(&name)),
            (1, None)
        );
        assert_eq!(cluster.hear(ann), [format!("subscribed {name} at 0")]);
        // To be subscribed twice is to be subscribed.
        assert_eq!(subscribe_for(&mut cluster, 0, who, to(&name)), (1, None));
        assert!(cluster.hear(ann).is_empty() && cluster.hear(other).is_empty());
        let bob = cluster.join(1, user("bob"));
        cluster.ask(bob, 1, publish(&name, "hi"));
        assert_eq!(cluster.hear(ann), [format!("message {name} at 1: hi")]);
        assert!(cluster.hear(other).is_empty());
    }
}

#[test]
fn what_the_application_began_outlives_new_tokens_and_lost_connections() {
    let mut cluster = Cluster::with(
        2,
        Rules {
            resume_within: seconds(60),
            ..Rules::default()
        },
    );
    let ann = cluster.join(0, nobody_special("ann"));
    let who = Recipient::Connection(cluster.id(ann));
    subscribe_for(&mut cluster, 0, who, to("a"));
    cluster.say(ann, 1, refresh());
    cluster.authenticate(ann, Some(1), Ok(nobody_special("ann")));
    cluster.settle();
    assert_eq!(cluster.hear(ann), ["subscribed a at 0", "refreshed #1"]);
    let session = cluster.session(ann);
    cluster.vanish(ann);
    let back = cluster.join(1, nobody_special("ann"));
    let heard = cluster.ask(back, 1, resume(session));
    assert!(
        heard.len() == 2 && heard[1].starts_with("subscribed a at 0"),
        "{heard:?}"
    );
    let bob = cluster.join(0, user("bob"));
    cluster.ask(bob, 1, publish("a", "hi"));
    assert_eq!(cluster.hear(back), ["message a at 1: hi"]);
}

#[test]
fn a_subscription_may_end_by_itself() {
    let mut cluster = Cluster::new(1);
    let ann = cluster.join(0, nobody_special("ann"));
    let grant = Grant {
        expires_at: Some(at(60)),
        ..Grant::default()
    };
    let wish = Subscribe {
        grant: Some(Box::new(grant)),
        ..to("a")
    };
    let who = Recipient::Connection(cluster.id(ann));
    assert_eq!(subscribe_for(&mut cluster, 0, who, wish), (1, None));
    pass(&mut cluster, ann, 120);
    let heard = cluster.hear(ann);
    assert!(
        heard.contains(&"unsubscribed a token_expired".to_owned()),
        "{heard:?}"
    );
}

#[test]
fn a_user_is_subscribed_wherever_it_is() {
    let mut cluster = Cluster::new(1);
    let theirs = [(); 2].map(|()| cluster.join(0, nobody_special("ann")));
    let connecting = cluster.open(0, None);
    let bob = cluster.join(0, nobody_special("bob"));
    let ann = Recipient::User(user_id("ann"));
    assert_eq!(subscribe_for(&mut cluster, 0, ann, to("a/+")), (2, None));
    for client in theirs {
        assert_eq!(cluster.hear(client), ["subscribed a/+"]);
    }
    assert!(cluster.hear(bob).is_empty() && cluster.hear(connecting).is_empty());
    let eve = Recipient::User(user_id("eve"));
    assert_eq!(subscribe_for(&mut cluster, 0, eve, to("a/+")), (0, None));
    assert_eq!(
        subscribe_for(&mut cluster, 0, Recipient::Everyone, to("b")),
        (3, None)
    );
}

#[test]
fn a_subscriber_gets_what_it_missed() {
    let history = HistoryRules {
        size: 10,
        ttl: seconds(60),
        bytes: 1_000,
    };
    let kept = Namespace {
        history,
        ..Namespace::new(filter("kept/#"))
    };
    let mut cluster = Cluster::with(1, rules(kept));
    let ann = cluster.join(0, user("ann"));
    cluster.ask(ann, 1, publish("kept/1", "one"));
    let since = Some(stands(&mut cluster, "kept/1"));
    cluster.ask(ann, 2, publish("kept/1", "two"));
    let wish = Subscribe {
        since,
        ..to("kept/1")
    };
    let who = Recipient::Connection(cluster.id(ann));
    assert_eq!(subscribe_for(&mut cluster, 0, who.clone(), wish), (1, None));
    let expected = [
        "subscribed kept/1 at 2 recovered",
        "message kept/1 at 2: two",
    ];
    assert_eq!(cluster.hear(ann), expected);

    let wish = Subscribe {
        since,
        ..to("kept/+")
    };
    let refused = subscribe_for(&mut cluster, 0, who, wish);
    assert_eq!(refused, (0, Some(ErrorCode::BadRequest)));
}

#[test]
fn bounds_hold_for_what_the_application_wants() {
    let limits = Limits {
        subscriptions: 1,
        ..Limits::default()
    };
    let mut cluster = Cluster::with(
        1,
        Rules {
            limits,
            ..Rules::default()
        },
    );
    let full = cluster.join(0, user("ann"));
    cluster.ask(full, 1, subscribe("a"));
    let free = cluster.join(0, user("ann"));
    let ann = Recipient::User(user_id("ann"));
    let outcome = subscribe_for(&mut cluster, 0, ann, to("b"));
    assert_eq!(outcome, (1, Some(ErrorCode::LimitReached)));
    // Clients hear nothing of what they did not ask for and did not get.
    assert!(cluster.hear(full).is_empty());
    assert_eq!(cluster.hear(free), ["subscribed b at 0"]);
}

#[test]
fn a_subscription_is_ended_and_its_client_told() {
    let mut cluster = Cluster::with(2, rules(social("room/#")));
    let name = cluster.topic_at(1, "room");
    let (ann, bob) = (cluster.join(0, user("ann")), cluster.join(1, user("bob")));
    cluster.ask(bob, 1, watch(&name));
    cluster.ask(ann, 1, subscribe(&name));
    cluster.hear(bob);
    let who = Recipient::User(user_id("ann"));
    assert_eq!(unsubscribe_for(&mut cluster, who.clone(), &name), 1);
    assert_eq!(
        cluster.hear(ann),
        [format!("unsubscribed {name} not_subscribed")]
    );
    assert_eq!(cluster.hear(bob), [format!("left {name} ann edge")]);
    cluster.ask(bob, 2, publish(&name, "alone"));
    assert!(cluster.hear(ann).is_empty());
    // What is not there cannot be ended.
    assert_eq!(unsubscribe_for(&mut cluster, who.clone(), &name), 0);
    assert_eq!(unsubscribe_for(&mut cluster, who, "unheard/of"), 0);
    assert_eq!(
        cluster.ask(ann, 2, unsubscribe(&name)),
        ["refused #2 not_subscribed"]
    );
}

#[test]
fn who_is_away_comes_back_without_what_was_ended() {
    let mut cluster = Cluster::with(
        2,
        Rules {
            resume_within: seconds(60),
            ..rules(social("room/#"))
        },
    );
    for who in [Some("ann"), None] {
        let name = cluster.topic_at(1, "room");
        let (ann, bob) = (cluster.join(0, user("ann")), cluster.join(1, user("bob")));
        cluster.ask(bob, 1, watch(&name));
        cluster.ask(ann, 1, subscribe(&name));
        cluster.ask(ann, 2, subscribe("other"));
        let session = cluster.session(ann);
        let who = match who {
            Some(name) => Recipient::User(user_id(name)),
            None => Recipient::Connection(cluster.id(ann)),
        };
        cluster.vanish(ann);
        cluster.settle();
        cluster.hear(bob);
        assert_eq!(unsubscribe_for(&mut cluster, who, &name), 0);
        assert_eq!(cluster.hear(bob), [format!("left {name} ann edge")]);
        let back = cluster.join(1, user("ann"));
        let heard = cluster.ask(back, 3, resume(session));
        let ended = format!("unsubscribed {name} not_subscribed");
        assert!(heard.contains(&ended), "{heard:?}");
        let kept = heard
            .iter()
            .any(|line| line.starts_with("subscribed other"));
        assert!(kept, "{heard:?}");
        cluster.ask(bob, 4, publish(&name, "alone"));
        assert!(cluster.hear(back).is_empty());
        for client in [back, bob] {
            cluster.say_goodbye(client);
            cluster.settle();
        }
    }
}

#[test]
fn a_subscription_that_waits_for_its_home_can_be_ended() {
    let mut cluster = Cluster::new(2);
    let name = cluster.topic_at(1, "a");
    let ann = cluster.join(0, user("ann"));
    cluster.say(ann, 1, subscribe(&name));
    let who = Recipient::Connection(cluster.id(ann));
    assert_eq!(unsubscribe_for(&mut cluster, who, &name), 1);
    assert_eq!(cluster.hear(ann), ["refused #1 not_subscribed"]);
    let bob = cluster.join(1, user("bob"));
    cluster.ask(bob, 1, publish(&name, "alone"));
    assert!(cluster.hear(ann).is_empty());
}

/// Renews the one connection of a user.
fn renew(cluster: &mut Cluster, name: &str, renewal: Renewal) -> u64 {
    let who = Recipient::User(user_id(name));
    count(cluster.request(0, Request::Renew { who, renewal }))
}

/// Time passes while the client answers heartbeats.
fn pass(cluster: &mut Cluster, client: Client, count: u64) {
    for _ in 0..count {
        cluster.pass(seconds(1));
        if cluster.is_connected(client) {
            cluster.alive(client);
        }
    }
}

#[test]
fn connections_stay_as_long_as_the_application_says() {
    let mut cluster = Cluster::new(1);
    let expiring = Principal {
        expires_at: Some(at(60)),
        ..user("ann")
    };
    let ann = cluster.join(0, expiring);
    let until = |second| Renewal {
        expires_at: Some(at(second)),
        info: None,
    };
    assert_eq!(renew(&mut cluster, "ann", until(200)), 1);
    assert_eq!(renew(&mut cluster, "bob", until(200)), 0);
    pass(&mut cluster, ann, 199);
    assert!(cluster.is_connected(ann));
    assert_eq!(renew(&mut cluster, "ann", Renewal::default()), 1);
    pass(&mut cluster, ann, 200);
    assert!(cluster.is_connected(ann));
    assert_eq!(renew(&mut cluster, "ann", until(400)), 1);
    pass(&mut cluster, ann, 60);
    assert!(
        cluster
            .hear(ann)
            .contains(&"close token_expired".to_owned())
    );
}

#[test]
fn what_is_said_about_a_user_changes_for_those_who_watch() {
    let mut cluster = Cluster::with(1, rules(social("room/#")));
    let (ann, bob) = (cluster.join(0, user("ann")), cluster.join(0, user("bob")));
    cluster.ask(bob, 1, watch("room/1"));
    cluster.ask(ann, 1, subscribe("room/1"));
    cluster.hear(bob);
    let info: Option<Arc<str>> = Some("{\"name\":\"Ann\"}".into());
    let renewal = Renewal {
        expires_at: None,
        info,
    };
    assert_eq!(renew(&mut cluster, "ann", renewal.clone()), 1);
    let heard = cluster.hear(bob);
    assert!(
        heard.len() == 1 && heard[0].starts_with("changed room/1 ann"),
        "{heard:?}"
    );
    // What is said already changes nothing.
    assert_eq!(renew(&mut cluster, "ann", renewal), 1);
    assert!(cluster.hear(bob).is_empty());
}

#[test]
fn a_topic_forgets_what_was_published_and_not_where_it_stands() {
    let history = HistoryRules {
        size: 10,
        ttl: seconds(60),
        bytes: 1_000,
    };
    let kept = Namespace {
        history,
        retained: true,
        ..Namespace::new(filter("kept/#"))
    };
    let mut cluster = Cluster::with(1, rules(kept));
    let ann = cluster.join(0, user("ann"));
    for text in ["one", "two"] {
        cluster.ask(ann, 1, publish("kept/1", text));
    }
    let forget =
        |cluster: &mut Cluster, name| match cluster.request(0, Request::Forget(topic(name))) {
            Answer::Forgotten(result) => result.map_err(|refusal| refusal.code),
            other => panic!("not about what is forgotten: {other:?}"),
        };
    assert_eq!(forget(&mut cluster, "kept/1"), Ok(()));
    let stats = cluster.stats();
    assert_eq!(
        (
            stats.history_publications,
            stats.history_bytes,
            stats.retained_values
        ),
        (0, 0, 0)
    );
    assert_eq!(
        cluster.ask(ann, 2, subscribe("kept/1")),
        ["subscribed #2 at 2"]
    );
    let heard = cluster.ask(ann, 3, publish("kept/1", "three"));
    assert!(
        heard.contains(&"message kept/1 at 3: three".to_owned()),
        "{heard:?}"
    );
    // What was never there is forgotten as well.
    assert_eq!(forget(&mut cluster, "kept/2"), Ok(()));
    assert_eq!(cluster.stats().topics, 1);
}
