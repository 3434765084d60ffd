use wirehub_core::Output;
use wirehub_model::{CloseReason, ErrorCode, Principal, Refusal};

use crate::{
    cluster::{Client, Cluster},
    words::{able, at, filter, publish, refresh, seconds, subscribe, user},
};

/// Asks for new credentials and has the runtime answer.
fn refreshed(
    cluster: &mut Cluster,
    client: Client,
    result: Result<Principal, Refusal>,
) -> Vec<String> {
    assert!(cluster.ask(client, 1, refresh()).is_empty());
    let asked = cluster.asked.pop_front();
    assert!(
        matches!(asked, Some(Output::Authenticate { token: Some(_), .. })),
        "{asked:?}"
    );
    cluster.authenticate(client, Some(1), result);
    cluster.settle();
    cluster.hear(client)
}

fn until(principal: Principal, second: u64) -> Principal {
    Principal {
        expires_at: Some(at(second)),
        ..principal
    }
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

fn without_heartbeats(mut lines: Vec<String>) -> Vec<String> {
    lines.retain(|line| line != "heartbeat");
    lines
}

#[test]
fn by_the_same_user() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, until(user("ann"), 60));
    let answer = refreshed(&mut cluster, client, Ok(until(user("ann"), 200)));
    assert_eq!(answer, ["refreshed #1 for 200s"]);
    pass(&mut cluster, client, 120);
    assert!(cluster.is_connected(client));
    let forever = refreshed(&mut cluster, client, Ok(user("ann")));
    assert_eq!(without_heartbeats(forever), ["refreshed #1"]);
    pass(&mut cluster, client, 200);
    assert!(without_heartbeats(cluster.hear(client)).is_empty());
}

#[test]
fn not_by_another_user() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    for other in [user("eve"), Principal::default()] {
        let answer = refreshed(&mut cluster, client, Ok(other));
        assert_eq!(answer, ["refused #1 permission_denied"]);
    }
    let refusal = Refusal::new(ErrorCode::TokenExpired, "expired");
    let answer = refreshed(&mut cluster, client, Err(refusal));
    assert_eq!(answer, ["refused #1 token_expired"]);
    assert_eq!(
        cluster.ask(client, 2, subscribe("a")),
        ["subscribed #2 at 0"]
    );
}

#[test]
fn what_new_credentials_do_not_allow_ends() {
    for home in [0, 1] {
        let mut cluster = Cluster::new(2);
        let name = cluster.topic_at(home, "a");
        let client = cluster.join(0, user("ann"));
        for text in [name.as_str(), "b/+", "mail"] {
            cluster.ask(client, None, subscribe(text));
        }
        let fewer = Principal {
            auto_subscribe: [filter("mail")].into_iter().collect(),
            ..able("ann", &["b/#"], &["#"])
        };
        let answer = refreshed(&mut cluster, client, Ok(fewer));
        let ended = format!("unsubscribed {name} permission_denied");
        assert_eq!(answer, [ended.as_str(), "refreshed #1"]);
        for topic in [name.as_str(), "b/1", "mail"] {
            cluster.ask(client, None, publish(topic, "x"));
        }
        let heard = cluster.ask(client, 3, publish("b/1", "y"));
        assert_eq!(heard, ["message b/1 at 2: y", "published #3 at 2"]);
        assert_eq!(cluster.stats().subscriptions, 2);
    }
}

#[test]
fn a_subscription_that_is_still_being_made_ends_with_a_refusal() {
    let mut cluster = Cluster::new(2);
    let name = cluster.topic_at(1, "a");
    let client = cluster.join(0, user("ann"));
    cluster.say(client, 7, subscribe(&name));
    cluster.say(client, 8, refresh());
    cluster.authenticate(client, Some(8), Ok(able("ann", &[], &[])));
    cluster.settle();
    let heard = cluster.hear(client);
    assert!(
        heard.contains(&"refused #7 permission_denied".to_owned()),
        "{heard:?}"
    );
    assert_eq!(heard.last().unwrap(), "refreshed #8");
    assert_eq!(cluster.stats().subscriptions, 0);
}

#[test]
fn expired_ones_are_borne_for_a_while() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, until(user("ann"), 20));
    pass(&mut cluster, client, 49);
    assert!(without_heartbeats(cluster.hear(client)).is_empty());
    assert!(cluster.is_connected(client));
    cluster.pass(seconds(2));
    cluster.assert_closed(client, CloseReason::TokenExpired);
}
