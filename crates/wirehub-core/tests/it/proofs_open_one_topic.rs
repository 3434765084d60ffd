//! A proof that comes with a subscription stands in place of capabilities, for that topic and for
//! as long as it is good.

use wirehub_core::Input;
use wirehub_model::{
    Access, Command, ErrorCode, Grant, Namespace, Namespaces, Principal, Refusal, Subscribe,
};

use crate::{
    cluster::{Client, Cluster, Rules},
    words::{able, at, filter, seconds, social, subscribe, user, user_id, watch},
};

fn proven(name: &str, grant: Grant) -> Command {
    Command::Subscribe(Subscribe {
        grant: Some(Box::new(grant)),
        ..Subscribe::to(filter(name))
    })
}

fn until(second: u64) -> Grant {
    Grant {
        expires_at: Some(at(second)),
        ..Grant::default()
    }
}

fn renew(cluster: &mut Cluster, client: Client, name: &str, grant: Grant) -> Vec<String> {
    let connection = cluster.id(client);
    let renewed = Input::Renewed {
        connection,
        id: Some(9),
        filter: filter(name),
        grant: Box::new(grant),
    };
    cluster.input(connection.shard(), renewed);
    cluster.settle();
    cluster.hear(client)
}

fn pass(cluster: &mut Cluster, client: Client, count: u64) {
    for _ in 0..count {
        cluster.pass(seconds(1));
        cluster.alive(client);
    }
}

fn without_heartbeats(mut lines: Vec<String>) -> Vec<String> {
    lines.retain(|line| line != "heartbeat");
    lines
}

#[test]
fn whatever_the_token_says() {
    let closed = Namespace {
        subscribe: Access::Nobody,
        ..Namespace::new(filter("closed/#"))
    };
    let rules = Rules {
        namespaces: Namespaces::new(vec![closed], Namespace::new(filter("#"))),
        ..Rules::default()
    };
    let mut cluster = Cluster::with(2, rules);
    let ann = cluster.join(0, able("ann", &[], &[]));
    assert_eq!(
        cluster.ask(ann, 1, subscribe("a")),
        ["refused #1 permission_denied"]
    );
    assert_eq!(
        cluster.ask(ann, 2, proven("a", Grant::default())),
        ["subscribed #2 at 0"]
    );
    assert_eq!(
        cluster.ask(ann, 3, proven("closed/a", Grant::default())),
        ["refused #3 permission_denied"]
    );
    assert_eq!(
        cluster.ask(ann, 4, subscribe("b")),
        ["refused #4 permission_denied"]
    );
    // A new token that allows nothing leaves what was proven.
    cluster.authenticate(ann, Some(5), Ok(able("ann", &[], &[])));
    cluster.settle();
    assert_eq!(cluster.hear(ann), ["refreshed #5"]);
}

#[test]
fn until_it_expires_or_is_renewed() {
    let mut cluster = Cluster::new(2);
    let ann = cluster.join(0, able("ann", &[], &[]));
    cluster.ask(ann, 1, proven("short", until(10)));
    cluster.ask(ann, 2, proven("long", until(10)));
    assert_eq!(
        renew(&mut cluster, ann, "long", until(1_000)),
        ["refreshed #9 for 1000s"]
    );
    assert_eq!(
        renew(&mut cluster, ann, "other", until(1_000)),
        ["refused #9 not_subscribed"]
    );
    pass(&mut cluster, ann, 60);
    assert_eq!(
        without_heartbeats(cluster.hear(ann)),
        ["unsubscribed short token_expired"]
    );
    assert_eq!(
        cluster.ask(ann, 3, proven("short", until(1_000))),
        ["subscribed #3 at 0"]
    );
}

#[test]
fn a_bad_one_is_refused_at_the_cost_of_a_subscription() {
    let mut cluster = Cluster::new(1);
    let ann = cluster.join(0, user("ann"));
    let connection = cluster.id(ann);
    let mut heard = Vec::new();
    for id in 0..150 {
        let declined = Input::Declined {
            connection,
            id: Some(id),
            refusal: Refusal::new(ErrorCode::PermissionDenied, "the signature is another's"),
        };
        cluster.input(0, declined);
        cluster.settle();
        heard.extend(cluster.hear(ann));
    }
    assert_eq!(heard[0], "refused #0 permission_denied");
    assert_eq!(heard[149], "refused #149 rate_limited");
    assert!(cluster.is_connected(ann));
}

#[test]
fn as_whom_it_says_and_seeing_who_is_there() {
    let rules = Rules {
        namespaces: Namespaces::new(vec![social("room/#")], Namespace::new(filter("#"))),
        ..Rules::default()
    };
    let mut cluster = Cluster::with(2, rules);
    let nobody = cluster.join(0, Principal::default());
    let grant = Grant {
        presence: true,
        user: Some(user_id("bob")),
        info: Some(r#"{"name":"Bob"}"#.into()),
        ..Grant::default()
    };
    let Command::Subscribe(wish) = proven("room/1", grant) else {
        unreachable!()
    };
    let wish = Subscribe {
        presence: true,
        ..wish
    };
    assert_eq!(
        cluster.ask(nobody, 1, Command::Subscribe(wish)),
        ["subscribed #1 at 0 1/1 [bob]"]
    );
}

#[test]
fn presence_if_allowed_is_never_a_refusal() {
    let rules = Rules {
        namespaces: Namespaces::new(vec![social("room/#")], Namespace::new(filter("#"))),
        ..Rules::default()
    };
    let mut cluster = Cluster::with(2, rules);
    let (ann, eve) = (
        cluster.join(0, crate::words::seeing(user("ann"))),
        cluster.join(1, able("eve", &["#"], &[])),
    );
    let lenient = |name: &str| {
        Command::Subscribe(Subscribe {
            presence_if_allowed: true,
            ..Subscribe::to(filter(name))
        })
    };
    assert_eq!(
        cluster.ask(ann, 1, watch("plain")),
        ["refused #1 not_enabled"]
    );
    assert_eq!(
        cluster.ask(ann, 2, lenient("plain")),
        ["subscribed #2 at 0"]
    );
    assert_eq!(
        cluster.ask(ann, 3, lenient("room/1")),
        ["subscribed #3 at 0 1/1 [ann]"]
    );
    // Who may not see who is there is not told, and is seen all the same.
    assert_eq!(
        cluster.ask(eve, 1, lenient("room/1")),
        ["subscribed #1 at 0"]
    );
    assert_eq!(cluster.hear(ann), ["joined room/1 eve edge"]);
}
