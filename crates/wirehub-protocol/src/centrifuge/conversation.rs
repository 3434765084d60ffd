//! What was said on one connection.

use wirehub_model::{CloseReason, Event};

use super::codes::{self, NOT_AVAILABLE, STALE};
use crate::{Dialect, Frame, Goodbye, Heard};

/// A connection of one of Centrifugo's clients.
#[derive(Debug)]
pub(crate) struct Conversation {
    dialect: Dialect,
}

impl Conversation {
    pub(crate) const fn begin(dialect: Dialect) -> Self {
        Self { dialect }
    }

    pub(crate) fn hear(&mut self, _frame: Frame<'_>, heard: &mut Vec<Heard>) {
        heard.push(Heard::Violation(CloseReason::BadMessages));
    }

    pub(crate) fn take_released(&mut self, _heard: &mut Vec<Heard>) {}

    pub(crate) const fn has_released(&self) -> bool {
        false
    }

    pub(crate) fn tell(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> bool {
        super::encode(self.dialect, event, out)
    }

    pub(crate) const fn goodbye(&self, reason: CloseReason) -> Goodbye {
        let _ = (STALE, NOT_AVAILABLE);
        codes::goodbye(reason)
    }
}
