//! What was published before.

use std::sync::Arc;

use crate::{Position, Publication, Topic};

/// What past publications of a topic are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryQuery {
    /// The topic.
    pub topic: Topic,
    /// How many at most.
    pub limit: u32,
    /// Which ones.
    pub page: HistoryPage,
}

/// Where in a topic's history a page lies. Its publications always come in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryPage {
    /// The newest ones.
    Newest,
    /// The oldest ones that are kept.
    Oldest,
    /// The first ones after a position.
    After(Position),
    /// The last ones before the publication at a position.
    Before(Position),
}

/// A page of a topic's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Where the topic stands.
    pub position: Position,
    /// Publications without a gap, the oldest first.
    pub publications: Vec<Arc<Publication>>,
    /// There are more in the direction of the question.
    pub more: bool,
}

/// What a subscriber with a position missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recovery {
    /// Nothing: what it did not have follows.
    Complete,
    /// Something, perhaps; it should fetch its state anew.
    Incomplete(Gap),
}

impl Recovery {
    /// Every outcome, in the order metrics list them.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Complete]
            .into_iter()
            .chain(Gap::ALL.into_iter().map(Self::Incomplete))
    }

    /// The number of outcomes.
    pub const COUNT: usize = Gap::ALL.len() + 1;

    /// The place of the outcome in [`Recovery::all`], for tables of counters.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Complete => 0,
            Self::Incomplete(gap) => 1 + gap as usize,
        }
    }

    /// The word for it in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Incomplete(gap) => gap.name(),
        }
    }
}

/// Why a subscriber cannot be given what it missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gap {
    /// The topic began again since, or the position is another topic's.
    UnknownEpoch,
    /// The position is ahead of the topic.
    Future,
    /// What followed the position is not kept any more, or never was.
    Expired,
    /// It missed more than is sent at once.
    TooMuch,
    /// The client did not say where it was.
    NoPosition,
}

impl Gap {
    /// Every reason.
    pub const ALL: [Self; 5] = [
        Self::UnknownEpoch,
        Self::Future,
        Self::Expired,
        Self::TooMuch,
        Self::NoPosition,
    ];

    /// The word for it on the wire and in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnknownEpoch => "unknown_epoch",
            Self::Future => "future",
            Self::Expired => "expired",
            Self::TooMuch => "too_much",
            Self::NoPosition => "no_position",
        }
    }

    /// What it means, in a sentence for the documents.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::UnknownEpoch => "The topic began again since then, or never had this epoch.",
            Self::Future => "The position is ahead of the topic.",
            Self::Expired => "What followed the position is not kept any more, or never was.",
            Self::TooMuch => "More was missed than the server sends at once.",
            Self::NoPosition => "The client did not say what it has of the topic.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_has_its_own_place() {
        let places: Vec<_> = Recovery::all().map(Recovery::index).collect();
        assert_eq!(places, (0..Recovery::COUNT).collect::<Vec<_>>());
    }
}
