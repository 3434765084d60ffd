//! A proof may let a client speak on its topic, and another says which user it is.

use wirehub_core::{Answer, Input, Recipient, Request};
use wirehub_model::{
    Access, Command, DirectId, Grant, Limits, Namespace, Namespaces, Principal, Publish, Subscribe,
};

use crate::{
    cluster::{Client, Cluster, Rules},
    words::{able, filter, message, publish, subscribe, topic, unsubscribe, user, user_id},
};

fn proven(name: &str, grant: Grant) -> Command {
    Command::Subscribe(Subscribe {
        grant: Some(Box::new(grant)),
        ..Subscribe::to(filter(name))
    })
}

fn speaker(name: &str) -> Grant {
    Grant {
        publish: true,
        user: Some(user_id(name)),
        ..Grant::default()
    }
}

fn sign_in(cluster: &mut Cluster, client: Client, name: &str) -> Vec<String> {
    let connection = cluster.id(client);
    let signed_in = Input::SignedIn {
        connection,
        id: Some(7),
        user: user_id(name),
        info: None,
        watchlist: Vec::new(),
    };
    cluster.input(connection.shard(), signed_in);
    cluster.settle();
    cluster.hear(client)
}

#[test]
fn on_the_topic_it_names_while_they_subscribe() {
    let closed = Namespace {
        publish: Access::Nobody,
        ..Namespace::new(filter("closed/#"))
    };
    let rules = Rules {
        namespaces: Namespaces::new(vec![closed], Namespace::new(filter("#"))),
        ..Rules::default()
    };
    let mut cluster = Cluster::with(2, rules);
    let ann = cluster.join(0, Principal::default());
    let bob = cluster.join(1, able("bob", &["#"], &[]));
    cluster.ask(bob, 1, subscribe("a"));
    let denied = "permission_denied";
    assert_eq!(
        cluster.ask(ann, 1, publish("a", "hi")),
        [format!("refused #1 {denied}")]
    );
    cluster.ask(ann, 2, proven("a", speaker("ann")));
    cluster.ask(ann, 3, publish("a", "hi"));
    let heard = cluster.hear(bob);
    assert_eq!(heard.len(), 1);
    assert_eq!(
        cluster.ask(ann, 4, publish("b", "hi")),
        [format!("refused #4 {denied}")]
    );
    cluster.ask(ann, 5, proven("closed/a", speaker("ann")));
    let closed = cluster.ask(ann, 6, publish("closed/a", "hi"));
    assert_eq!(closed, [format!("refused #6 {denied}")]);
    cluster.ask(ann, 7, unsubscribe("a"));
    assert_eq!(
        cluster.ask(ann, 8, publish("a", "hi")),
        [format!("refused #8 {denied}")]
    );
    // A proof that lets nobody speak does not.
    let mute = Grant {
        publish: false,
        ..speaker("ann")
    };
    cluster.ask(ann, 9, proven("a", mute));
    let refused = cluster.ask(ann, 10, publish("a", "hi"));
    assert_eq!(refused, [format!("refused #10 {denied}")]);
}

#[test]
fn a_client_that_is_nobody_becomes_a_user_once() {
    let limits = Limits {
        connections_per_user: 1,
        ..Limits::default()
    };
    let rules = Rules {
        limits,
        ..Rules::default()
    };
    let mut cluster = Cluster::with(1, rules);
    let ann = cluster.join(0, Principal::default());
    let other = cluster.join(0, Principal::default());
    let tell = |cluster: &mut Cluster| {
        let who = Recipient::User(user_id("ann"));
        match cluster.request(0, Request::tell(who, message("hi"), DirectId(1))) {
            Answer::Count(count) => count,
            other => panic!("not a number: {other:?}"),
        }
    };
    assert_eq!(tell(&mut cluster), 0);
    assert_eq!(sign_in(&mut cluster, ann, "ann"), ["done #7"]);
    assert_eq!(tell(&mut cluster), 1);
    assert_eq!(cluster.hear(ann).len(), 1);
    assert_eq!(sign_in(&mut cluster, ann, "ann"), ["done #7"]);
    assert_eq!(
        sign_in(&mut cluster, ann, "eve"),
        ["refused #7 permission_denied"]
    );
    assert_eq!(
        sign_in(&mut cluster, other, "ann"),
        ["refused #7 limit_reached"]
    );
    cluster.vanish(ann);
    assert_eq!(tell(&mut cluster), 0);
    assert_eq!(sign_in(&mut cluster, other, "ann"), ["done #7"]);
}

#[test]
fn the_application_speaks_for_a_client_that_need_not_hear_it() {
    for home in [0, 1] {
        let mut cluster = Cluster::new(2);
        let name = cluster.topic_at(home, "a");
        let ann = cluster.join(0, user("ann"));
        let bob = cluster.join(1, user("bob"));
        cluster.ask(ann, 1, subscribe(&name));
        cluster.ask(bob, 1, subscribe(&name));
        for (echo, heard) in [(false, 0), (true, 1)] {
            let wish = Publish {
                echo,
                ..Publish::to(topic(&name), message("hi"))
            };
            let connection = cluster.id(ann);
            let request = Request::PublishFor { connection, wish };
            let answer = cluster.request(home, request);
            assert!(matches!(answer, Answer::Published(Ok(_))), "{answer:?}");
            cluster.settle();
            assert_eq!(cluster.hear(ann).len(), heard);
            assert_eq!(cluster.hear(bob).len(), 1);
        }
    }
}
