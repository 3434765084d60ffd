//! Counters that do not fall when a shard is silent.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use wirehub::{HubReport, ShardReport};

/// The last numbers of each shard. A sum that leaves a silent shard out would fall and rise again,
/// which Prometheus takes for a restart and counts twice.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<BTreeMap<u16, ShardReport>>);

impl Counters {
    /// Adds what is known of the shards that a report is missing.
    pub(super) fn complete(&self, mut report: HubReport) -> HubReport {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (shard, numbers) in last.iter() {
            if !report.shards.contains_key(shard) {
                report.total.merge(numbers);
                report.shards.insert(*shard, numbers.clone());
            }
        }
        last.clone_from(&report.shards);
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(shards: &[(u16, u64)]) -> HubReport {
        let mut report = HubReport::default();
        for (shard, opened) in shards {
            let mut numbers = ShardReport::default();
            numbers.core.opened = *opened;
            report.total.merge(&numbers);
            report.shards.insert(*shard, numbers);
        }
        report
    }

    #[test]
    fn a_silent_shard_keeps_its_last_numbers() {
        let counters = Counters::default();
        let opened = |report| counters.complete(report).total.core.opened;
        assert_eq!(opened(report(&[(0, 5), (1, 7)])), 12);
        assert_eq!(opened(report(&[(0, 6)])), 13);
        assert_eq!(opened(report(&[])), 13);
        assert_eq!(opened(report(&[(0, 6), (1, 9)])), 15);
    }
}
