//! Clients that are cut off together are to come back apart.

use crate::{
    cluster::{Cluster, Rules},
    words::user,
};

fn cluster(reconnects_per_second: u32) -> Cluster {
    Cluster::with(
        1,
        Rules {
            reconnects_per_second,
            ..Rules::default()
        },
    )
}

#[test]
fn the_span_grows_with_the_number_of_clients() {
    let mut cluster = cluster(4);
    let first = cluster.open(0, Some(user("u1")));
    let second = cluster.open(0, Some(user("u2")));
    assert_eq!(cluster.hear(first), ["welcome u1 spread 500ms"]);
    assert_eq!(cluster.hear(second), ["welcome u2 spread 500ms"]);
    let third = cluster.open(0, Some(user("u3")));
    assert_eq!(cluster.hear(third), ["welcome u3 spread 1s"]);
    assert_eq!(cluster.hear(first), ["spread 1s"]);
    assert_eq!(cluster.hear(second), ["spread 1s"]);
    cluster.open(0, Some(user("u4")));
    assert!(cluster.hear(first).is_empty());
}

#[test]
fn who_is_not_in_yet_learns_it_with_the_welcome() {
    let mut cluster = cluster(1);
    let early = cluster.open(0, None);
    cluster.open(0, Some(user("u2")));
    assert!(cluster.hear(early).is_empty());
}

#[test]
fn nobody_is_told_where_it_is_off() {
    let mut cluster = cluster(0);
    let first = cluster.open(0, Some(user("u1")));
    for _ in 0..10 {
        cluster.open(0, Some(user("u2")));
    }
    assert_eq!(cluster.hear(first), ["welcome u1"]);
}
