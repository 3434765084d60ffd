//! The publications of a topic that are kept for those who missed them.

use std::{collections::VecDeque, sync::Arc};

use wirehub_model::{Gap, HistoryPage, HistoryRules, Moment, Offset, Publication};

use super::weight;

/// The newest publications of a topic, with offsets that follow each other.
#[derive(Debug, Default)]
pub(crate) struct Log {
    publications: VecDeque<Arc<Publication>>,
    /// Bytes of their payloads, which is what the rules count.
    payload_bytes: usize,
    /// Bytes they take in memory.
    weight: usize,
}

impl Log {
    pub(crate) fn is_empty(&self) -> bool {
        self.publications.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.publications.len()
    }

    /// Bytes the log takes in memory.
    pub(crate) const fn weight(&self) -> usize {
        self.weight
    }

    /// The offset of the oldest publication.
    pub(crate) fn first(&self) -> Option<Offset> {
        Some(self.publications.front()?.position.offset)
    }

    /// The offsets of all publications, in order.
    pub(crate) fn offsets(&self) -> impl Iterator<Item = Offset> {
        let publications = self.publications.iter();
        publications.map(|publication| publication.position.offset)
    }

    /// Takes in the newest publication and lets those go that the rules keep no longer.
    pub(crate) fn push(&mut self, now: Moment, publication: Arc<Publication>, rules: HistoryRules) {
        let follows = self.publications.back().is_none_or(|last| {
            let (last, new) = (last.position, publication.position);
            last.epoch == new.epoch && last.offset.next() == new.offset
        });
        if !follows {
            // History was off in between, or the topic began again.
            self.clear();
        }
        self.payload_bytes += payload(&publication);
        self.weight += weight(&publication);
        self.publications.push_back(publication);
        self.trim(now, rules);
    }

    /// Lets those go that the rules keep no longer.
    pub(crate) fn trim(&mut self, now: Moment, rules: HistoryRules) {
        while let Some(oldest) = self.publications.front()
            && (self.publications.len() > rules.size
                || self.payload_bytes > rules.bytes
                || oldest.accepted_at + rules.ttl <= now)
        {
            self.forget_oldest();
        }
        if self.publications.is_empty() {
            self.publications = VecDeque::new();
        }
    }

    /// Lets the oldest one go.
    pub(crate) fn forget_oldest(&mut self) {
        if let Some(oldest) = self.publications.pop_front() {
            self.payload_bytes -= payload(&oldest);
            self.weight -= weight(&oldest);
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// When the oldest one is too old.
    pub(crate) fn due(&self, rules: HistoryRules) -> Option<Moment> {
        let oldest = self.publications.front()?;
        Some(oldest.accepted_at + rules.ttl)
    }

    /// Everything after `offset`, which is not ahead of the topic's last one, `end`.
    pub(crate) fn after(
        &self,
        offset: Offset,
        end: Offset,
    ) -> Result<impl ExactSizeIterator<Item = &Arc<Publication>>, Gap> {
        let missed = usize::try_from(end.0 - offset.0).unwrap_or(usize::MAX);
        let skipped = self.publications.len().checked_sub(missed);
        let skipped = skipped.ok_or(Gap::Expired)?;
        Ok(self.publications.range(skipped..))
    }

    /// A page of at most `limit`, and whether there is more in its direction.
    pub(crate) fn page(&self, page: HistoryPage, limit: usize) -> (Vec<Arc<Publication>>, bool) {
        let place = |offset: Offset| {
            let first = self.first().unwrap_or_default();
            let place = offset.0.saturating_sub(first.0);
            usize::try_from(place).map_or(self.len(), |place| place.min(self.len()))
        };
        let range = match page {
            HistoryPage::Newest => self.len().saturating_sub(limit)..self.len(),
            HistoryPage::Oldest => 0..self.len().min(limit),
            HistoryPage::Before(position) => {
                let end = place(position.offset);
                end.saturating_sub(limit)..end
            }
            HistoryPage::After(position) => {
                let start = place(position.offset.next());
                start..self.len().min(start.saturating_add(limit))
            }
        };
        let more = match page {
            HistoryPage::Newest | HistoryPage::Before(_) => range.start > 0,
            HistoryPage::Oldest | HistoryPage::After(_) => range.end < self.len(),
        };
        (self.publications.range(range).cloned().collect(), more)
    }
}

fn payload(publication: &Publication) -> usize {
    publication.message.payload.bytes().len()
}
