use wirehub_core::Output;
use wirehub_model::{CloseReason, Command, ErrorCode, Limits, Principal, Refusal};

use crate::{
    cluster::{Cluster, Rules},
    words::{connect, publish, seconds, subscribe, user},
};

#[test]
fn with_credentials_in_the_handshake() {
    let mut cluster = Cluster::new(1);
    let client = cluster.open(0, Some(user("ann")));
    assert_eq!(cluster.hear(client), ["welcome ann"]);
}

#[test]
fn without_a_name_where_the_runtime_allows_it() {
    let mut cluster = Cluster::new(1);
    let client = cluster.open(0, Some(Principal::default()));
    assert_eq!(cluster.hear(client), ["welcome nobody"]);
}

#[test]
fn with_credentials_in_the_first_message() {
    let mut cluster = Cluster::new(1);
    let client = cluster.open(0, None);
    assert!(cluster.ask(client, 1, connect()).is_empty());
    match cluster.asked.pop_front() {
        Some(Output::Authenticate {
            connection,
            id: Some(1),
            token: Some(token),
        }) => {
            assert_eq!(connection, cluster.id(client));
            assert_eq!(token.expose(), "token");
        }
        other => panic!("not asked for a check: {other:?}"),
    }
    cluster.authenticate(client, Some(1), Ok(user("ann")));
    assert_eq!(cluster.hear(client), ["welcome #1 ann"]);
    // The deadline of the credentials is off.
    cluster.pass(seconds(11));
    cluster.alive(client);
    assert!(cluster.is_connected(client));
}

#[test]
fn an_anonymous_wish_may_be_refused() {
    let mut cluster = Cluster::new(1);
    let client = cluster.open(0, None);
    assert!(
        cluster
            .ask(
                client,
                1,
                Command::Connect {
                    token: None,
                    resume: None,
                    since: Vec::new(),
                    subscribe: Vec::new(),
                }
            )
            .is_empty()
    );
    let asked = cluster.asked.pop_front();
    assert!(
        matches!(asked, Some(Output::Authenticate { token: None, .. })),
        "{asked:?}"
    );
    let refusal = Refusal::new(ErrorCode::Unauthorized, "no anonymous clients here");
    cluster.authenticate(client, Some(1), Err(refusal));
    assert_eq!(
        cluster.hear(client),
        ["refused #1 unauthorized", "close unauthorized"]
    );
}

#[test]
fn the_close_reason_says_what_is_wrong_with_the_credentials() {
    for (code, goodbye) in [
        (ErrorCode::TokenExpired, "close token_expired"),
        (ErrorCode::Overloaded, "close try_again_later"),
        (ErrorCode::Timeout, "close try_again_later"),
        (ErrorCode::PermissionDenied, "close unauthorized"),
    ] {
        let mut cluster = Cluster::new(1);
        let client = cluster.open(0, None);
        cluster.say(client, 1, connect());
        cluster.authenticate(client, Some(1), Err(Refusal::new(code, "no")));
        assert_eq!(cluster.hear(client).last().unwrap(), goodbye);
    }
}

#[test]
fn or_not_at_all_when_nothing_is_said_in_time() {
    let mut cluster = Cluster::new(1);
    let client = cluster.open(0, None);
    cluster.pass(seconds(9));
    assert!(cluster.hear(client).is_empty());
    cluster.pass(seconds(2));
    cluster.assert_closed(client, CloseReason::Unauthorized);
}

#[test]
fn a_check_that_takes_too_long_ends_the_same_way_and_comes_too_late() {
    let mut cluster = Cluster::new(1);
    let client = cluster.open(0, None);
    cluster.say(client, 1, connect());
    cluster.pass(seconds(11));
    assert_eq!(cluster.hear(client), ["close unauthorized"]);
    cluster.authenticate(client, Some(1), Ok(user("ann")));
    assert!(cluster.hear(client).is_empty());
}

#[test]
fn nothing_else_is_possible_before_the_welcome() {
    let mut cluster = Cluster::new(1);
    let client = cluster.open(0, None);
    assert_eq!(cluster.ask(client, None, Command::Ping), ["pong"]);
    for (id, command) in [(1, subscribe("a")), (2, publish("a", "1"))] {
        let refused = format!("refused #{id} unauthorized");
        assert_eq!(cluster.ask(client, id, command), [refused]);
    }
    // One check at a time.
    assert!(cluster.ask(client, 3, connect()).is_empty());
    assert_eq!(
        cluster.ask(client, 4, connect()),
        ["refused #4 unauthorized"]
    );
    assert_eq!(cluster.asked.len(), 1);
}

#[test]
fn only_once() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    assert_eq!(
        cluster.ask(client, 1, connect()),
        ["refused #1 bad_request"]
    );
    assert!(cluster.asked.is_empty());
}

#[test]
fn a_user_has_only_so_many_connections() {
    let limits = Limits {
        connections_per_user: 2,
        ..Limits::default()
    };
    let mut cluster = Cluster::with(
        1,
        Rules {
            limits,
            ..Rules::default()
        },
    );
    let first = cluster.join(0, user("ann"));
    cluster.join(0, user("ann"));
    let third = cluster.open(0, Some(user("ann")));
    assert_eq!(cluster.hear(third), ["close user_limit"]);
    cluster.join(0, user("bob"));

    cluster.vanish(first);
    cluster.join(0, user("ann"));
}

#[test]
fn a_slot_that_is_used_again_never_confuses_names() {
    let mut cluster = Cluster::new(1);
    let first = cluster.join(0, user("ann"));
    let watcher = cluster.join(0, user("eve"));
    cluster.say(first, 1, connect());
    cluster.vanish(first);
    let second = cluster.open(0, None);
    assert_eq!(cluster.id(first).slot(), cluster.id(second).slot());
    assert_ne!(cluster.id(first), cluster.id(second));

    // What was meant for the first tenant does not reach the second.
    cluster.authenticate(first, Some(1), Ok(user("ann")));
    cluster.say(first, 2, Command::Ping);
    cluster.say_goodbye(first);
    cluster.vanish(first);
    assert!(cluster.hear(second).is_empty());
    let send = crate::words::send_to_connection(cluster.id(first), "hello");
    assert_eq!(cluster.ask(watcher, 3, send), ["refused #3 not_found"]);
    assert!(cluster.hear(second).is_empty());
    assert_eq!(cluster.stats().connections, [1, 1, 0]);
}

#[test]
fn a_token_may_bring_subscriptions_along() {
    let mut cluster = Cluster::new(1);
    let principal = Principal {
        auto_subscribe: ["news".to_owned(), "mail/ann".to_owned()]
            .iter()
            .map(|text| crate::words::filter(text))
            .collect(),
        ..crate::words::able("ann", &[], &["#"])
    };
    let client = cluster.join(0, principal);
    assert!(
        cluster
            .ask(client, None, publish("news", "1"))
            .contains(&"message news at 1: 1".into())
    );
    assert_eq!(
        cluster.ask(client, 1, subscribe("other")),
        ["refused #1 permission_denied"]
    );
    assert_eq!(
        cluster.ask(client, 2, subscribe("news")),
        ["refused #2 permission_denied"]
    );
}
