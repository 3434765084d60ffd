//! What became of the rooms of one size.

use serde::{Deserialize, Serialize};

use super::Latency;

/// What became of the rooms of one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomTally {
    /// What the scenario calls them.
    pub name: String,
    /// How many there are.
    pub rooms: u32,
    /// Members of each.
    pub members: u32,
    /// Publications that were sent.
    pub published: u64,
    /// Publications that arrived at a member.
    pub delivered: u64,
    /// Publications that never arrived at a member who was owed them, and nothing said so.
    pub lost: u64,
    /// From the moment a publication was due to its arrival at each member.
    pub delivery: Latency,
}

impl RoomTally {
    /// Nothing yet.
    #[must_use]
    pub fn of(name: impl Into<String>, rooms: u32, members: u32) -> Self {
        Self {
            name: name.into(),
            rooms,
            members,
            published: 0,
            delivered: 0,
            lost: 0,
            delivery: Latency::fine(),
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.published += other.published;
        self.delivered += other.delivered;
        self.lost += other.lost;
        self.delivery.merge(&other.delivery);
    }
}
