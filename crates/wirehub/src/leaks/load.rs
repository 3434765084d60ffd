//! How much there is of everything that memory and descriptors follow.

use wirehub_broker::BrokerMemory;

use crate::ShardReport;

/// What a count may be above its record without being one.
const COUNT: u64 = 64;
/// The same for bytes.
const BYTES: u64 = 1 << 20;

/// The load of a hub at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    /// Connections, sessions, topics and their like, each by itself.
    counts: [u64; 10],
    /// Bytes that an owner accounts for.
    pub(super) accounted: u64,
}

impl Load {
    /// The load of all shards together, with so many tasks.
    pub(super) fn of(report: &ShardReport, tasks: u64) -> Self {
        let (core, io) = (&report.core, &report.io);
        let in_shards: u64 = core.memory.iter().sum();
        Self {
            counts: [
                core.connections.iter().sum(),
                core.sessions_parked,
                core.subscriptions,
                core.topics,
                core.members,
                core.users,
                core.history_publications,
                core.retained_values,
                tasks,
                0,
            ],
            accounted: in_shards + io.socket_bytes,
        }
    }

    /// With what the broker has in this process.
    pub(super) fn with_broker(mut self, broker: BrokerMemory) -> Self {
        let [.., topics] = &mut self.counts;
        *topics += broker.topics;
        self.with_waiting(broker.bytes)
    }

    /// With bytes that wait outside of shards.
    pub(super) const fn with_waiting(mut self, bytes: u64) -> Self {
        self.accounted += bytes;
        self
    }
}

/// The most of everything that there ever was.
#[derive(Debug, Default)]
pub(super) struct Records(Load);

impl Records {
    /// Takes in a load; says whether there is more of something than ever, by more than a
    /// sixteenth.
    pub(super) fn broken_by(&mut self, load: &Load) -> bool {
        let Self(most) = self;
        let counts = most.counts.iter_mut().zip(load.counts);
        let bytes = (&mut most.accounted, load.accounted);
        let all = counts.map(|pair| (pair, COUNT)).chain([(bytes, BYTES)]);
        let mut is_broken = false;
        for ((most, now), slack) in all {
            if now > *most + *most / 16 + slack {
                (*most, is_broken) = (now, true);
            }
        }
        is_broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_broken_by_more_than_a_little_of_anything() {
        let mut records = Records::default();
        let load = |topics, accounted| Load {
            counts: [10, 0, 0, topics, 0, 0, 0, 0, 5, 0],
            accounted,
        };
        assert!(!records.broken_by(&load(64, BYTES)));
        assert!(records.broken_by(&load(1_600, 0)));
        assert!(!records.broken_by(&load(1_764, 0)), "a sixteenth, and some");
        assert!(!records.broken_by(&load(0, 0)));
        assert!(!records.broken_by(&load(1_700, BYTES)), "it was kept");
        assert!(records.broken_by(&load(1_765, 0)));
        assert!(
            records.broken_by(&load(0, BYTES + 1)),
            "bytes by themselves"
        );
    }
}
