use wirehub_core::{Answer, Input, Recipient, Request};
use wirehub_model::{CloseCause, CloseReason};

use crate::{
    cluster::Cluster,
    words::{publish, seconds, subscribe, user, user_id},
};

#[test]
fn of_the_client() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    cluster.say_goodbye(client);
    assert_eq!(cluster.hear(client), ["close normal"]);
    assert_eq!(cluster.hung_up(client), Some(CloseCause::Client));
}

#[test]
fn of_the_server() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    let connection = cluster.id(client);
    let reason = CloseReason::TooLarge;
    cluster.input(0, Input::Violation { connection, reason });
    assert!(cluster.is_connected(client));
    // Nothing that arrives after the server's goodbye matters, but for the client's own.
    assert_eq!(cluster.ask(client, 1, subscribe("a")), ["close too_large"]);
    cluster.say_goodbye(client);
    assert_eq!(cluster.hung_up(client), Some(CloseCause::Server(reason)));
}

#[test]
fn that_is_not_awaited_for_ever() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    let connection = cluster.id(client);
    let reason = CloseReason::ProtocolError;
    cluster.input(0, Input::Violation { connection, reason });
    cluster.pass(seconds(4));
    assert!(cluster.is_connected(client));
    cluster.pass(seconds(2));
    assert_eq!(cluster.hung_up(client), Some(CloseCause::Server(reason)));
}

#[test]
fn that_a_blocked_socket_never_gets() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    cluster.set_room(client, 0);
    cluster.say_goodbye(client);
    cluster.pass(seconds(4));
    assert!(cluster.is_connected(client));
    cluster.pass(seconds(2));
    assert_eq!(cluster.hung_up(client), Some(CloseCause::Client));
    assert_eq!(cluster.stats().waiting_bytes, 0);
}

#[test]
fn that_is_out_only_when_the_socket_lets_go_of_it() {
    // The socket takes the close frame but holds it back, as a TLS session may.
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    cluster.set_room(client, "close normal\n".len());
    cluster.say_goodbye(client);
    assert_eq!(cluster.hear(client), ["close normal"]);
    assert!(cluster.is_connected(client));
    cluster.set_room(client, 1);
    cluster.flush();
    assert_eq!(cluster.hung_up(client), Some(CloseCause::Client));
}

#[test]
fn where_the_transport_has_no_goodbye_at_once() {
    let mut cluster = Cluster::new(1);
    let client = cluster.open_mute(0, Some(user("ann")));
    cluster.say_goodbye(client);
    assert_eq!(cluster.hung_up(client), Some(CloseCause::Client));
}

#[test]
fn that_is_not_awaited_where_clients_do_not_answer() {
    let mut cluster = Cluster::new(1);
    let client = cluster.open_one_way(0, Some(user("ann")));
    cluster.hear(client);
    let goodbye = "close protocol_error\n";
    cluster.set_room(client, goodbye.len() - 1);
    let connection = cluster.id(client);
    let reason = CloseReason::ProtocolError;
    cluster.input(0, Input::Violation { connection, reason });
    assert!(cluster.is_connected(client), "it has not been said yet");
    cluster.set_room(client, 100);
    cluster.flush();
    assert_eq!(cluster.hear(client), ["close protocol_error"]);
    assert_eq!(cluster.hung_up(client), Some(CloseCause::Server(reason)));
}

#[test]
fn or_without_when_the_transport_vanishes() {
    let mut cluster = Cluster::new(1);
    let ann = cluster.join(0, user("ann"));
    cluster.ask(ann, None, subscribe("a"));
    cluster.vanish(ann);
    let bob = cluster.join(0, user("bob"));
    let connection = cluster.id(bob);
    let reason = CloseReason::ProtocolError;
    cluster.input(0, Input::Violation { connection, reason });
    cluster.vanish(bob);

    let stats = cluster.stats();
    let ended = |cause: CloseCause| stats.closed[cause.index()];
    assert_eq!(ended(CloseCause::Lost), 1);
    // Who vanishes after a goodbye has ended by it.
    assert_eq!(ended(CloseCause::Server(reason)), 1);
    assert_eq!((stats.connections, stats.subscriptions), ([0; 3], 0));
    assert_eq!(cluster.hung_up(ann), None);
}

