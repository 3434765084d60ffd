//! Who hears what is published, as a file says it.

use wirehub_load::{RoomKind, Traffic};

use super::section::Section;
use crate::fault::Faults;

const TRAFFICS: [&str; 4] = ["fanout", "rooms", "echo", "silence"];

/// Members of a room, where a file says how many topics there are neither.
const ROOM: u32 = 50;

/// Reads it, of so many connections; where the file does not say how many there are, rooms tell.
pub(super) fn read(
    whole: &mut Section<'_>,
    threads: u32,
    connections: &mut Option<u32>,
    faults: &mut Faults,
) -> Traffic {
    let kind = whole.word("traffic", &TRAFFICS, faults);
    let topics: Option<u32> = whole.take("topics", faults);
    let subscriptions = whole.take("subscriptions", faults);
    let publishers: Option<u32> = whole.take("publishers", faults);
    let kinds: Vec<RoomKind> = whole
        .list("room", faults)
        .into_iter()
        .filter_map(|section| room(section, faults))
        .collect();
    match kind {
        Some("echo") => Traffic::Echo,
        Some("silence") => Traffic::Silence,
        Some("rooms") => {
            let rooms = kinds.iter().map(|kind| kind.rooms);
            let rooms = rooms.fold(0, u32::saturating_add);
            let traffic = Traffic::Rooms {
                kinds,
                publishers: publishers.unwrap_or_else(|| threads.clamp(1, rooms.max(1))),
            };
            let seats = u32::try_from(traffic.seats()).unwrap_or(u32::MAX);
            connections.get_or_insert(seats);
            traffic
        }
        _ => {
            if !kinds.is_empty() {
                whole.wrong("[[room]] is for `traffic = \"rooms\"`", faults);
            }
            let connections = connections.unwrap_or(super::CONNECTIONS);
            let topics = topics.unwrap_or_else(|| connections.div_ceil(ROOM).max(1));
            Traffic::Fanout {
                topics,
                subscriptions: subscriptions.unwrap_or(1),
                publishers: publishers.unwrap_or_else(|| threads.clamp(1, topics.max(1))),
            }
        }
    }
}

/// Rooms of one size.
fn room(mut section: Section<'_>, faults: &mut Faults) -> Option<RoomKind> {
    let rooms = section.take("rooms", faults).unwrap_or(1);
    let members: Option<u32> = section.take("members", faults);
    let name = section.take("name", faults);
    let rate = section.take("publish", faults).unwrap_or(0.0);
    if members.is_none() {
        section.needs("members", &["50"], faults);
    }
    section.end(faults);
    let members = members?;
    Some(RoomKind {
        name: name.unwrap_or_else(|| format!("of {members}")),
        rooms,
        members,
        rate,
    })
}
