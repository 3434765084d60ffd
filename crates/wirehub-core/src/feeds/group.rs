//! Subscribers of a feed who are told no more often than they want.

use std::{collections::BTreeMap, time::Duration};

use wirehub_model::{Moment, Pace};

use crate::{
    gathering::{Gathered, Gathering, Subject},
    place::vacate,
};

/// The spans between two deliveries that there are, in milliseconds: subscribers share groups, and
/// with them frames.
const STEPS: [u64; 12] = [
    100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000,
];

/// Subscribers with the same pace, and what is held back for them.
///
/// The first publication after a silence goes at once and begins a span. What comes within the span
/// is held back, the newest about each thing, and goes at its end, which begins the next span. A
/// span without publications ends in silence.
#[derive(Debug)]
pub(crate) struct Group {
    pace: Pace,
    /// Slots of the subscribers; each knows its own place in the list.
    pub(super) members: Vec<u32>,
    /// The end of the span; `None` while there is silence.
    until: Option<Moment>,
    held: Gathering,
    /// Members who came while something was held back that they were told to know, each with the
    /// number of the first arrival that is for it.
    late: BTreeMap<u32, u64>,
}

/// What held publications come to when one more arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Publications that newer ones stand for.
    pub(crate) conflated: u64,
    /// Publications that were let go of because too many are held back.
    pub(crate) dropped: u64,
}

/// What a group is to be sent.
#[derive(Debug, Default)]
pub(crate) struct Release {
    /// In the order of their arrival, each with its number.
    pub(crate) entries: Vec<(u64, Gathered)>,
    /// Publications that expired while they were held back.
    pub(crate) expired: u64,
    /// Members who are to get later ones only, with the number of the first of them.
    pub(crate) late: Vec<(u64, u32)>,
}

/// The pace that a wish comes to: the next step that is not shorter, or the longest.
pub(crate) fn rounded(pace: Pace) -> Pace {
    let steps = STEPS.map(Duration::from_millis);
    let [.., longest] = steps;
    let step = steps.into_iter().find(|step| *step >= pace.every);
    Pace {
        every: step.unwrap_or(longest),
        ..pace
    }
}

impl Group {
    pub(super) fn new(pace: Pace) -> Self {
        Self {
            pace,
            members: Vec::new(),
            until: None,
            held: Gathering::default(),
            late: BTreeMap::new(),
        }
    }

    pub(super) const fn pace(&self) -> Pace {
        self.pace
    }

    /// The end of the span.
    pub(super) const fn until(&self) -> Option<Moment> {
        self.until
    }

    /// Adds a member. What is held back was published before it came.
    pub(super) fn join(&mut self, slot: u32) {
        self.members.push(slot);
        if !self.held.is_empty() {
            self.late.insert(slot, self.held.next());
        }
    }

    /// Removes the member at a place; returns who is there now.
    pub(super) fn leave(&mut self, place: usize) -> Option<u32> {
        if let Some(left) = vacate(&mut self.members, place) {
            self.late.remove(&left);
        }
        self.members.get(place).copied()
    }

    /// Holds a publication back, within `bytes_max` bytes of all payloads: what is held back goes
    /// out as one frame, which must fit into an outbox.
    pub(super) fn hold(&mut self, gathered: Gathered, bytes_max: usize) -> Held {
        let publication = &gathered.publication;
        let subject = match self.pace.level {
            None => Subject::key(publication),
            Some(count) => Subject::levels(publication, count),
        };
        let mut held = Held {
            conflated: u64::from(self.held.add(Some(subject), gathered)),
            dropped: 0,
        };
        while self.held.len() > 1
            && (self.held.len() > Gathering::MOST || self.held.bytes() > bytes_max)
            && self.held.pop_oldest().is_some()
        {
            held.dropped += 1;
        }
        held
    }

    /// Whether what is held back may go: the span is over, or there was silence.
    pub(super) fn is_due(&self, now: Moment) -> bool {
        self.until.is_none_or(|until| until <= now)
    }

    /// Hands out what is held back and begins the next span, or the silence.
    pub(super) fn release(&mut self, now: Moment) -> Release {
        let held = self.held.take();
        let count = held.len();
        let fresh = held.into_iter();
        let entries: Vec<_> = fresh.filter(|(_, held)| !held.is_expired(now)).collect();
        self.until = (!entries.is_empty()).then(|| now + self.pace.every);
        let late = std::mem::take(&mut self.late)
            .into_iter()
            .map(|(slot, first)| (first, slot));
        let mut late: Vec<_> = late.collect();
        late.sort_unstable();
        Release {
            expired: (count - entries.len()) as u64,
            entries,
            late,
        }
    }
}

#[cfg(test)]
mod tests;
