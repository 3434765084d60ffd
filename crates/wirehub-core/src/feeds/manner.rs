//! How a subscriber is told what is published.

use std::sync::Arc;

use wirehub_model::{Pace, TagsFilter};

/// How a subscriber is told.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    /// Everything, at once and whole.
    Plain,
    /// No more often than it wants.
    Paced(Pace),
    /// What changed instead of the whole.
    Deltas,
    /// Only what it chooses by tags.
    Chosen(Arc<TagsFilter>),
}

impl Manner {
    /// The pace, if it has one.
    pub(crate) const fn pace(&self) -> Option<Pace> {
        match self {
            Self::Paced(pace) => Some(*pace),
            Self::Plain | Self::Deltas | Self::Chosen(_) => None,
        }
    }

    /// What it wants, if it chooses.
    pub(crate) const fn wanted(&self) -> Option<&Arc<TagsFilter>> {
        match self {
            Self::Chosen(wanted) => Some(wanted),
            Self::Plain | Self::Paced(_) | Self::Deltas => None,
        }
    }

    /// Whether it may not be told the same publication in another manner too: some are kept from
    /// it.
    pub(crate) const fn is_apart(&self) -> bool {
        matches!(self, Self::Paced(_) | Self::Chosen(_))
    }
}