#[test]
fn nothing_is_published_to_who_said_goodbye() {
    let mut cluster = Cluster::new(1);
    let [ann, bob] = ["ann", "bob"].map(|name| cluster.join(0, user(name)));
    for client in [ann, bob] {
        cluster.ask(client, None, subscribe("a"));
    }
    let connection = cluster.id(ann);
    let reason = CloseReason::TooLarge;
    cluster.input(0, Input::Violation { connection, reason });
    cluster.ask(bob, None, publish("a", "x"));
    assert_eq!(cluster.hear(ann), ["close too_large"]);
}

#[test]
fn at_the_applications_request() {
    let mut cluster = Cluster::new(1);
    let anns = [0; 3].map(|shard| cluster.join(shard, user("ann")));
    let bob = cluster.join(0, user("bob"));
    let reason = CloseReason::Disconnected;
    for (who, count) in [
        (Recipient::Connection(cluster.id(anns[0])), 1),
        // The first is on its way out and does not count again.
        (Recipient::Connection(cluster.id(anns[0])), 0),
        (Recipient::User(user_id("ann")), 2),
        (Recipient::User(user_id("eve")), 0),
        (Recipient::Everyone, 1),
    ] {
        let answer = cluster.request(0, Request::Disconnect { who, reason });
        assert!(
            matches!(answer, Answer::Count(found) if found == count),
            "{answer:?} {count}"
        );
    }
    for client in anns.into_iter().chain([bob]) {
        cluster.assert_closed(client, reason);
    }
}

#[test]
fn a_connection_can_be_looked_at_closely() {
    let mut cluster = Cluster::new(1);
    let ann = cluster.join(0, user("ann"));
    for name in ["b/#", "a"] {
        cluster.ask(ann, None, subscribe(name));
    }
    let id = cluster.id(ann);
    let mut look = || match cluster.request(0, Request::Connection(id)) {
        Answer::Connection(found) => found,
        other => panic!("not about a connection: {other:?}"),
    };
    let found = look().unwrap();
    let filters: Vec<_> = found
        .subscriptions
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(filters, ["a", "b/#"]);
    assert_eq!((found.info.id, found.info.user), (id, Some(user_id("ann"))));
    assert_eq!(found.info.subscriptions, 2);
    cluster.vanish(ann);
    cluster.settle();
    let gone = cluster.request(0, Request::Connection(id));
    assert!(matches!(gone, Answer::Connection(None)), "{gone:?}");
}

#[test]
fn connections_are_listed_page_by_page() {
    let mut cluster = Cluster::new(1);
    let clients: Vec<_> = ["ann", "bob", "eve"]
        .map(|name| cluster.join(0, user(name)))
        .into();
    cluster.ask(clients[1], None, subscribe("a"));
    let mut page = |user: Option<&str>, from| {
        let user = user.map(user_id);
        let limit = 2;
        match cluster.request(0, Request::Connections { user, from, limit }) {
            Answer::Connections { list, next } => (list, next),
            other => panic!("not a list: {other:?}"),
        }
    };
    let (first, next) = page(None, 0);
    let (second, end) = page(None, next.unwrap());
    assert_eq!((first.len(), second.len(), end), (2, 1, None));
    assert_eq!(
        (first[1].user.clone(), first[1].subscriptions),
        (Some(user_id("bob")), 1)
    );
    assert_eq!(page(Some("bob"), 0), (vec![first[1].clone()], None));
    assert_eq!(page(Some("bob"), first[1].id.slot() + 1), (vec![], None));
    assert_eq!(page(Some("nobody"), 0), (vec![], None));
}
