//! What a node learns about a topic.

use std::sync::Arc;

use wirehub_model::{Gap, HistoryPage, Position};

use crate::Record;

/// A topic as it stands when a node's interest in it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Where the topic stands: everything after it is pushed to the node's sink.
    pub position: Position,
    /// What is kept of its history up to there, without a gap, the oldest first.
    pub history: Vec<Arc<Record>>,
    /// The last publication and the last with each key, as far as they are kept and worth
    /// something, in the order of their offsets.
    pub values: Vec<Arc<Record>>,
}

/// A page of a topic's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordPage {
    /// Where the topic stands.
    pub position: Position,
    /// Publications without a gap, the oldest first.
    pub records: Vec<Arc<Record>>,
    /// There are more in the direction of the question.
    pub more: bool,
    /// Why the page does not follow the position that was named. Of [`Gap::Expired`] the page
    /// begins with the oldest that is kept; otherwise it is empty.
    pub gap: Option<Gap>,
}

impl RecordPage {
    /// The part of a history that is asked for; all of it is up to the position, without a gap.
    pub fn of(
        position: Position,
        history: impl ExactSizeIterator<Item = Arc<Record>>,
        page: HistoryPage,
        limit: usize,
    ) -> Self {
        let last = position.offset.0;
        // The offset of the first one that is kept; one past the last when none is.
        let first = last + 1 - history.len() as u64;
        let (gap, from, to) = match page {
            HistoryPage::Newest | HistoryPage::Oldest => (None, first, last + 1),
            HistoryPage::After(after) | HistoryPage::Before(after)
                if after.epoch != position.epoch =>
            {
                (Some(Gap::UnknownEpoch), first, first)
            }
            HistoryPage::After(after) if after.offset.0 > last => (Some(Gap::Future), first, first),
            HistoryPage::After(after) if after.offset.0 + 1 < first => {
                (Some(Gap::Expired), first, last + 1)
            }
            HistoryPage::After(after) => (None, after.offset.0 + 1, last + 1),
            HistoryPage::Before(before) if before.offset.0 > last.saturating_add(1) => {
                (Some(Gap::Future), first, first)
            }
            HistoryPage::Before(before) => (None, first, before.offset.0.max(first)),
        };
        let (from, to) = (from - first, to - first);
        let count = (to - from).min(limit as u64);
        let start = match page {
            HistoryPage::Oldest | HistoryPage::After(_) => from,
            HistoryPage::Newest | HistoryPage::Before(_) => to - count,
        };
        let records = history.skip(start as usize);
        Self {
            position,
            records: records.take(count as usize).collect(),
            more: count < to - from,
            gap,
        }
    }
}
