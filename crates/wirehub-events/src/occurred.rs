//! An occurrence with its name, its place and its time.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use wirehub_core::{Occurrence, OccurrenceKind};
use wirehub_model::{ConnectionId, Topic, UserId};

use crate::{Subject, cloud_event, subject};

/// What an occurrence weighs beside what was published.
const WEIGHT: usize = 256;

/// Where occurrences come from: a hub, from its start to its end.
#[derive(Debug)]
pub struct Source {
    path: Arc<str>,
    /// Tells this run of the hub from every other.
    run: u64,
    next: AtomicU64,
}

impl Source {
    /// A hub by its name, in a run of its own.
    #[must_use]
    pub fn of_this_run(node: &str) -> Self {
        Self::new(node, RandomState::new().hash_one(()))
    }

    /// A hub by its name, and a number that no earlier run of it had.
    #[must_use]
    pub fn new(node: &str, run: u64) -> Self {
        Self {
            path: format!("/wirehub/{node}").into(),
            run,
            next: AtomicU64::new(1),
        }
    }
}

/// Something that happened in a hub.
#[derive(Clone, Debug)]
pub struct Occurred {
    id: String,
    source: Arc<str>,
    at: SystemTime,
    occurrence: Occurrence,
}

impl Occurred {
    /// Gives an occurrence the next name of its source.
    #[must_use]
    pub fn new(source: &Source, at: SystemTime, occurrence: Occurrence) -> Self {
        let number = source.next.fetch_add(1, Ordering::Relaxed);
        Self {
            id: format!("{:016x}-{number}", source.run),
            source: Arc::clone(&source.path),
            at,
            occurrence,
        }
    }

    /// The name that nothing else of the source has, so that receivers know what they got twice.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The hub: `/wirehub/` and its node's name.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// When it happened.
    #[must_use]
    pub const fn at(&self) -> SystemTime {
        self.at
    }

    /// What happened.
    #[must_use]
    pub const fn occurrence(&self) -> &Occurrence {
        &self.occurrence
    }

    /// Of which kind it is.
    #[must_use]
    pub fn kind(&self) -> OccurrenceKind {
        self.occurrence.kind()
    }

    /// The topic it is about, if it is about one.
    #[must_use]
    pub fn topic(&self) -> Option<Topic> {
        match (self.subject(), &self.occurrence) {
            (Subject::Topic(topic), _) => Some(topic.clone()),
            (
                _,
                Occurrence::Subscribed { filter, .. } | Occurrence::Unsubscribed { filter, .. },
            ) => filter.as_topic(),
            _ => None,
        }
    }

    /// What it is about, in a word.
    #[must_use]
    pub fn subject(&self) -> Subject<'_> {
        Subject::of(&self.occurrence)
    }

    /// Who did it, or whom it happened to: a connection, and its user unless it is anonymous.
    #[must_use]
    pub fn who(&self) -> Option<(ConnectionId, Option<&UserId>)> {
        subject::who(&self.occurrence)
    }

    /// The topic or the filter it is about, as it is written.
    pub(crate) fn named_topic(&self) -> Option<&str> {
        match (self.subject(), &self.occurrence) {
            (Subject::Topic(topic), _) => Some(topic.as_str()),
            (
                _,
                Occurrence::Subscribed { filter, .. } | Occurrence::Unsubscribed { filter, .. },
            ) => Some(filter.as_str()),
            _ => None,
        }
    }

    /// Whether it is about a connection, or about the one that goes on with its session.
    #[must_use]
    pub fn concerns(&self, wanted: ConnectionId) -> bool {
        let was = match &self.occurrence {
            Occurrence::Resumed { was, .. } => Some(*was),
            _ => None,
        };
        let who = self.who().map(|(connection, _)| connection);
        [who, was].contains(&Some(wanted))
    }

    /// The JSON form of CloudEvents 1.0.
    #[must_use]
    pub fn to_json(&self) -> String {
        cloud_event::to_json(self)
    }

    /// Writes that behind what is there.
    pub(crate) fn write_json(&self, out: &mut Vec<u8>) {
        cloud_event::write_json(self, out);
    }

    /// About how many bytes it holds.
    pub(crate) fn weight(&self) -> usize {
        let payload = match &self.occurrence {
            Occurrence::Published { message, .. } | Occurrence::Announced { message, .. } => {
                message.payload.bytes().len()
            }
            Occurrence::Presence(change) => {
                let state = change.member.state.as_ref();
                state.map_or(0, |state| state.bytes().len())
                    + change.member.info.as_ref().map_or(0, |info| info.len())
            }
            _ => 0,
        };
        WEIGHT + payload
    }
}
