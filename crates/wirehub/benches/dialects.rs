//! Instructions of one publication to 1,000 subscribers that speak one dialect, or five: what is
//! told to many is encoded once for each, so that more of them cost little.
//!
//! `cargo bench -p wirehub --bench dialects` needs valgrind and `gungraun-runner` in the version of
//! the `gungraun` in `Cargo.lock`.

#![expect(
    missing_docs,
    unused_qualifications,
    reason = "of what the benchmark macros write"
)]

mod lone;
#[path = "lone/turn.rs"]
mod turn;

use std::hint::black_box;

use gungraun::{library_benchmark, library_benchmark_group, main};
use wirehub_core::{Encode, Flavour, Input, Request, Shard, ShardSettings};
use wirehub_model::{
    Access, Command, Event, EventName, Message, Moment, Namespace, Payload, Principal, Publish,
    Subscribe, Topic, TopicFilter,
};
use wirehub_protocol::Dialect;
use wirehub_websocket::{Encoder, MessageKind};

const SUBSCRIBERS: usize = 1_000;

/// A flavour for each dialect, in a frame each.
struct Frames;

impl Encode for Frames {
    fn encode(&mut self, flavour: Flavour, event: &Event<'_>, out: &mut Vec<u8>) {
        let dialect = Dialect::ALL[flavour.index()];
        let kind = if dialect.is_text() {
            MessageKind::Text
        } else {
            MessageKind::Binary
        };
        let (encoder, start) = (Encoder::server(), out.len());
        let frame = encoder.begin(out, kind);
        if dialect.encode(event, out) {
            encoder.finish(out, frame);
        } else {
            out.truncate(start);
        }
    }
}

struct Room {
    shard: Shard<Frames>,
    publish: Publish,
}

impl Room {
    fn new(dialects: &[Dialect]) -> Self {
        let mut room = Self {
            shard: Shard::new(settings(), Frames),
            publish: Publish::to(
                Topic::parse("orders/42").expect("a topic"),
                Message {
                    event: EventName::parse("paid"),
                    ..Message::of(Payload::Json(
                        r#"{"order":42,"status":"paid","amount":1250,"currency":"EUR"}"#.into(),
                    ))
                },
            ),
        };
        for number in 0..SUBSCRIBERS {
            room.join(dialects[number % dialects.len()]);
        }
        room.transmit();
        // Buffers grow in the first turns and keep their size.
        for _ in 0..16 {
            room.publish();
        }
        room.transmit();
        room
    }

    fn join(&mut self, dialect: Dialect) {
        let place = Dialect::ALL.iter().position(|known| *known == dialect);
        let flavour = place.and_then(|place| Flavour::new(place as u8));
        let flavour = flavour.expect("every dialect has a flavour");
        let anybody = Some(Principal::default());
        let opened = self.shard.open(Moment::ZERO, flavour, anybody, 0);
        let input = Input::Command {
            connection: opened.expect("there is room"),
            id: None,
            command: Command::Subscribe(Subscribe::to(TopicFilter::from(&self.publish.topic))),
        };
        self.shard.handle(Moment::ZERO, input);
    }

    fn publish(&mut self) {
        let request = Request::Publish(self.publish.clone());
        let input = Input::Request { ticket: 1, request };
        self.shard.handle(Moment::ZERO, input);
    }

    /// Ends the turn: outputs and bytes go to nowhere. Returns how many bytes there were.
    fn transmit(&mut self) -> usize {
        turn::transmit(&mut self.shard)
    }
}

fn settings() -> ShardSettings {
    lone::settings(Namespace {
        subscribe: Access::Anyone,
        ..Namespace::new(TopicFilter::everything())
    })
}

// One turn of the loop with one publication in it.
#[library_benchmark(setup = Room::new)]
#[bench::one(&[Dialect::NativeJson])]
#[bench::all(&Dialect::ALL)]
fn one_publication(mut room: Room) -> Room {
    room.publish();
    black_box(room.transmit());
    room
}

library_benchmark_group!(
    name = dialects;
    benchmarks = one_publication
);
main!(library_benchmark_groups = dialects);
