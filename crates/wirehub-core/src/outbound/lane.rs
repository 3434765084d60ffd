//! What delivery needs of one connection.

use crate::{Flavour, outbox::Outbox};

/// What a delivery touches of a connection.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) outbox: Outbox,
    /// The latest fan-out that was delivered here: nobody gets a publication twice. Zero for none.
    pub(super) stamp: u32,
    pub(super) flavour: Flavour,
    pub(super) hears: Hears,
    /// It is in the list of those with something to send.
    pub(super) dirty: bool,
    /// The socket takes no bytes until it says so.
    pub(super) blocked: bool,
    /// Nothing is sent before the welcome, which is not ready: the lane counts as blocked, whatever
    /// its socket says.
    pub(super) held: bool,
    /// A frame found no room in this turn.
    pub(super) overflowed: bool,
}

impl Lane {
    /// Whether the connection has everything it was to be sent. A blocked socket may still hold
    /// bytes that it took, such as those of a TLS record.
    pub(super) fn is_flushed(&self) -> bool {
        self.outbox.is_empty() && !self.blocked
    }

    /// Holds nothing back any longer. A socket that takes nothing says so again.
    pub(super) const fn release(&mut self) {
        if self.held {
            (self.held, self.blocked) = (false, false);
        }
    }
}

/// What reaches a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Hears {
    /// Nothing: there is none, or it was told goodbye.
    #[default]
    Nothing,
    /// What it is told itself.
    Answers,
    /// Publications and direct messages as well.
    Everything,
}
