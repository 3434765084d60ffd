//! What deltas make of an order book that moves: bytes of each frame, beside those of compression.
//!
//! The dialects and the frames are the real ones and the book moves the same way everywhere, so the
//! counts are the same on every machine. `cargo xtask bench deltas` prints them as a table.

#![expect(clippy::print_stdout, reason = "the table is the result")]

#[path = "deltas/book.rs"]
mod book;
#[path = "deltas/way.rs"]
mod way;

use book::{Book, CHANGES, LEVELS};
use way::Way;
use wirehub_protocol::Dialect;
use wirehub_websocket::{DeflatePolicy, Deflater};

/// Publications behind the first.
const PUBLICATIONS: usize = 10_000;

const WAYS: [(&str, Way); 4] = [
    ("whole", Way::new(false, false)),
    ("whole, compressed", Way::new(false, true)),
    ("delta", Way::new(true, false)),
    ("delta, compressed", Way::new(true, true)),
];

/// The bytes of all frames.
fn bytes(dialect: Dialect, way: Way) -> usize {
    let mut deflater = Deflater::new(DeflatePolicy::default());
    let mut book = Book::new();
    let mut before = book.next();
    let mut frame = Vec::new();
    let sizes = (0..PUBLICATIONS).map(|_| {
        let now = book.next();
        frame.clear();
        way.tell(dialect, (&before, &now), &mut deflater, &mut frame);
        before = now;
        frame.len()
    });
    sizes.sum()
}

fn main() {
    println!(
        "A book has {LEVELS} levels on each side, of which 1 to {CHANGES} change from one of {PUBLICATIONS} \
         publications to\nthe next.\n"
    );
    println!("| way | JSON bytes each | | Protobuf bytes each | |");
    println!("|---|--:|--:|--:|--:|");
    let mut whole = None;
    for (name, way) in WAYS {
        let told = Dialect::CENTRIFUGE.map(|dialect| bytes(dialect, way));
        let [json, protobuf] = *whole.get_or_insert(told);
        let cell = |bytes: usize, all: usize| {
            let each = bytes as f64 / PUBLICATIONS as f64;
            format!("{each:.0} | {:.1} %", 100.0 * bytes as f64 / all as f64)
        };
        let cells = [cell(told[0], json), cell(told[1], protobuf)].join(" | ");
        println!("| {name} | {cells} |");
    }
}
