//! One phase of a scenario.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Backoff;
use crate::outcome::PhaseKind;

/// One phase of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// What happens.
    pub act: Act,
    /// How long it takes. The next phase begins then, whatever is still going on.
    pub lasts: Duration,
    /// Publications a second meanwhile, all publishers and processes together.
    pub rate: f64,
}

/// What happens in a phase.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Connections come, one after the other over the whole phase, until there are so many.
    Ramp {
        /// So many.
        to: u32,
    },
    /// Those who are there stay.
    Hold,
    /// Some of those who are open go, or fall silent.
    Disconnect {
        /// In which manner.
        how: Manner,
        /// Which part of them, above 0 and up to 1.
        share: f64,
        /// Over which time; all at once when it is zero.
        over: Duration,
    },
    /// Those who went come back.
    Reconnect {
        /// How they wait, instead of as the scenario says.
        backoff: Option<Backoff>,
    },
}

/// In which manner a connection goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// With a close frame, as a page that is left.
    Goodbye,
    /// Without one, as a process that was killed.
    Fin,
    /// With a reset, as a router that forgot.
    Rst,
    /// Nothing is read or written until the phase is over, as a laptop that sleeps.
    Stall,
    /// Read slowly until the phase is over.
    SlowReader {
        /// Bytes a second.
        speed: u32,
    },
    /// The socket is left behind for good: the server only sees that nothing comes.
    HalfOpen,
}

impl Phase {
    /// What it is called in reports.
    #[must_use]
    pub const fn kind(&self) -> PhaseKind {
        match self.act {
            Act::Ramp { .. } => PhaseKind::Ramp,
            Act::Hold if self.rate > 0.0 => PhaseKind::Publish,
            Act::Hold => PhaseKind::Hold,
            Act::Disconnect { .. } => PhaseKind::Disconnect,
            Act::Reconnect { .. } => PhaseKind::Reconnect,
        }
    }

    /// What it does, in words.
    #[must_use]
    pub fn label(&self) -> String {
        let mut label = match self.act {
            Act::Ramp { to } => format!("ramp to {to} connections"),
            Act::Hold => "hold".to_owned(),
            Act::Disconnect { how, share, .. } => {
                format!("disconnect {:.0} % by {}", share * 100.0, how.word())
            }
            Act::Reconnect { backoff } => match backoff {
                Some(Backoff::Fixed { .. }) => "reconnect without jitter".to_owned(),
                Some(Backoff::Jittered { .. }) | None => "reconnect".to_owned(),
            },
        };
        if self.rate > 0.0 {
            label.push_str(&format!(", publish {}/s", self.rate));
        }
        label
    }
}

impl Manner {
    /// Its name in scenario files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Goodbye => "goodbye",
            Self::Fin => "fin",
            Self::Rst => "rst",
            Self::Stall => "stall",
            Self::SlowReader { .. } => "slow_reader",
            Self::HalfOpen => "half_open",
        }
    }
}
