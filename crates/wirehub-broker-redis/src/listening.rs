//! How far a topic was heard.

use wirehub_model::{Position, Topic};

/// A topic that is open.
pub(crate) struct Listening {
    pub(crate) topic: Topic,
    /// What was heard last; whatever comes after nothing is new.
    pub(crate) last: Option<Position>,
    /// It was lost: something may have been missed.
    pub(crate) is_behind: bool,
}

/// Where a publication stands beside those that were heard.
pub(crate) enum Place {
    Known,
    Next,
    /// Something is missing before it.
    Missing,
}

impl Listening {
    pub(crate) const fn new(topic: Topic) -> Self {
        Self {
            topic,
            last: None,
            is_behind: false,
        }
    }

    pub(crate) fn place(&self, position: Position) -> Place {
        match self.last {
            Some(last) if last.epoch == position.epoch && position.offset <= last.offset => {
                Place::Known
            }
            Some(last) if last.epoch == position.epoch && position.offset > last.offset.next() => {
                Place::Missing
            }
            _ => Place::Next,
        }
    }
}
