use wirehub_core::Input;

use crate::{
    cluster::{Client, Cluster},
    words::{user, user_id},
};

/// A client that signs in with a list of users whom it watches.
fn watcher(cluster: &mut Cluster, shard: u16, watched: &[&str]) -> Client {
    let anonymous = wirehub_model::Principal {
        user: None,
        ..user("nobody")
    };
    let client = cluster.join(shard, anonymous);
    let connection = cluster.id(client);
    let signed_in = Input::SignedIn {
        connection,
        id: Some(7),
        user: user_id("ann"),
        info: None,
        watchlist: watched.iter().map(|name| user_id(name)).collect(),
    };
    cluster.input(shard, signed_in);
    client
}

fn heard(cluster: &mut Cluster, client: Client) -> Vec<String> {
    cluster.settle();
    let mut heard = cluster.hear(client);
    heard.retain(|line| line.starts_with("online"));
    heard
}

#[test]
fn when_they_begin_and_when_it_changes() {
    for shards in [1, 3] {
        let mut cluster = Cluster::new(shards);
        let last = shards - 1;
        let bob = cluster.join(last, user("bob"));
        let watcher = watcher(&mut cluster, 0, &["bob", "eve", "ann"]);
        let first = heard(&mut cluster, watcher);
        assert_eq!(first, ["online [ann bob] offline [eve]"]);
        // A second connection changes nothing, wherever it is, and neither does the end of one.
        let again = cluster.join(0, user("bob"));
        cluster.vanish(bob);
        assert_eq!(heard(&mut cluster, watcher), Vec::<String>::new());
        cluster.vanish(again);
        assert_eq!(heard(&mut cluster, watcher), ["online [] offline [bob]"]);
        cluster.join(last, user("eve"));
        assert_eq!(heard(&mut cluster, watcher), ["online [eve] offline []"]);
    }
}

#[test]
fn to_everybody_who_watches_and_to_nobody_else() {
    let mut cluster = Cluster::new(2);
    let one = watcher(&mut cluster, 0, &["bob"]);
    let other = watcher(&mut cluster, 0, &["bob", "bob"]);
    let elsewhere = watcher(&mut cluster, 1, &["bob"]);
    let without = watcher(&mut cluster, 1, &[]);
    for client in [one, other, elsewhere] {
        assert_eq!(heard(&mut cluster, client), ["online [] offline [bob]"]);
    }
    let bob = cluster.join(1, user("bob"));
    for client in [one, other, elsewhere] {
        assert_eq!(heard(&mut cluster, client), ["online [bob] offline []"]);
    }
    // Who comes later knows as much as those who were there.
    let late = watcher(&mut cluster, 0, &["bob"]);
    assert_eq!(heard(&mut cluster, late), ["online [bob] offline []"]);
    for client in [one, late] {
        cluster.vanish(client);
    }
    cluster.vanish(bob);
    for client in [other, elsewhere] {
        assert_eq!(heard(&mut cluster, client), ["online [] offline [bob]"]);
    }
    assert_eq!(heard(&mut cluster, without), Vec::<String>::new());
}

#[test]
fn of_the_last_question_even_while_an_earlier_one_is_answered() {
    let mut cluster = Cluster::new(2);
    let first = watcher(&mut cluster, 0, &["bob"]);
    // Its question is on the way when it goes and another asks the same.
    cluster.vanish(first);
    let second = watcher(&mut cluster, 0, &["bob"]);
    cluster.join(1, user("bob"));
    let told = heard(&mut cluster, second);
    assert_eq!(told.last().unwrap(), "online [bob] offline []");
    assert!(told.len() <= 2, "{told:?}");
}
