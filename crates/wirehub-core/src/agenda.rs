//! Which topics have to be looked at, and when.

use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

use wirehub_model::{Moment, Topic};

/// How late a topic may be looked at, so that those that are due together are looked at together.
const GRAIN: Duration = Duration::from_secs(1);

/// Deadlines of topics, the nearest first. A topic is entered again only for an earlier deadline
/// than the one it has; whoever takes it out tells a stale entry by its moment.
#[derive(Debug, Default)]
pub(crate) struct Agenda(BinaryHeap<Reverse<(Moment, Topic)>>);

impl Agenda {
    /// Enters a topic that is to be looked at soon after `due`, unless an entry at `entered`
    /// serves. Returns the moment of the entry that counts.
    pub(crate) fn enter(&mut self, due: Moment, topic: &Topic, entered: Option<Moment>) -> Moment {
        let grain = GRAIN.as_micros() as u64;
        let at = Moment::from_micros(due.as_micros().saturating_add(grain) / grain * grain);
        match entered {
            Some(entered) if entered <= at => entered,
            _ => {
                self.0.push(Reverse((at, topic.clone())));
                at
            }
        }
    }

    /// When the next topic has to be looked at.
    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        self.0.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes out the next entry that is due.
    pub(crate) fn next(&mut self, now: Moment) -> Option<(Moment, Topic)> {
        self.poll_timeout().filter(|at| *at <= now)?;
        self.0.pop().map(|Reverse(entry)| entry)
    }
}
