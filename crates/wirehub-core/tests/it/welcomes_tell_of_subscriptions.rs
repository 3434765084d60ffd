//! Of clients that hear of their token's subscriptions in the welcome alone, the welcome is told
//! once those stand, and in front of everything that came meanwhile.

use wirehub_model::{CloseCause, Command, Namespace, Namespaces, Principal, Topic};

use crate::{
    cluster::{Client, Cluster, Rules},
    history_recovers_what_was_missed::stands,
    words::{able, connect, filter, publish, send_to_connection, send_to_user, subscribe, user},
};

fn with_topics(names: &[&str]) -> Principal {
    Principal {
        auto_subscribe: names.iter().map(|name| filter(name)).collect(),
        ..user("ann")
    }
}

/// A client is let in, and nothing else happens yet.
fn enter(cluster: &mut Cluster, names: &[&str]) -> Client {
    let ann = cluster.open_gathering(0, None);
    cluster.say(ann, 1, connect());
    cluster.authenticate(ann, Some(1), Ok(with_topics(names)));
    ann
}

#[test]
fn in_front_of_what_came_meanwhile() {
    let mut cluster = Cluster::with(3, Rules::default());
    let (here, there) = (cluster.topic_at(0, "here"), cluster.topic_at(1, "there"));
    let bob = cluster.join(0, user("bob"));
    let ann = enter(&mut cluster, &[&here, &there]);
    // The topic at home is delivered while the answer of the other shard is on its way.
    cluster.say(bob, None, publish(&here, "early"));
    cluster.flush();
    assert!(
        cluster.hear(ann).is_empty(),
        "nothing goes before the welcome"
    );
    cluster.settle();
    let mut heard = cluster.hear(ann);
    assert_eq!(heard.remove(0), "welcome #1 ann");
    heard.sort();
    assert_eq!(
        heard,
        [
            format!("message {here} at 1: early"),
            format!("subscribed {here} at 0"),
            format!("subscribed {there} at 0"),
        ]
    );
    assert_eq!(
        cluster.ask(ann, 2, subscribe("more")),
        ["subscribed #2 at 0"]
    );
}

#[test]
fn at_once_where_there_are_none_or_they_stand() {
    let mut cluster = Cluster::new(1);
    let ann = enter(&mut cluster, &[]);
    cluster.settle();
    assert_eq!(cluster.hear(ann), ["welcome #1 ann"]);
    let ann = enter(&mut cluster, &["a", "a", "b"]);
    cluster.settle();
    assert_eq!(
        cluster.hear(ann),
        ["welcome #1 ann", "subscribed a at 0", "subscribed b at 0"]
    );
}

#[test]
fn even_when_one_cannot_begin() {
    let limits = wirehub_model::Limits {
        subscriptions: 1,
        ..wirehub_model::Limits::default()
    };
    let rules = Rules {
        limits,
        ..Rules::default()
    };
    let mut cluster = Cluster::with(1, rules);
    let ann = enter(&mut cluster, &["a", "b"]);
    cluster.settle();
    assert_eq!(
        cluster.hear(ann),
        [
            "welcome #1 ann",
            "subscribed a at 0",
            "refused limit_reached"
        ]
    );
}

#[test]
fn from_where_the_client_stands() {
    let mut remembers = Namespace::new(filter("#"));
    remembers.history.size = 10;
    let rules = Rules {
        namespaces: Namespaces::new(Vec::new(), remembers),
        ..Rules::default()
    };
    let mut cluster = Cluster::with(1, rules);
    let bob = cluster.join(0, user("bob"));
    let begun = stands(&mut cluster, "a");
    cluster.ask(bob, None, publish("a", "missed"));
    let ann = cluster.open_gathering(0, None);
    let Command::Connect { token, resume, .. } = connect() else {
        unreachable!()
    };
    let since = vec![(Topic::parse("a").unwrap(), begun)];
    let connect = Command::Connect {
        token,
        resume,
        since,
        subscribe: Vec::new(),
    };
    cluster.say(ann, 1, connect);
    cluster.authenticate(ann, Some(1), Ok(with_topics(&["a"])));
    cluster.settle();
    assert_eq!(
        cluster.hear(ann),
        [
            "welcome #1 ann",
            "subscribed a at 1 recovered",
            "message a at 1: missed"
        ]
    );
}

#[test]
fn and_of_what_the_client_asked_for_where_it_may_have_it() {
    let mut cluster = Cluster::new(1);
    let ann = cluster.open_gathering(0, None);
    let Command::Connect {
        token,
        resume,
        since,
        ..
    } = connect()
    else {
        unreachable!()
    };
    let connect = Command::Connect {
        token,
        resume,
        since,
        subscribe: ["mine", "a", "others", "mine"].map(filter).to_vec(),
    };
    cluster.say(ann, 1, connect);
    let principal = Principal {
        auto_subscribe: [filter("a")].into(),
        ..able("ann", &["mine", "a"], &[])
    };
    cluster.authenticate(ann, Some(1), Ok(principal));
    cluster.settle();
    assert_eq!(
        cluster.hear(ann),
        [
            "welcome #1 ann",
            "subscribed a at 0",
            "subscribed mine at 0"
        ]
    );
}

#[test]
fn and_no_session_is_kept_of_them() {
    let mut cluster = Cluster::new(1);
    let ann = enter(&mut cluster, &["a"]);
    cluster.settle();
    cluster.hear(ann);
    let bob = cluster.join(0, able("bob", &[], &["$users/#", "$connections/#"]));
    cluster.ask(bob, None, send_to_user("ann", "one"));
    cluster.ask(bob, None, send_to_connection(cluster.id(ann), "two"));
    let told = ["direct to user: one", "direct to connection: two"];
    assert_eq!(cluster.hear(ann), told);
    cluster.close(ann, CloseCause::Failed);
    cluster.settle();
    assert_eq!(cluster.stats().sessions_parked, 0);
}
