//! Publications of topics homed here that wait for each other.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use wirehub_model::{Moment, Topic, Window};

use crate::gathering::{Gathered, Gathering, Subject};

/// The open windows of a shard. Each belongs to one topic, begins with a publication and ends when
/// it is full, when its time is over, or when somebody must know where the topic stands.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    open: HashMap<Topic, Open>,
    due: BTreeSet<(Moment, Topic)>,
    /// Bytes of all payloads that wait.
    bytes: usize,
}

#[derive(Debug)]
struct Open {
    until: Moment,
    gathering: Gathering,
}

/// How many bytes of payloads may wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WindowBounds {
    /// In one window, since what waits goes out as one frame, which must fit into an outbox.
    pub(crate) each: usize,
    /// In all windows of the shard.
    pub(crate) all: usize,
}

/// What became of a publication that was gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waits {
    /// It stands for one that waited.
    pub(crate) conflated: bool,
    /// The window is full and has to go.
    pub(crate) full: bool,
}

impl Windows {
    /// Has a publication wait.
    pub(crate) fn gather(
        &mut self,
        now: Moment,
        rules: Window,
        bounds: WindowBounds,
        gathered: Gathered,
    ) -> Waits {
        let topic = &gathered.publication.topic;
        let open = match self.open.get_mut(topic) {
            Some(open) => open,
            None => {
                let until = now + rules.time;
                self.due.insert((until, topic.clone()));
                self.open.entry(topic.clone()).or_insert(Open {
                    until,
                    gathering: Gathering::default(),
                })
            }
        };
        let subject = rules.latest.then(|| Subject::key(&gathered.publication));
        let before = open.gathering.bytes();
        let conflated = open.gathering.add(subject, gathered);
        let bytes = open.gathering.bytes();
        self.bytes = self.bytes - before + bytes;
        let full = open.gathering.len() >= rules.count.min(Gathering::MOST)
            || bytes >= bounds.each
            || self.bytes >= bounds.all;
        Waits { conflated, full }
    }

    /// Ends the window of a topic; returns what waited, in order, the newest last.
    pub(crate) fn take(&mut self, topic: &Topic) -> Option<Arc<[Gathered]>> {
        if self.open.is_empty() {
            return None;
        }
        let (topic, mut open) = self.open.remove_entry(topic)?;
        self.due.remove(&(open.until, topic));
        self.bytes -= open.gathering.bytes();
        let gathered = open.gathering.take().into_iter();
        Some(gathered.map(|(_, gathered)| gathered).collect())
    }

    /// When the next window is over.
    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        self.due.first().map(|(until, _)| *until)
    }

    /// A topic whose window is over.
    pub(crate) fn poll_due(&self, now: Moment) -> Option<Topic> {
        let (until, topic) = self.due.first()?;
        (*until <= now).then(|| topic.clone())
    }
}

#[cfg(test)]
mod tests;
