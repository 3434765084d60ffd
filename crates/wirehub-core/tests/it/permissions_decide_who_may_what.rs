use wirehub_model::{Access, Namespace, Namespaces, Principal};

use crate::{
    cluster::{Cluster, Rules},
    words::{able, filter, publish, send_to_connection, send_to_user, subscribe, user},
};

fn cluster() -> Cluster {
    let namespace = |pattern, subscribe, publish| Namespace {
        subscribe,
        publish,
        ..Namespace::new(filter(pattern))
    };
    let list = vec![
        namespace("news/#", Access::Anyone, Access::Nobody),
        namespace("users/#", Access::User, Access::User),
        namespace("closed/#", Access::Nobody, Access::Nobody),
    ];
    let fallback = Namespace::new(filter("#"));
    Cluster::with(
        2,
        Rules {
            namespaces: Namespaces::new(list, fallback),
            ..Rules::default()
        },
    )
}

#[test]
fn capabilities_open_what_they_cover() {
    let mut cluster = cluster();
    let client = cluster.join(0, able("ann", &["orders/+"], &["orders/1"]));
    assert_eq!(
        cluster.ask(client, 1, subscribe("orders/2")),
        ["subscribed #1 at 0"]
    );
    assert_eq!(
        cluster.ask(client, 2, subscribe("orders/+")),
        ["subscribed #2"]
    );
    assert_eq!(
        cluster.ask(client, 3, subscribe("orders/#")),
        ["refused #3 permission_denied"]
    );
    assert_eq!(
        cluster.ask(client, 4, publish("orders/2", "x")),
        ["refused #4 permission_denied"]
    );
    assert_eq!(
        cluster
            .ask(client, 5, publish("orders/1", "x"))
            .last()
            .unwrap(),
        "published #5 at 1"
    );
}

#[test]
fn namespaces_open_or_close_whole_families() {
    let mut cluster = cluster();
    let anyone = cluster.join(0, Principal::default());
    let client = cluster.join(1, user("ann"));
    assert_eq!(
        cluster.ask(anyone, 1, subscribe("news/1")),
        ["subscribed #1 at 0"]
    );
    assert_eq!(
        cluster.ask(anyone, 2, subscribe("users/1")),
        ["refused #2 permission_denied"]
    );
    assert_eq!(
        cluster.ask(client, 3, subscribe("users/1")),
        ["subscribed #3 at 0"]
    );
    assert_eq!(
        cluster.ask(client, 4, subscribe("closed/1")),
        ["refused #4 permission_denied"]
    );
    // Not even a capability for everything reaches through a closed namespace.
    assert_eq!(
        cluster.ask(client, 5, subscribe("#")),
        ["refused #5 permission_denied"]
    );
    assert_eq!(
        cluster.ask(client, 6, publish("news/1", "x")),
        ["refused #6 permission_denied"]
    );
}

#[test]
fn direct_messages_need_a_capability_too() {
    let mut cluster = cluster();
    let client = cluster.join(0, able("ann", &[], &["$users/bob"]));
    let bob = cluster.join(1, user("bob"));
    assert_eq!(
        cluster.ask(client, 1, send_to_user("bob", "x")),
        ["done #1"]
    );
    assert_eq!(cluster.hear(bob), ["direct to user: x"]);
    assert_eq!(
        cluster.ask(client, 2, send_to_user("eve", "x")),
        ["refused #2 permission_denied"]
    );
    let send = send_to_connection(cluster.id(bob), "x");
    assert_eq!(
        cluster.ask(client, 3, send),
        ["refused #3 permission_denied"]
    );
}

#[test]
fn rules_that_change_hold_for_what_comes_next() {
    let mut cluster = cluster();
    let client = cluster.join(0, user("ann"));
    assert_eq!(
        cluster.ask(client, 1, subscribe("closed/1")),
        ["refused #1 permission_denied"]
    );
    cluster.reload(Rules::default());
    assert_eq!(
        cluster.ask(client, 2, subscribe("closed/1")),
        ["subscribed #2 at 0"]
    );
}
