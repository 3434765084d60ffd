//! Instructions of one publication of an order book that moves: to write its frame in each way, and
//! to give it to 1,000 subscribers.
//!
//! `cargo bench -p wirehub --bench books` needs valgrind and `gungraun-runner` in the version of
//! the `gungraun` in `Cargo.lock`.

#![expect(
    missing_docs,
    unused_qualifications,
    reason = "of what the benchmark macros write"
)]

#[path = "deltas/book.rs"]
mod book;
mod lone;
#[path = "deltas/room.rs"]
mod room;
#[path = "lone/turn.rs"]
mod turn;
#[path = "deltas/way.rs"]
mod way;

use std::{hint::black_box, sync::Arc};

use book::Book;
use gungraun::{library_benchmark, library_benchmark_group, main};
use room::Room;
use way::Way;
use wirehub_model::Publication;
use wirehub_protocol::Dialect;
use wirehub_websocket::{DeflatePolicy, Deflater};

/// A frame that is about to be written, and all that grows in the first turns.
struct Desk {
    way: Way,
    before: Arc<Publication>,
    now: Arc<Publication>,
    deflater: Deflater,
    out: Vec<u8>,
}

impl Desk {
    fn new(way: Way) -> Self {
        let mut book = Book::new();
        let mut desk = Self {
            way,
            before: book.next(),
            now: book.next(),
            deflater: Deflater::new(DeflatePolicy::default()),
            out: Vec::new(),
        };
        for _ in 0..16 {
            desk.write();
            desk.before = std::mem::replace(&mut desk.now, book.next());
        }
        desk
    }

    fn write(&mut self) {
        self.out.clear();
        let (dialect, told) = (Dialect::CentrifugeJson, (&*self.before, &*self.now));
        self.way
            .tell(dialect, told, &mut self.deflater, &mut self.out);
    }
}

#[library_benchmark(setup = Desk::new)]
#[bench::whole(Way::new(false, false))]
#[bench::whole_compressed(Way::new(false, true))]
#[bench::delta(Way::new(true, false))]
#[bench::delta_compressed(Way::new(true, true))]
fn write(mut desk: Desk) -> Desk {
    desk.write();
    black_box(desk)
}

// One turn of the loop with one publication in it.
#[library_benchmark(setup = Room::new)]
#[bench::whole(false)]
#[bench::delta(true)]
fn to_1000(mut room: Room) -> Room {
    room.publish();
    black_box(room.transmit());
    room
}

library_benchmark_group!(
    name = books;
    benchmarks = write, to_1000
);
main!(library_benchmark_groups = books);
