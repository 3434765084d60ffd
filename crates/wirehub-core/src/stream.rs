//! What a topic remembers of its publications.

use std::sync::Arc;

use wirehub_model::{Gap, Moment, Namespace, Offset, Position, Publication};

pub(crate) use self::receipts::Receipt;
use self::{log::Log, receipts::Receipts, values::Values};
use crate::broker::Opened;

mod log;
mod receipts;
mod values;

/// The memory of one topic, kept by its home: what was published, what was said last, and which
/// publications were published before.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    pub(crate) log: Log,
    pub(crate) values: Values,
    pub(crate) receipts: Receipts,
}

impl Stream {
    /// Whether nothing is remembered.
    pub(crate) fn is_empty(&self) -> bool {
        self.log.is_empty() && self.values.is_empty() && self.receipts.is_empty()
    }

    /// Bytes it takes in memory; what is in several parts is counted in each.
    pub(crate) const fn weight(&self) -> usize {
        self.log.weight() + self.values.weight()
    }

    /// Takes in the newest publication, as far as the rules keep it.
    pub(crate) fn push(&mut self, now: Moment, publication: &Arc<Publication>, rules: &Namespace) {
        if rules.history.is_on() {
            self.log.push(now, Arc::clone(publication), rules.history);
        } else {
            self.log.clear();
        }
        self.values.push(publication, rules);
    }

    /// Takes in what a broker kept, up to where the topic stands; returns the offsets that went
    /// into the log.
    pub(crate) fn load(&mut self, now: Moment, opened: Opened, rules: &Namespace) -> Vec<Offset> {
        if rules.history.is_on() {
            for publication in opened.history {
                self.log.push(now, publication, rules.history);
            }
        }
        for value in &opened.values {
            self.values.load(value, opened.position, rules);
        }
        self.log.offsets().collect()
    }

    /// Forgets what was published, up to an offset.
    pub(crate) fn forget(&mut self, upto: Offset) {
        while self.log.first().is_some_and(|first| first <= upto) {
            self.log.forget_oldest();
        }
        self.values.forget_upto(upto);
    }

    /// Forgets what is too old, or what the rules keep no longer.
    pub(crate) fn trim(&mut self, now: Moment, rules: &Namespace) {
        self.log.trim(now, rules.history);
        self.values.trim(now, rules);
        self.receipts.trim(now);
    }

    /// No later than this there is something to be forgotten.
    pub(crate) fn due(&self, rules: &Namespace) -> Option<Moment> {
        let parts = [
            self.log.due(rules.history),
            self.values.due(),
            self.receipts.due(),
        ];
        parts.into_iter().flatten().min()
    }

    /// What was published after `since`, given that the topic stands at `end`: at most `most`
    /// publications with `bytes` of payload together.
    pub(crate) fn missed(
        &self,
        since: Position,
        end: Position,
        most: usize,
        bytes: usize,
    ) -> Result<Vec<Arc<Publication>>, Gap> {
        compare(since, end)?;
        let missed = self.log.after(since.offset, end.offset)?;
        let size = missed.len();
        let missed: Vec<_> = missed.take(most).cloned().collect();
        let sizes = missed
            .iter()
            .map(|publication| publication.message.payload.bytes().len());
        if missed.len() < size || sizes.sum::<usize>() > bytes {
            return Err(Gap::TooMuch);
        }
        Ok(missed)
    }
}

/// Whether `since` is a place that a topic at `end` has been at.
pub(crate) fn compare(since: Position, end: Position) -> Result<(), Gap> {
    if since.epoch != end.epoch {
        Err(Gap::UnknownEpoch)
    } else if since.offset > end.offset {
        Err(Gap::Future)
    } else {
        Ok(())
    }
}

/// Bytes that a publication takes in memory, near enough.
fn weight(publication: &Publication) -> usize {
    size_of::<Publication>() + publication.message.payload.bytes().len()
}

#[cfg(test)]
mod tests;
