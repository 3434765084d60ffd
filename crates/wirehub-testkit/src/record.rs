//! What was published, and where it landed, as told by everybody.

use std::{collections::BTreeMap, time::Duration};

use wirehub_model::{Epoch, Moment, Position};

use crate::promise::{Promise, Verdict, broken};

/// All publications of a scenario, by the numbers that their payloads carry.
#[derive(Debug, Default)]
pub(crate) struct Record {
    said: Vec<Said>,
    topics: Vec<Life>,
    /// A broker keeps what is acknowledged: a topic has one life.
    durable: bool,
}

/// A publication as its publisher made it.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) topic: usize,
    /// The client that said it; `None` for the application.
    pub(crate) by: Option<usize>,
    pub(crate) echo: bool,
    pub(crate) ttl: Option<Duration>,
    /// What it is about, by the number of its key.
    pub(crate) key: Option<usize>,
    pub(crate) at: Moment,
    /// Where it is, one place in each epoch that it was published in.
    pub(crate) places: Vec<Position>,
}

/// What is known of a topic: the number of the publication at each offset, epoch by epoch.
#[derive(Debug, Default)]
struct Life {
    epochs: Vec<(Epoch, BTreeMap<u64, u32>)>,
}

impl Record {
    pub(crate) fn new(topics: usize, durable: bool) -> Self {
        Self {
            said: Vec::new(),
            topics: (0..topics).map(|_| Life::default()).collect(),
            durable,
        }
    }

    /// Enters what is going to be said; returns its number.
    pub(crate) fn enter(&mut self, said: Said) -> u32 {
        self.said.push(said);
        self.said.len() as u32 - 1
    }

    /// What was said under a number.
    pub(crate) fn said(&self, number: u32) -> Option<&Said> {
        self.said.get(number as usize)
    }

    /// All that was said.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u32, &Said)> {
        (0..).zip(&self.said)
    }

    /// What is known to be at a place.
    pub(crate) fn at(&self, topic: usize, position: Position) -> Option<u32> {
        let life = self.topics.get(topic)?;
        let mut epochs = life.epochs.iter();
        let (_, offsets) = epochs.find(|(epoch, _)| *epoch == position.epoch)?;
        offsets.get(&position.offset.0).copied()
    }

    /// Somebody was told that a publication is at a place.
    pub(crate) fn place(&mut self, number: u32, topic: usize, position: Position) -> Verdict {
        let (Some(said), Some(life)) = (
            self.said.get_mut(number as usize),
            self.topics.get_mut(topic),
        ) else {
            return broken(Promise::OnePlace, format!("nobody said p{number}"));
        };
        if said.topic != topic {
            return broken(Promise::OnePlace, format!("p{number} is in another topic"));
        }
        let known = said
            .places
            .iter()
            .find(|place| place.epoch == position.epoch);
        match known {
            Some(known) if *known == position => return Ok(()),
            Some(known) => {
                let (one, other) = (known.offset, position.offset);
                let found = format!("p{number} is at {one} and at {other}");
                return broken(Promise::OnePlace, found);
            }
            None => said.places.push(position),
        }
        let others = life
            .epochs
            .iter()
            .any(|(epoch, _)| *epoch != position.epoch);
        if self.durable && others {
            return broken(Promise::Durable, "a topic began again");
        }
        let epoch = life
            .epochs
            .iter_mut()
            .find(|(epoch, _)| *epoch == position.epoch);
        let offsets = match epoch {
            Some((_, offsets)) => offsets,
            None => &mut life.epochs.push_mut((position.epoch, BTreeMap::new())).1,
        };
        match offsets.insert(position.offset.0, number) {
            Some(other) => {
                let offset = position.offset;
                let found = format!("p{number} and p{other} are both at {offset}");
                broken(Promise::OnePlace, found)
            }
            None => Ok(()),
        }
    }
}
