//! The counters of a shard.

use wirehub_model::{CloseCause, Command, ErrorCode};

use crate::{Histogram, Phase};

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
    /// Publications and direct messages put into outboxes.
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
    /// Sessions that wait for their clients to come back.
    pub sessions_parked: u64,
    /// Sessions that went on on another connection.
    pub sessions_resumed: u64,
    /// Sessions whose clients did not come back in time.
    pub sessions_expired: u64,
    /// Sessions that were forgotten early because there were too many.
    pub sessions_evicted: u64,
    /// Acknowledgements of publications.
    pub acks: u64,
    /// Publications that topics keep as history.
    pub history_publications: u64,
    /// Bytes of memory that history, retained and keyed values take.
    pub history_bytes: u64,
    /// Last values that topics keep: of all, and of each key.
    pub retained_values: u64,
    /// Publications that were forgotten early because there was too much to remember.
    pub forgotten: u64,
    /// Publications given to subscribers that had missed them.
    pub recovered_publications: u64,
    /// Publications that were published before, with the same idempotency key.
    pub duplicates: u64,
    /// From a publication's arrival to the end of the turn that wrote it to sockets.
    pub delivery: Histogram,
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
            sessions_parked: 0,
            sessions_resumed: 0,
            sessions_expired: 0,
            sessions_evicted: 0,
            acks: 0,
            history_publications: 0,
            history_bytes: 0,
            retained_values: 0,
            forgotten: 0,
            recovered_publications: 0,
            duplicates: 0,
            delivery: Histogram::default(),
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
            (&mut self.sessions_parked, other.sessions_parked),
            (&mut self.sessions_resumed, other.sessions_resumed),
            (&mut self.sessions_expired, other.sessions_expired),
            (&mut self.sessions_evicted, other.sessions_evicted),
            (&mut self.acks, other.acks),
            (&mut self.history_publications, other.history_publications),
            (&mut self.history_bytes, other.history_bytes),
            (&mut self.retained_values, other.retained_values),
            (&mut self.forgotten, other.forgotten),
            (
                &mut self.recovered_publications,
                other.recovered_publications,
            ),
            (&mut self.duplicates, other.duplicates),
        ] {
            *sum += more;
        }
        self.delivery.merge(&other.delivery);
    }
}
