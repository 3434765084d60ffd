//! What a member of a large topic costs. A binary of its own, because it counts every byte of the
//! process.

#[path = "../benches/room/mod.rs"]
mod room;

use std::{alloc::System, time::Duration};

use cap::Cap;
use room::Room;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const MEMBERS: usize = 100_000;

/// Bytes for each of many connections that come, once they have been told everything.
fn cost(room: &mut Room) -> (usize, Vec<wirehub_model::ConnectionId>) {
    let before = ALLOCATOR.allocated();
    let mut ids = Vec::with_capacity(MEMBERS);
    // In many turns, as connections come.
    while ids.len() < MEMBERS {
        ids.extend(room.join(1_000));
        room.transmit();
    }
    room.publish();
    room.transmit();
    let names = ids.capacity() * size_of_val(&ids[0]);
    let each = (ALLOCATOR.allocated() - before - names) / MEMBERS;
    (each, ids)
}

#[test]
fn a_hundred_thousand_members_are_cheap_and_give_their_memory_back() {
    let mut plain = Room::new(0, |_| ());
    let (without, _) = cost(&mut plain);
    drop(plain);

    let start = ALLOCATOR.allocated();
    let mut social = Room::new(0, |rules| rules.presence = true);
    let (with, ids) = cost(&mut social);
    let each = with - without;
    println!("{each} bytes a member, beside {without} bytes a connection");
    assert!(each <= 220, "{each} bytes a member");
    assert_eq!(social.shard.stats().members, MEMBERS as u64);

    for id in ids {
        social.vanish(id);
    }
    social.transmit();
    // Their sessions are members until they end.
    assert_eq!(social.shard.stats().members, MEMBERS as u64);
    social.now = social.now + Duration::from_secs(120);
    social.shard.handle_timeout(social.now);
    social.transmit();
    assert_eq!(social.shard.stats().members, 0);
    let left = ALLOCATOR.allocated() - start;
    assert!(left < 2_000_000, "{left} bytes left");
}
