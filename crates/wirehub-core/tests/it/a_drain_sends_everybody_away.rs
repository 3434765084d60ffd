use std::{num::NonZeroU32, time::Duration};

use wirehub_core::{DrainPlan, Input, Output};
use wirehub_model::{CloseCause, CloseReason};

use crate::{
    cluster::{Client, Cluster},
    words::{seconds, user},
};

const PLAN: DrainPlan = DrainPlan {
    moves_per_second: None,
    spread: Duration::from_secs(8),
    closes_per_second: 20,
    deadline: Duration::from_secs(20),
    reason: CloseReason::ServiceRestart,
};

fn crowd(cluster: &mut Cluster, count: usize) -> Vec<Client> {
    (0..count)
        .map(|number| cluster.join(0, user(&format!("u{number}"))))
        .collect()
}

fn drained(cluster: &Cluster) -> usize {
    let reports = cluster.asked.iter();
    reports
        .filter(|output| matches!(output, Output::Drained))
        .count()
}

fn closed(cluster: &mut Cluster, clients: &[Client]) -> usize {
    let mut count = 0;
    for client in clients {
        let heard = cluster.hear(*client);
        count += heard
            .iter()
            .filter(|line| *line == "close service_restart")
            .count();
    }
    count
}

#[test]
fn with_advice_first_and_closes_at_a_pace() {
    for (rate, expected) in [(20, 20), (5, 5), (11, 11), (0, 0)] {
        let mut cluster = Cluster::new(1);
        let clients = crowd(&mut cluster, 50);
        let connecting = cluster.open(0, None);
        let plan = DrainPlan {
            closes_per_second: rate,
            ..PLAN
        };
        cluster.input(0, Input::Drain(plan));
        assert_eq!(cluster.hear(connecting), ["close service_restart"]);
        for client in &clients {
            assert_eq!(cluster.hear(*client), ["reconnect drain within 8s"]);
        }
        for client in &clients {
            cluster.alive(*client);
        }
        cluster.pass(seconds(8));
        assert_eq!(closed(&mut cluster, &clients), 0);
        cluster.pass(seconds(1));
        let now = closed(&mut cluster, &clients);
        assert!(
            now <= expected && now + 2 >= expected,
            "{now} at {rate} a second"
        );
        assert_eq!(drained(&cluster), 0);
    }
}

#[test]
fn whoever_goes_by_itself_is_not_waited_for() {
    let mut cluster = Cluster::new(1);
    let clients = crowd(&mut cluster, 3);
    cluster.input(0, Input::Drain(PLAN));
    for client in clients {
        assert_eq!(drained(&cluster), 0);
        cluster.say_goodbye(client);
    }
    assert_eq!(drained(&cluster), 1);
    cluster.pass(seconds(60));
    assert_eq!(drained(&cluster), 1);
    assert_eq!(cluster.next_timeout(0), None);
}

#[test]
fn an_empty_shard_is_drained_at_once() {
    let mut cluster = Cluster::new(1);
    cluster.input(0, Input::Drain(PLAN));
    assert_eq!(drained(&cluster), 1);
}

#[test]
fn whoever_is_left_at_the_deadline_is_hung_up_on() {
    let mut cluster = Cluster::new(1);
    let clients = crowd(&mut cluster, 3);
    for client in &clients {
        cluster.set_room(*client, 0);
        cluster.alive(*client);
    }
    let plan = DrainPlan {
        deadline: seconds(9),
        ..PLAN
    };
    cluster.input(0, Input::Drain(plan));
    cluster.pass(seconds(10));
    for client in clients {
        let cause = CloseCause::Server(CloseReason::ServiceRestart);
        assert_eq!(cluster.hung_up(client), Some(cause));
    }
    assert_eq!(drained(&cluster), 1);
    let stats = cluster.stats();
    assert_eq!((stats.connections, stats.waiting_bytes), ([0; 3], 0));
}

#[test]
fn whoever_comes_while_it_lasts_is_sent_on() {
    let mut cluster = Cluster::new(1);
    let early = crowd(&mut cluster, 1);
    cluster.input(0, Input::Drain(PLAN));
    let late = cluster.open(0, Some(user("late")));
    assert_eq!(cluster.hear(late), ["close service_restart"]);
    cluster.say_goodbye(early[0]);
    assert_eq!(drained(&cluster), 0);
    cluster.say_goodbye(late);
    assert_eq!(drained(&cluster), 1);
    let too_late = cluster.open(0, None);
    assert_eq!(cluster.hear(too_late), ["close service_restart"]);
    cluster.say_goodbye(too_late);
    assert_eq!(drained(&cluster), 1);
}

/// How many of them are asked to move until now and were not before.
fn asked(cluster: &mut Cluster, clients: &[Client]) -> usize {
    let heard = clients.iter().map(|client| cluster.hear(*client));
    let advice = "reconnect drain within 1s";
    let advised = heard.map(|lines| lines.iter().filter(|line| *line == advice).count());
    advised.sum()
}

#[test]
fn little_by_little_where_others_bear_no_more() {
    let mut cluster = Cluster::new(1);
    let clients = crowd(&mut cluster, 50);
    let plan = DrainPlan {
        moves_per_second: NonZeroU32::new(10),
        deadline: seconds(60),
        ..PLAN
    };
    cluster.input(0, Input::Drain(plan));
    assert_eq!(asked(&mut cluster, &clients), 0);
    for _ in 0..5 {
        cluster.pass(seconds(1));
        assert_eq!(asked(&mut cluster, &clients), 10);
        clients.iter().for_each(|client| cluster.alive(*client));
    }
    // The last ones have their time, too, before the first is closed.
    cluster.pass(seconds(8));
    assert_eq!(closed(&mut cluster, &clients), 0);
    cluster.pass(seconds(2));
    assert!(closed(&mut cluster, &clients) > 0);
}

#[test]
fn a_drain_that_is_called_off_leaves_who_is_there() {
    let mut cluster = Cluster::new(1);
    let clients = crowd(&mut cluster, 50);
    let plan = DrainPlan {
        moves_per_second: NonZeroU32::new(10),
        ..PLAN
    };
    cluster.input(0, Input::Drain(plan));
    cluster.pass(seconds(2));
    cluster.input(0, Input::Stay);
    assert_eq!(asked(&mut cluster, &clients), 20);
    clients.iter().for_each(|client| cluster.alive(*client));
    cluster.pass(seconds(20));
    assert_eq!(asked(&mut cluster, &clients), 0);
    let late = cluster.open(0, Some(user("late")));
    assert!(
        cluster
            .hear(late)
            .iter()
            .all(|line| !line.starts_with("close"))
    );
    assert_eq!(drained(&cluster), 0);
}
