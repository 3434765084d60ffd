//! Instructions the shard needs for its hot path, counted by callgrind: the same on every run of
//! one binary.
//!
//! `cargo bench -p wirehub-core --bench fan_out` needs valgrind and `gungraun-runner` in the
//! version of the `gungraun` in `Cargo.lock`.

#![expect(
    missing_docs,
    unused_qualifications,
    reason = "of what the benchmark macros write"
)]

mod room;

use std::hint::black_box;

use gungraun::{library_benchmark, library_benchmark_group, main};
use room::Room;

fn room(subscribers: usize) -> Room {
    let mut room = Room::new(subscribers, |_| ());
    // Buffers grow in the first turns and keep their size.
    for _ in 0..16 {
        room.publish();
    }
    room.transmit();
    room
}

fn room_with_history(subscribers: usize) -> Room {
    let mut room = Room::new(subscribers, |rules| rules.history.size = 300);
    for _ in 0..320 {
        room.publish();
        room.transmit();
    }
    room
}

// One turn of the loop with `publications` in it.
#[library_benchmark(setup = room)]
#[bench::to_1000(1_000)]
fn one_publication(mut room: Room) -> Room {
    room.publish();
    black_box(room.transmit());
    room
}

#[library_benchmark(setup = room)]
#[bench::to_1000(1_000)]
fn sixteen_publications(mut room: Room) -> Room {
    for _ in 0..16 {
        room.publish();
    }
    black_box(room.transmit());
    room
}

// The same where the last 300 are kept: there are as many, so each that comes makes one go.
#[library_benchmark(setup = room_with_history)]
#[bench::to_1000(1_000)]
fn one_publication_with_history(mut room: Room) -> Room {
    room.publish();
    black_box(room.transmit());
    room
}

#[library_benchmark(setup = room_with_history)]
#[bench::to_1000(1_000)]
fn sixteen_publications_with_history(mut room: Room) -> Room {
    for _ in 0..16 {
        room.publish();
    }
    black_box(room.transmit());
    room
}

fn room_where_all_are_known(subscribers: usize) -> Room {
    Room::new(subscribers, |rules| rules.presence = true)
}

// Clients connect, subscribe, and vanish.
#[library_benchmark(setup = room)]
#[bench::of_1000(1)]
fn storm(mut room: Room) -> Room {
    let ids = room.join(1_000);
    black_box(room.transmit());
    for id in ids {
        room.vanish(id);
    }
    black_box(room.transmit());
    room
}

// The same where it is known who is there; a crowd that is there already makes little difference.
#[library_benchmark(setup = room_where_all_are_known)]
#[bench::of_1000(1)]
#[bench::of_1000_among_10000(10_000)]
fn storm_of_members(mut room: Room) -> Room {
    let ids = room.join(1_000);
    black_box(room.transmit());
    for id in ids {
        room.vanish(id);
    }
    black_box(room.transmit());
    room
}

library_benchmark_group!(
    name = fan_out;
    benchmarks = one_publication, sixteen_publications, one_publication_with_history,
        sixteen_publications_with_history, storm, storm_of_members
);

main!(library_benchmark_groups = fan_out);
