//! What windows and paces make of a broadcast storm: frames and bytes of one burst.
//!
//! The shard and the dialects are the real ones; time is a number and sockets take everything, so
//! the counts are the same on every machine. `cargo xtask bench conflation` prints them as a table.

#![expect(clippy::print_stdout, reason = "the table is the result")]

mod lone;
#[path = "conflation/received.rs"]
mod received;
#[path = "conflation/storm.rs"]
mod storm;

use std::time::Duration;

use storm::{ALL, KEYS, PUBLISHERS, ROOMS, SUBSCRIBERS, Storm};
use wirehub_model::{Namespace, Overflow, Pace, Subscribe, TopicFilter, Window};
use wirehub_protocol::Dialect;

const WINDOW: Window = Window {
    time: Duration::from_millis(50),
    count: 100,
    latest: false,
};

/// One way of sparing subscribers the storm.
struct Way {
    name: &'static str,
    /// What subscribers are told of it.
    told: &'static str,
    window: Option<Window>,
    every: Option<Duration>,
    level: Option<u8>,
    slow: bool,
}

const NONE: Way = Way {
    name: "nothing",
    told: "each publication",
    window: None,
    every: None,
    level: None,
    slow: false,
};

const WAYS: [Way; 6] = [
    NONE,
    Way {
        name: "window of 50 ms or 100",
        told: "each publication",
        window: Some(WINDOW),
        ..NONE
    },
    Way {
        name: "window of 50 ms or 100, `latest`",
        told: "the newest of each key, every 50 ms",
        window: Some(Window {
            latest: true,
            ..WINDOW
        }),
        ..NONE
    },
    Way {
        name: "pace of 250 ms",
        told: "the newest of each key, every 250 ms",
        every: Some(Duration::from_millis(250)),
        ..NONE
    },
    Way {
        name: "pace of 250 ms by level 2",
        told: "the newest of each room, every 250 ms",
        every: Some(Duration::from_millis(250)),
        level: Some(2),
        ..NONE
    },
    Way {
        name: "overflow `latest`, readers stand still",
        told: "the newest of each key, and what was not looked through since",
        slow: true,
        ..NONE
    },
];

impl Way {
    fn namespace(&self) -> Namespace {
        Namespace {
            window: self.window,
            overflow: Overflow::Latest,
            ..Namespace::new(TopicFilter::everything())
        }
    }

    fn wish(&self) -> Subscribe {
        let level = self.level;
        let filter = TopicFilter::parse("city/#").expect("a filter");
        Subscribe {
            pace: self.every.map(|every| Pace { every, level }),
            ..Subscribe::to(filter)
        }
    }
}

/// A number with a space between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

fn main() {
    println!(
        "{} publishers say {} things within half a second, about {} keys in each of {} rooms; {} \
         subscribers\nlisten to all rooms.\n",
        grouped(PUBLISHERS as u64),
        grouped(ALL),
        KEYS,
        ROOMS,
        SUBSCRIBERS
    );
    println!("| way | frames | JSON bytes | | Protobuf bytes | | publications to each | what |");
    println!("|---|--:|--:|--:|--:|--:|--:|---|");
    let mut whole = None;
    for way in &WAYS {
        let wish = way.wish();
        let [json, protobuf] = [Dialect::NativeJson, Dialect::NativeProtobuf]
            .map(|dialect| Storm::new(dialect, way.namespace(), &wish).blow(way.slow));
        let told = json.told();
        assert_eq!(told.last, ALL - 1, "{}: the last one is told", way.name);
        if !way.slow {
            assert_eq!(told.stands_for, ALL, "{}: counts add up", way.name);
        }
        assert_eq!(json.frames, protobuf.frames);
        let (text, binary) = *whole.get_or_insert((json.bytes, protobuf.bytes));
        println!(
            "| {} | {} | {} | {:.1} % | {} | {:.1} % | {} | {} |",
            way.name,
            grouped(json.frames),
            grouped(json.bytes),
            100.0 * json.bytes as f64 / text as f64,
            grouped(protobuf.bytes),
            100.0 * protobuf.bytes as f64 / binary as f64,
            grouped(told.publications),
            way.told
        );
    }
}
