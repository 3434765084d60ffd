//! A burst of publications in one shard, and what its subscribers receive.

use std::{io::IoSlice, sync::Arc, time::Duration};

use wirehub_core::{Encode, Flavour, Input, Shard, ShardSettings};
use wirehub_model::{
    Access, Command, ConnectionId, Event, Key, Limits, Message, Moment, Namespace, Payload,
    Principal, Publish, Subscribe, Topic, UserId,
};
use wirehub_protocol::Dialect;
use wirehub_websocket::{Encoder, MessageKind};

use super::{lone, received::Received};

pub(crate) const PUBLISHERS: usize = 1_000;
pub(crate) const SUBSCRIBERS: usize = 500;
/// What each publisher says.
const EACH: usize = 5;
pub(crate) const ALL: u64 = (PUBLISHERS * EACH) as u64;
pub(crate) const ROOMS: usize = 10;
/// Keys in a room.
pub(crate) const KEYS: usize = 10;
/// One turn of the loop, and how many publications come in it.
const TURN: Duration = Duration::from_millis(1);
const IN_A_TURN: usize = 10;
/// How long subscribers listen after the burst.
const AFTERWARDS: usize = 1_000;

/// Writes events as one dialect does, in WebSocket frames.
#[derive(Debug)]
struct Frames(Dialect);

impl Encode for Frames {
    fn encode(&mut self, _: Flavour, event: &Event<'_>, out: &mut Vec<u8>) {
        let (encoder, start) = (Encoder::server(), out.len());
        let kind = if self.0.is_text() {
            MessageKind::Text
        } else {
            MessageKind::Binary
        };
        let frame = encoder.begin(out, kind);
        if self.0.encode(event, out) {
            encoder.finish(out, frame);
        } else {
            out.truncate(start);
        }
    }
}

/// A shard with publishers and subscribers.
#[derive(Debug)]
pub(crate) struct Storm {
    shard: Shard<Frames>,
    now: Moment,
    publishers: Vec<ConnectionId>,
    /// Slots of subscribers are those from here on.
    first: u32,
    received: Received,
}

impl Storm {
    pub(crate) fn new(dialect: Dialect, rules: Namespace, wish: &Subscribe) -> Self {
        let now = Moment::ZERO;
        let rules = Namespace {
            subscribe: Access::Anyone,
            publish: Access::Anyone,
            ..rules
        };
        let settings = ShardSettings {
            limits: Arc::new(Limits {
                publications_per_second: 0,
                messages_per_second: 0,
                outbox_bytes: 64 * 1024 * 1024,
                ..Limits::default()
            }),
            ..lone::settings(rules)
        };
        let mut storm = Self {
            shard: Shard::new(settings, Frames(dialect)),
            now,
            publishers: Vec::new(),
            first: PUBLISHERS as u32,
            received: Received::default(),
        };
        storm.publishers = (0..PUBLISHERS).map(|number| storm.open(number)).collect();
        for number in 0..SUBSCRIBERS {
            let subscriber = storm.open(PUBLISHERS + number);
            storm.say(subscriber, Command::Subscribe(wish.clone()));
        }
        storm.turn(true);
        storm.received = Received::default();
        storm
    }

    fn open(&mut self, number: usize) -> ConnectionId {
        let principal = Principal {
            user: UserId::parse(&format!("user-{number}")).ok(),
            ..Principal::default()
        };
        let flavour = Flavour::new(0).expect("zero is a flavour");
        let opened = self
            .shard
            .open(self.now, flavour, Some(principal), number as u128);
        opened.expect("there is room")
    }

    fn say(&mut self, connection: ConnectionId, command: Command) {
        let input = Input::Command {
            connection,
            id: None,
            command,
        };
        self.shard.handle(self.now, input);
    }

    /// Everybody publishes, and the subscribers receive; slow ones read only at the end.
    pub(crate) fn blow(mut self, slow: bool) -> Received {
        for number in 0..PUBLISHERS * EACH {
            // Neighbours in time speak about things that are far from each other.
            let thing = number * 37 % (ROOMS * KEYS);
            let publish = Publish {
                key: Key::parse(&format!("order-{}", thing / ROOMS)).ok(),
                ..Publish::to(topic(thing % ROOMS), message(number))
            };
            self.say(
                self.publishers[number % PUBLISHERS],
                Command::Publish(publish),
            );
            if number % IN_A_TURN == IN_A_TURN - 1 {
                self.turn(!slow);
            }
        }
        for _ in 0..AFTERWARDS {
            self.turn(!slow);
        }
        for slot in self.first..self.first + SUBSCRIBERS as u32 {
            self.shard.writable(slot);
        }
        self.turn(true);
        self.received
    }

    /// One turn of the loop: what is due, what is to be sent, and a little time.
    fn turn(&mut self, reads: bool) {
        if self.shard.poll_timeout().is_some_and(|due| due <= self.now) {
            self.shard.handle_timeout(self.now);
        }
        while self.shard.poll_output().is_some() {}
        while let Some(slot) = self.shard.poll_transmit(self.now) {
            let mut slices = [IoSlice::new(&[]); 64];
            let used = self.shard.slices(slot, &mut slices);
            let all: usize = slices[..used].iter().map(|slice| slice.len()).sum();
            let takes = reads || slot < self.first;
            if takes && slot >= self.first {
                let first = slot == self.first;
                for slice in &slices[..used] {
                    self.received.take(slice, first);
                }
            }
            let taken = if takes { all } else { 0 };
            self.shard.wrote(slot, taken, !takes);
        }
        self.shard.end_turn(self.now);
        self.now = self.now + TURN;
    }
}

fn topic(room: usize) -> Topic {
    Topic::parse(&format!("city/{room}/orders")).expect("a topic")
}

fn message(number: usize) -> Message {
    let data = format!(
        r#"{{"number":{number},"status":"underway","courier":"c-4711","place":[52.5163,13.3777]}}"#
    );
    Message::of(Payload::Json(data.into_bytes().into()))
}
