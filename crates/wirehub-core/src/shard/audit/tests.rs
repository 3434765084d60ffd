use std::{hash::RandomState, sync::Arc};

use wirehub_model::{
    Capabilities, CloseCause, Command, ConnectionId, Event, Heartbeat, Limits, Namespaces,
    Principal, Subscribe, TopicFilter,
};

use super::*;
use crate::{Flavour, Input, OccurrenceKinds, Placement, ShardSettings};

/// Says nothing: what is looked at is what is inside.
#[derive(Debug)]
struct Mute;

impl Encode for Mute {
    fn encode(&mut self, _: Flavour, _: &Event<'_>, _: &mut Vec<u8>) {}
}

const GRACE: Duration = Duration::from_secs(30);

fn at(seconds: u64) -> Moment {
    Moment::ZERO + Duration::from_secs(seconds)
}

fn shard() -> Shard<Mute> {
    let settings = ShardSettings {
        index: 0,
        placement: Placement::new(1, RandomState::new()),
        limits: Arc::new(Limits::default()),
        namespaces: Arc::new(Namespaces::default()),
        brokered: false,
        heartbeat: Heartbeat {
            interval: Duration::from_secs(25),
            timeout: Duration::from_secs(10),
        },
        expiry_grace: Duration::from_secs(30),
        resume_within: Duration::from_secs(60),
        reconnects_per_second: 1_500,
        occurrences: OccurrenceKinds::NONE,
        seed: 1,
        now: at(0),
    };
    Shard::new(settings, Mute)
}

/// Opens a connection that is subscribed to a topic.
fn join(shard: &mut Shard<Mute>, topic: &str) -> ConnectionId {
    let principal = Principal {
        capabilities: Arc::new(Capabilities {
            subscribe: vec![TopicFilter::parse("#").unwrap()],
            ..Capabilities::default()
        }),
        ..Principal::default()
    };
    let flavour = Flavour::new(0).unwrap();
    let connection = shard.open(at(0), flavour, Some(principal), 7).unwrap();
    let filter = TopicFilter::parse(topic).unwrap();
    let command = Command::Subscribe(Subscribe::to(filter));
    let id = None;
    let input = Input::Command {
        connection,
        id,
        command,
    };
    shard.handle(at(0), input);
    end_turn(shard, at(0));
    connection
}

fn lose(shard: &mut Shard<Mute>, connection: ConnectionId) {
    let cause = CloseCause::Lost;
    shard.handle(at(1), Input::Gone { connection, cause });
}

fn end_turn(shard: &mut Shard<Mute>, now: Moment) {
    loop {
        while shard.poll_output().is_some() {}
        if !shard.end_turn(now) {
            break;
        }
    }
}

/// What all looks together find, each at two connections or subscribers.
fn strays(shard: &Shard<Mute>, now: Moment) -> Vec<Stray> {
    let (mut strays, mut place) = (Vec::new(), Some(AuditPlace::default()));
    while let Some(from) = place {
        let audit = shard.audit(now, from, 2, GRACE);
        strays.extend(audit.strays);
        place = audit.next;
    }
    strays
}

#[test]
fn what_is_in_order_is_not_found_however_it_is_cut_up() {
    let mut shard = shard();
    let mut all = Vec::new();
    for number in 0..7 {
        all.push(join(&mut shard, ["a", "b/#"][number % 2]));
    }
    assert_eq!(strays(&shard, at(1)), []);
    for connection in all.iter().step_by(3) {
        lose(&mut shard, *connection);
    }
    end_turn(&mut shard, at(1));
    assert_eq!(strays(&shard, at(1)), []);
}

#[test]
fn a_connection_that_no_timer_looks_at_is_found() {
    let mut shard = shard();
    let connection = join(&mut shard, "a");
    let first_beat = at(25);
    assert_eq!(strays(&shard, first_beat), []);
    let found = strays(&shard, at(600));
    let [
        Stray::Connection {
            connection: found,
            overdue,
        },
    ] = found.as_slice()
    else {
        panic!("one connection is overdue: {found:?}");
    };
    assert_eq!(*found, connection);
    assert!(*overdue >= Duration::from_secs(575));

    shard.handle_timeout(at(600));
    end_turn(&mut shard, at(600));
    assert_eq!(strays(&shard, at(600)), []);
}

#[test]
fn a_subscriber_without_a_connection_is_found_and_named() {
    let mut shard = shard();
    for _ in 0..5 {
        join(&mut shard, "orders/1");
    }
    let filter = TopicFilter::parse("orders/1").unwrap();
    let feed = shard.feeds.find(&filter).unwrap();
    // The bug that is planted: a slot that nobody took out.
    shard.feeds.get_mut(feed).unwrap().subscribers.insert(1, 99);
    let slot = 99;
    assert_eq!(strays(&shard, at(1)), [Stray::Subscriber { filter, slot }]);
}

#[test]
fn a_session_past_its_lease_is_found() {
    let mut shard = shard();
    let connection = join(&mut shard, "a");
    lose(&mut shard, connection);
    end_turn(&mut shard, at(1));
    assert_eq!(strays(&shard, at(61)), []);
    let overdue = Duration::from_secs(600 - 61);
    let session = Stray::Session {
        connection,
        overdue,
    };
    assert_eq!(strays(&shard, at(600)), [session]);
}
