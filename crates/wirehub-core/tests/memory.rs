//! What an idle connection costs. A binary of its own, because it counts every byte of the process.

#[path = "../benches/room/mod.rs"]
mod room;

use std::{alloc::System, time::Duration};

use cap::Cap;
use room::Room;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// As many as one process holds with the file limit of the machines this is measured on.
const CONNECTIONS: usize = 20_000;

#[test]
fn an_idle_connection_is_small_and_gives_its_memory_back() {
    let mut room = Room::new(0, |_| ());
    let before = ALLOCATOR.allocated();
    let ids = room.join(CONNECTIONS);
    room.transmit();
    room.publish();
    room.transmit();
    let names = ids.capacity() * size_of_val(&ids[0]);
    let each = (ALLOCATOR.allocated() - before - names) / CONNECTIONS;
    println!("{each} bytes a connection");
    assert!(each <= 410, "{each} bytes a connection");
    let told: u64 = room.shard.stats().memory.iter().sum();
    let told = told as usize / CONNECTIONS;
    println!("{told} bytes are told by owner");
    assert!(
        (each * 7 / 10..=each * 11 / 10).contains(&told),
        "{told} of {each}"
    );

    for id in ids {
        room.vanish(id);
    }
    room.transmit();
    let parked = (ALLOCATOR.allocated() - before) / CONNECTIONS;
    println!("{parked} bytes a session whose client is away");
    assert!(parked <= 500, "{parked} bytes a session");

    // Nobody comes back.
    room.now = room.now + Duration::from_secs(120);
    room.shard.handle_timeout(room.now);
    room.transmit();
    let left = ALLOCATOR.allocated() - before;
    // Buffers of the turn and entries of the timer wheel.
    assert!(left < 700_000, "{left} bytes left");
}
