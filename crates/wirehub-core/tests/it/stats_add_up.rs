use wirehub_core::{Answer, Request};
use wirehub_model::{Command, ErrorCode, PresenceQuery};

use crate::{
    cluster::Cluster,
    words::{publish, seconds, subscribe, user},
};

#[test]
fn while_the_hub_is_busy_and_when_it_is_empty_again() {
    let mut cluster = Cluster::new(2);
    let name = cluster.topic_at(1, "a");
    let clients = [0, 0, 1].map(|shard| cluster.join(shard, user("ann")));
    cluster.open(0, None);
    for client in clients {
        cluster.ask(client, None, subscribe(&name));
        cluster.ask(client, None, subscribe("a/#"));
    }
    cluster.ask(clients[0], None, publish(&name, "x"));
    cluster.ask(clients[0], None, publish("nobody/listens", "x"));
    cluster.ask(
        clients[0],
        1,
        Command::Presence(PresenceQuery {
            topic: crate::words::topic("a"),
            limit: 10,
            after: None,
        }),
    );

    let stats = cluster.stats();
    assert_eq!((stats.opened, stats.connections), (4, [1, 3, 0]));
    assert_eq!((stats.subscriptions, stats.feeds, stats.topics), (6, 4, 2));
    assert_eq!(
        (stats.published, stats.deliveries, stats.delivery.count()),
        (2, 3, 3)
    );
    assert_eq!(stats.commands[Command::Ping.index()], 0);
    assert_eq!(stats.commands.iter().sum::<u64>(), 9);
    assert_eq!(stats.refused[ErrorCode::NotEnabled.index()], 1);

    cluster.pass(seconds(60));
    let stats = cluster.stats();
    assert_eq!(stats.connections, [0; 3]);
    assert_eq!(
        (stats.subscriptions, stats.feeds, stats.waiting_bytes),
        (0, 0, 0)
    );
    assert_eq!(stats.closed.iter().sum::<u64>(), 4);
    cluster.pass(seconds(301));
    assert_eq!(cluster.stats().topics, 0);
}

#[test]
fn one_encoding_serves_the_whole_room() {
    let mut cluster = Cluster::new(1);
    for number in 0..20 {
        let client = cluster.join(0, user(&format!("u{number}")));
        cluster.ask(client, None, subscribe("a"));
    }
    let publisher = cluster.join(0, user("ann"));
    let before = cluster.stats();
    cluster.ask(publisher, None, publish("a", "x"));
    let after = cluster.stats();
    assert_eq!(after.deliveries - before.deliveries, 20);
    assert_eq!(after.frames - before.frames, 1);
}

#[test]
fn they_are_handed_out_on_request() {
    let mut cluster = Cluster::new(1);
    cluster.join(0, user("ann"));
    match cluster.request(0, Request::Stats) {
        Answer::Stats(stats) => assert_eq!(*stats, cluster.stats()),
        other => panic!("not the counters: {other:?}"),
    }
}
