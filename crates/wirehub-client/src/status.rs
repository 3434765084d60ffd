//! What a client is doing, and why.

use std::{fmt, time::Duration};

use crate::{Cause, State};

/// What a client is doing, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// What it is doing.
    pub state: State,
    /// Why.
    pub cause: Cause,
    /// A sentence for people, where there is more to say.
    pub detail: Option<String>,
    /// How many attempts to connect there were since it was live.
    pub attempt: u32,
    /// When the next attempt is, seen from the moment of this status; `None` when none is planned.
    pub retry_in: Option<Duration>,
}

impl Default for Status {
    fn default() -> Self {
        Self {
            state: State::Idle,
            cause: Cause::Application,
            detail: None,
            attempt: 0,
            retry_in: None,
        }
    }
}

impl Status {
    /// Whether messages come and go: [`State::Live`] or [`State::Standby`].
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.state, State::Live | State::Standby)
    }

    /// Whether the client does nothing more by itself: [`State::AuthFailed`] or
    /// [`State::Stopped`].
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self.state, State::AuthFailed | State::Stopped)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.detail {
            Some(detail) => write!(f, "{:?} ({:?}): {detail}", self.state, self.cause),
            None => write!(f, "{:?} ({:?})", self.state, self.cause),
        }
    }
}
