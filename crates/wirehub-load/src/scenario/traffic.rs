//! Who hears what is published.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Who hears what is published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Traffic {
    /// Connections of their own publish; all others subscribe to topics and listen.
    Fanout {
        /// Topics, among which subscribers are dealt out evenly.
        topics: u32,
        /// Topics that each of them subscribes to.
        subscriptions: u32,
        /// Connections that publish; each has topics of its own.
        publishers: u32,
    },
    /// Connections of their own publish to rooms of several sizes, which all others are members
    /// of.
    Rooms {
        /// The rooms, by their sizes.
        kinds: Vec<RoomKind>,
        /// Connections that publish; each has rooms of its own.
        publishers: u32,
    },
    /// Everybody publishes, and hears only their own.
    Echo,
    /// Nobody subscribes or publishes.
    Silence,
}

/// Rooms of one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomKind {
    /// What reports call them.
    pub name: String,
    /// How many there are.
    pub rooms: u32,
    /// Members of each.
    pub members: u32,
    /// Publications a second in each, when a phase wants nothing else; where it wants another
    /// number in all, the kinds keep their parts of it.
    pub rate: f64,
}

/// Topics that are published to in turn, and which part of all publications goes to them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Turn {
    pub(crate) topics: Range<u32>,
    pub(crate) part: f64,
}

impl RoomKind {
    /// Places in these rooms.
    pub(super) fn seats(&self) -> u64 {
        u64::from(self.rooms) * u64::from(self.members)
    }

    /// Publications a second, all rooms of this size together.
    fn rate_of_all(&self) -> f64 {
        f64::from(self.rooms) * self.rate
    }
}

impl Traffic {
    /// The rooms, by their sizes.
    #[must_use]
    pub fn rooms(&self) -> &[RoomKind] {
        match self {
            Self::Rooms { kinds, .. } => kinds,
            Self::Fanout { .. } | Self::Echo | Self::Silence => &[],
        }
    }

    /// Publications a second that the rooms ask for, all together.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.rooms().iter().map(RoomKind::rate_of_all).sum()
    }

    /// Places in all rooms.
    #[must_use]
    pub fn seats(&self) -> u64 {
        self.rooms().iter().map(RoomKind::seats).sum()
    }

    /// The kind of room that a topic is.
    pub(crate) fn kind_of(&self, topic: u32) -> Option<usize> {
        let mut end = 0_u32;
        self.rooms().iter().position(|kind| {
            end = end.saturating_add(kind.rooms);
            topic < end
        })
    }

    /// The topics of one of so many clients.
    pub(crate) fn topics_of(&self, client: u32, clients: u32) -> Vec<u32> {
        match self {
            Self::Fanout {
                topics,
                subscriptions,
                ..
            } => {
                // Those of one client are apart, and the same number of clients comes to each.
                let stride = (topics / subscriptions).max(1);
                let topics = (*topics).max(1);
                let places = 0..*subscriptions;
                places
                    .map(|at| client.wrapping_add(at * stride) % topics)
                    .collect()
            }
            Self::Rooms { kinds, .. } => seats_of(kinds, client, clients),
            Self::Echo => vec![client],
            Self::Silence => Vec::new(),
        }
    }

    /// Which topics are published to, and how much; `topics` is how many there are.
    pub(crate) fn turns(&self, topics: u32) -> Vec<Turn> {
        let Self::Rooms { kinds, .. } = self else {
            return vec![Turn {
                topics: 0..topics,
                part: 1.0,
            }];
        };
        let all = self.rate();
        let mut first = 0_u32;
        let turns = kinds.iter().map(|kind| {
            let topics = first..first.saturating_add(kind.rooms);
            first = topics.end;
            Turn {
                topics,
                part: if all > 0.0 {
                    kind.rate_of_all() / all
                } else {
                    0.0
                },
            }
        });
        turns.collect()
    }
}

/// The rooms in which a client has a place. The places of all rooms stand in a row, and clients
/// take them in turn: those of one room, which are no more than there are clients, go to different
/// ones.
fn seats_of(kinds: &[RoomKind], client: u32, clients: u32) -> Vec<u32> {
    let clients = u64::from(clients.max(1));
    let mut topics = Vec::new();
    let (mut seat, mut before, mut room) = (u64::from(client), 0, 0);
    for kind in kinds {
        let members = u64::from(kind.members.max(1));
        while seat < before + kind.seats() {
            let place = u32::try_from((seat - before) / members).unwrap_or(u32::MAX);
            topics.push(room + place);
            seat += clients;
        }
        before += kind.seats();
        room += kind.rooms;
    }
    topics
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn kind(rooms: u32, members: u32, rate: f64) -> RoomKind {
        RoomKind {
            name: format!("{members}"),
            rooms,
            members,
            rate,
        }
    }

    fn mixed() -> Traffic {
        Traffic::Rooms {
            kinds: vec![kind(20, 5, 0.1), kind(3, 50, 1.0), kind(1, 100, 5.0)],
            publishers: 2,
        }
    }

    #[test]
    fn every_room_has_its_members_and_nobody_is_in_one_twice() {
        let mut members: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for client in 0..100 {
            let topics = mixed().topics_of(client, 100);
            // 350 places, dealt out evenly.
            assert!((3..=4).contains(&topics.len()), "{topics:?}");
            for topic in topics {
                assert!(members.entry(topic).or_default().insert(client));
            }
        }
        let sizes: Vec<usize> = members.values().map(BTreeSet::len).collect();
        let expected = [vec![5; 20], vec![50; 3], vec![100]].concat();
        assert_eq!(sizes, expected);
    }

    #[test]
    fn kinds_have_their_parts_of_what_is_published() {
        let turns = mixed().turns(24);
        let topics: Vec<Range<u32>> = turns.iter().map(|turn| turn.topics.clone()).collect();
        assert_eq!(topics, [0..20, 20..23, 23..24]);
        let parts: Vec<f64> = turns.iter().map(|turn| turn.part * 10.0).collect();
        assert_eq!(parts, [2.0, 3.0, 5.0]);
        let kinds: Vec<_> = [0, 19, 20, 23, 24]
            .map(|topic| mixed().kind_of(topic))
            .into();
        assert_eq!(kinds, [Some(0), Some(0), Some(1), Some(2), None]);
    }
}
