//! The counters of a shard.

use wirehub_model::{CloseCause, Command, ErrorCode, Gap, Recovery};

use crate::{Histogram, Owner, Phase, SessionEnd};

/// What a shard has counted since its start, and what it holds. Plain numbers: the shard is the
/// only one who writes, and readers get a copy.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    /// Connections by [`Phase`], in the order of [`Phase::ALL`].
    pub connections: [u64; Phase::ALL.len()],
    /// Connections that were opened.
    pub opened: u64,
    /// Connections that ended, in the order of [`CloseCause::all`].
    pub closed: [u64; CloseCause::COUNT],
    /// Commands taken in, in the order of [`Command::NAMES`].
    pub commands: [u64; Command::NAMES.len()],
    /// Requests refused, in the order of [`ErrorCode::ALL`].
    pub refused: [u64; ErrorCode::ALL.len()],
    /// Subscriptions of all connections.
    pub subscriptions: u64,
    /// Filters with a subscriber here.
    pub feeds: u64,
    /// Topics this shard is home to.
    pub topics: u64,
    /// Publications that got their place here.
    pub published: u64,
    /// Publications, direct messages and news of presence put into outboxes.
    pub deliveries: u64,
    /// Frames encoded; deliveries over this is what encoding once saves.
    pub frames: u64,
    /// Bytes that wait for slow readers.
    pub waiting_bytes: u64,
    /// Frames dropped because an outbox was full.
    pub dropped: u64,
    /// Frames dropped because they expired while they waited.
    pub expired: u64,
    /// Heartbeats sent.
    pub heartbeats: u64,
    /// Publications remembered in the histories of topics.
    pub history_publications: u64,
    /// Bytes of what is remembered, retained and keyed values included.
    pub history_bytes: u64,
    /// Publications forgotten because too many bytes were remembered
    /// ([`Limits::remembered_bytes`](wirehub_model::Limits::remembered_bytes)).
    pub forgotten: u64,
    /// Last publications of topics and of keys that are kept for new subscribers.
    pub retained_values: u64,
    /// Subscriptions that said where they had been, in the order of [`Recovery::all`].
    pub recovered: [u64; Recovery::COUNT],
    /// Publications sent to subscribers that had missed them.
    pub recovered_publications: u64,
    /// Subscribers that were told that something of their topic may be missing, in the order of
    /// [`Gap::ALL`].
    pub gaps: [u64; Gap::ALL.len()],
    /// Publications not published again, because their idempotency key was known.
    pub duplicates: u64,
    /// Sessions that wait for their clients.
    pub sessions_parked: u64,
    /// Sessions whose wait ended, in the order of [`SessionEnd::ALL`].
    pub sessions_ended: [u64; SessionEnd::ALL.len()],
    /// Members of the topics this shard is home to, once for each topic.
    pub members: u64,
    /// Users with a connection that is in; one on several shards counts on each.
    pub users: u64,
    /// Windows that ended and sent what had waited in them.
    pub windows_flushed: u64,
    /// Publications that were not sent because a newer one stood for them: in a window, in a group
    /// of subscribers with a pace, or in the outbox of a slow reader.
    pub conflated: u64,
    /// Acknowledgements taken in.
    pub acks: u64,
    /// Publications that were delivered but could not be stored.
    pub not_stored: u64,
    /// From a publication's arrival to the end of the turn that wrote it to sockets.
    pub delivery: Histogram,
    /// From a heartbeat to the next sign of life of its client.
    pub round_trip: Histogram,
    /// Bytes of memory, in the order of [`Owner::ALL`]: estimates from how much there is of
    /// everything, without names.
    pub memory: [u64; Owner::ALL.len()],
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            connections: [0; Phase::ALL.len()],
            opened: 0,
            closed: [0; CloseCause::COUNT],
            commands: [0; Command::NAMES.len()],
            refused: [0; ErrorCode::ALL.len()],
            subscriptions: 0,
            feeds: 0,
            topics: 0,
            published: 0,
            deliveries: 0,
            frames: 0,
            waiting_bytes: 0,
            dropped: 0,
            expired: 0,
            heartbeats: 0,
            history_publications: 0,
            history_bytes: 0,
            forgotten: 0,
            retained_values: 0,
            recovered: [0; Recovery::COUNT],
            recovered_publications: 0,
            gaps: [0; Gap::ALL.len()],
            duplicates: 0,
            sessions_parked: 0,
            sessions_ended: [0; SessionEnd::ALL.len()],
            members: 0,
            users: 0,
            windows_flushed: 0,
            conflated: 0,
            acks: 0,
            not_stored: 0,
            delivery: Histogram::default(),
            round_trip: Histogram::default(),
            memory: [0; Owner::ALL.len()],
        }
    }
}

