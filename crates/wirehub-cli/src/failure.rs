//! Why a command did not do what it was asked to.

use std::fmt;

use crate::{exit_code::ExitCode, fault::Faults};

/// An end with a message for whoever typed the command.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: ExitCode,
    pub(crate) message: String,
}

impl Failure {
    /// Something outside failed.
    pub(crate) fn outside(message: impl fmt::Display) -> Self {
        Self::new(ExitCode::Failed, message)
    }

    /// The command line or the settings are wrong.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self::new(ExitCode::Usage, message)
    }

    /// Somebody said no.
    pub(crate) fn refused(message: impl fmt::Display) -> Self {
        Self::new(ExitCode::Refused, message)
    }

    fn new(code: ExitCode, message: impl fmt::Display) -> Self {
        Self {
            code,
            message: message.to_string(),
        }
    }
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        Self::usage(faults)
    }
}
