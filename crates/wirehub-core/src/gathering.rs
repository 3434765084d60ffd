//! Publications that wait to go out together.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use wirehub_model::{ConnectionId, Key, Moment, Publication, Topic};

/// A publication that goes out with others, for itself and for those it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered {
    pub(crate) publication: Arc<Publication>,
    /// Its publisher, if that does not want to receive it.
    pub(crate) exclude: Option<ConnectionId>,
    /// How many publications it stands for, itself included.
    pub(crate) count: u32,
}

impl Gathered {
    /// A publication that stands for itself.
    pub(crate) const fn one(publication: Arc<Publication>, exclude: Option<ConnectionId>) -> Self {
        Self {
            publication,
            exclude,
            count: 1,
        }
    }

    /// Whether it is worth nothing any more.
    pub(crate) fn is_expired(&self, now: Moment) -> bool {
        self.publication.expires_at.is_some_and(|end| end <= now)
    }
}

/// What a publication is about: a newer one about the same stands for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// One key of one topic, or what is published there without a key.
    Key(Topic, Option<Key>),
    /// Every topic that begins with these levels.
    Levels(Box<str>),
}

impl Subject {
    /// The key of a publication in its topic.
    pub(crate) fn key(publication: &Publication) -> Self {
        Self::Key(publication.topic.clone(), publication.key.clone())
    }

    /// The first `count` levels of a publication's topic.
    pub(crate) fn levels(publication: &Publication, count: u8) -> Self {
        let name = publication.topic.as_str();
        let mut ends = name.match_indices('/').map(|(place, _)| place);
        let end = match count.checked_sub(1) {
            Some(before) => ends.nth(usize::from(before)).unwrap_or(name.len()),
            None => 0,
        };
        Self::Levels(name.get(..end).unwrap_or(name).into())
    }
}

/// Publications in the order of their arrival; of those with a subject, the newest about each.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    /// By the number of their arrival.
    entries: BTreeMap<u64, Entry>,
    by_subject: HashMap<Subject, u64>,
    /// The number of the next arrival.
    next: u64,
    /// Bytes of all payloads.
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    gathered: Gathered,
    subject: Option<Subject>,
}

impl Gathering {
    /// The most publications that go out as one frame: what a dialect puts around each has to find
    /// room in an outbox too.
    pub(crate) const MOST: usize = 1_024;

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The bytes of all payloads.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The number that the next arrival gets.
    pub(crate) const fn next(&self) -> u64 {
        self.next
    }

    /// Takes a publication in. Without a subject it stands for itself; with one, it stands for the
    /// one before it too, if there is any. Returns whether there was.
    pub(crate) fn add(&mut self, subject: Option<Subject>, mut gathered: Gathered) -> bool {
        let number = self.next;
        self.next += 1;
        let older = subject
            .as_ref()
            .and_then(|subject| self.by_subject.insert(subject.clone(), number))
            .and_then(|older| self.entries.remove(&older));
        if let Some(older) = &older {
            self.bytes -= older.gathered.bytes();
            gathered.count = gathered.count.saturating_add(older.gathered.count);
        }
        self.bytes += gathered.bytes();
        self.entries.insert(number, Entry { gathered, subject });
        older.is_some()
    }

    /// Lets go of the oldest; returns it.
    pub(crate) fn pop_oldest(&mut self) -> Option<Gathered> {
        let (_, Entry { gathered, subject }) = self.entries.pop_first()?;
        if let Some(subject) = subject {
            self.by_subject.remove(&subject);
        }
        self.bytes -= gathered.bytes();
        Some(gathered)
    }

    /// Hands everything out, with the numbers of their arrivals.
    pub(crate) fn take(&mut self) -> Vec<(u64, Gathered)> {
        self.by_subject = HashMap::new();
        self.bytes = 0;
        let entries = std::mem::take(&mut self.entries);
        let numbered = entries.into_iter();
        numbered
            .map(|(number, entry)| (number, entry.gathered))
            .collect()
    }
}

impl Gathered {
    fn bytes(&self) -> usize {
        self.publication.message.payload.bytes().len()
    }
}

#[cfg(test)]
pub(crate) mod tests;