impl Stats {
    /// Adds the numbers of another shard.
    pub fn merge(&mut self, other: &Self) {
        let add = |sums: &mut [u64], more: &[u64]| {
            for (sum, more) in sums.iter_mut().zip(more) {
                *sum += more;
            }
        };
        add(&mut self.connections, &other.connections);
        add(&mut self.closed, &other.closed);
        add(&mut self.commands, &other.commands);
        add(&mut self.refused, &other.refused);
        add(&mut self.recovered, &other.recovered);
        add(&mut self.gaps, &other.gaps);
        add(&mut self.sessions_ended, &other.sessions_ended);
        add(&mut self.memory, &other.memory);
        for (sum, more) in [
            (&mut self.opened, other.opened),
            (&mut self.subscriptions, other.subscriptions),
            (&mut self.feeds, other.feeds),
            (&mut self.topics, other.topics),
            (&mut self.published, other.published),
            (&mut self.deliveries, other.deliveries),
            (&mut self.frames, other.frames),
            (&mut self.waiting_bytes, other.waiting_bytes),
            (&mut self.dropped, other.dropped),
            (&mut self.expired, other.expired),
            (&mut self.heartbeats, other.heartbeats),
            (&mut self.history_publications, other.history_publications),
            (&mut self.history_bytes, other.history_bytes),
            (&mut self.forgotten, other.forgotten),
            (&mut self.retained_values, other.retained_values),
            (
                &mut self.recovered_publications,
                other.recovered_publications,
            ),
            (&mut self.duplicates, other.duplicates),
            (&mut self.sessions_parked, other.sessions_parked),
            (&mut self.members, other.members),
            (&mut self.users, other.users),
            (&mut self.windows_flushed, other.windows_flushed),
            (&mut self.conflated, other.conflated),
            (&mut self.acks, other.acks),
            (&mut self.not_stored, other.not_stored),
        ] {
            *sum += more;
        }
        self.delivery.merge(&other.delivery);
        self.round_trip.merge(&other.round_trip);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_number_is_added() {
        let of = |micros| {
            let mut histogram = Histogram::default();
            histogram.record(Duration::from_micros(micros), 1);
            histogram
        };
        let other = Stats {
            connections: [1; Phase::ALL.len()],
            opened: 2,
            closed: [3; CloseCause::COUNT],
            commands: [4; Command::NAMES.len()],
            refused: [5; ErrorCode::ALL.len()],
            subscriptions: 6,
            feeds: 7,
            topics: 8,
            published: 9,
            deliveries: 10,
            frames: 11,
            waiting_bytes: 12,
            dropped: 13,
            expired: 14,
            heartbeats: 15,
            history_publications: 16,
            history_bytes: 17,
            forgotten: 18,
            retained_values: 19,
            recovered: [20; Recovery::COUNT],
            recovered_publications: 21,
            gaps: [22; Gap::ALL.len()],
            duplicates: 22,
            sessions_parked: 23,
            sessions_ended: [24; SessionEnd::ALL.len()],
            members: 25,
            users: 30,
            windows_flushed: 26,
            conflated: 27,
            acks: 28,
            not_stored: 29,
            delivery: of(31),
            round_trip: of(32),
            memory: [33; Owner::ALL.len()],
        };
        let mut sum = Stats::default();
        sum.merge(&other);
        assert_eq!(sum, other);
        sum.merge(&other);
        assert_eq!(sum.recovered, other.recovered.map(|count| 2 * count));
        assert_eq!(sum.not_stored, 2 * other.not_stored);
    }
}
