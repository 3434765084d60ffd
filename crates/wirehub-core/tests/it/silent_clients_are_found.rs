use wirehub_model::{CloseCause, CloseReason};

use crate::{
    cluster::{Client, Cluster, HEARTBEAT},
    words::{seconds, user},
};

#[test]
fn by_a_heartbeat_that_is_not_answered() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    // The first heartbeat comes at a random moment of the first interval.
    let asked = (0..=25).find(|_| {
        cluster.pass(seconds(1));
        !cluster.hear(client).is_empty()
    });
    assert!(asked.is_some());
    cluster.pass(HEARTBEAT.timeout - seconds(2));
    assert!(cluster.hear(client).is_empty());
    cluster.pass(seconds(2));
    cluster.assert_closed(client, CloseReason::HeartbeatTimeout);
    assert_eq!(cluster.stats().heartbeats, 1);
}

#[test]
fn who_answers_stays_and_is_asked_once_an_interval() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    let mut heartbeats = 0;
    for _ in 0..1_000 {
        cluster.pass(seconds(1));
        let heard = cluster.hear(client);
        if !heard.is_empty() {
            assert_eq!(heard, ["heartbeat"]);
            heartbeats += 1;
            cluster.alive(client);
        }
    }
    assert!((36..=40).contains(&heartbeats), "{heartbeats}");
}

#[test]
fn who_cannot_answer_stays_and_is_sent_one_an_interval() {
    let mut cluster = Cluster::new(1);
    let client = cluster.open_hearing(0, Some(user("ann")));
    cluster.hear(client);
    let mut heartbeats = 0;
    for _ in 0..1_000 {
        cluster.pass(seconds(1));
        let heard = cluster.hear(client);
        assert!(heard.iter().all(|line| line == "heartbeat"), "{heard:?}");
        heartbeats += heard.len();
    }
    assert!((36..=41).contains(&heartbeats), "{heartbeats}");
    assert!(cluster.is_connected(client));
}

#[test]
fn who_speaks_is_not_asked() {
    let mut cluster = Cluster::new(1);
    let client = cluster.join(0, user("ann"));
    cluster.alive(client);
    for _ in 0..200 {
        cluster.pass(seconds(1));
        cluster.alive(client);
    }
    // The very first beat comes at a random moment, which may be in the first second.
    assert!(cluster.hear(client).len() <= 1);
    assert!(cluster.is_connected(client));
}

#[test]
fn those_who_came_together_are_asked_apart() {
    let mut cluster = Cluster::new(1);
    let clients: Vec<Client> = (0..100).map(|_| cluster.join(0, user("ann"))).collect();
    let mut asked = Vec::new();
    for _ in 0..=25 {
        cluster.pass(seconds(1));
        let mut now = 0;
        for client in &clients {
            if !cluster.hear(*client).is_empty() {
                cluster.alive(*client);
                now += 1;
            }
        }
        asked.push(now);
    }
    assert_eq!(asked.iter().sum::<i32>(), 100, "{asked:?}");
    assert!(asked.iter().all(|now| *now <= 15), "{asked:?}");
}

#[test]
fn those_who_come_after_a_long_quiet_time_are_not_asked_early() {
    let mut cluster = Cluster::new(1);
    cluster.now = cluster.now + seconds(1_000_000);
    let client = cluster.join(0, user("ann"));
    let asked = cluster.next_timeout(0).unwrap();
    assert!(asked >= cluster.now, "a deadline of the past: {asked:?}");
    cluster.pass(HEARTBEAT.interval + seconds(1));
    assert_eq!(cluster.hear(client)[0], "heartbeat");
}

#[test]
fn whose_transport_knows_no_heartbeats_still_ends() {
    let mut cluster = Cluster::new(1);
    let client = cluster.open_mute(0, Some(user("ann")));
    cluster.pass(seconds(41));
    assert_eq!(
        cluster.hung_up(client),
        Some(CloseCause::Server(CloseReason::HeartbeatTimeout))
    );
}
