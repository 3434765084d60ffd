use wirehub_core::{Answer, Recipient, Request};
use wirehub_model::{ConnectionId, DirectId, Principal};

use crate::{
    cluster::Cluster,
    words::{message, send_to_connection, send_to_user, user, user_id},
};

#[test]
fn every_connection_of_a_user_on_every_shard() {
    let mut cluster = Cluster::new(3);
    let sender = cluster.join(0, user("ann"));
    let theirs = [0, 0, 2].map(|shard| cluster.join(shard, user("bob")));
    let other = cluster.join(2, user("eve"));
    assert_eq!(
        cluster.ask(sender, 1, send_to_user("bob", "hi")),
        ["done #1"]
    );
    for client in theirs {
        assert_eq!(cluster.hear(client), ["direct to user: hi"]);
    }
    assert!(cluster.hear(other).is_empty());
    // Whether a user is here is not for clients to find out.
    assert_eq!(
        cluster.ask(sender, 2, send_to_user("nobody", "hi")),
        ["done #2"]
    );
}

#[test]
fn one_connection_near_or_far() {
    let mut cluster = Cluster::new(2);
    let sender = cluster.join(0, user("ann"));
    for shard in [0, 1] {
        let receiver = cluster.join(shard, user("bob"));
        let send = send_to_connection(cluster.id(receiver), "hi");
        assert_eq!(cluster.ask(sender, 1, send.clone()), ["done #1"]);
        assert_eq!(cluster.hear(receiver), ["direct to connection: hi"]);

        // Who says goodbye hears nothing more, and who is gone is not found.
        cluster.say_goodbye(receiver);
        assert_eq!(cluster.hear(receiver), ["close normal"]);
        assert_eq!(cluster.ask(sender, 2, send), ["refused #2 not_found"]);
    }
}

#[test]
fn a_connection_that_is_not_in_yet_is_not_found() {
    let mut cluster = Cluster::new(1);
    let sender = cluster.join(0, user("ann"));
    let connecting = cluster.open(0, None);
    let send = send_to_connection(cluster.id(connecting), "hi");
    assert_eq!(cluster.ask(sender, 1, send), ["refused #1 not_found"]);
    assert!(cluster.hear(connecting).is_empty());
}

#[test]
fn a_shard_that_does_not_exist_has_no_connections() {
    let mut cluster = Cluster::new(2);
    let sender = cluster.join(0, user("ann"));
    let send = send_to_connection(ConnectionId::new(7, 0, 1), "hi");
    assert_eq!(cluster.ask(sender, 1, send), ["refused #1 not_found"]);
}

#[test]
fn the_holder_of_the_handle_tells_anyone() {
    let mut cluster = Cluster::new(1);
    let ann = cluster.join(0, user("ann"));
    let bob = cluster.join(0, user("bob"));
    let nobody = cluster.join(0, Principal::default());
    let connecting = cluster.open(0, None);
    for (to, count, hearers) in [
        (Recipient::Everyone, 3, &[ann, bob, nobody][..]),
        (Recipient::User(user_id("bob")), 1, &[bob]),
        (Recipient::Connection(cluster.id(nobody)), 1, &[nobody]),
        (Recipient::Connection(cluster.id(connecting)), 0, &[]),
        (Recipient::User(user_id("eve")), 0, &[]),
    ] {
        let message = message("hi");
        let answer = cluster.request(0, Request::tell(to, message, DirectId(1)));
        assert!(
            matches!(answer, Answer::Count(found) if found == count),
            "{answer:?}"
        );
        for client in [ann, bob, nobody, connecting] {
            assert_eq!(
                cluster.hear(client).len(),
                usize::from(hearers.contains(&client))
            );
        }
    }
}
