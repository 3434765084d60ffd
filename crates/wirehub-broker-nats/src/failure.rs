//! What errors of the server mean.

use wirehub_broker::{BrokerError, stored::DecodeError};
use wirehub_model::Topic;

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It was not asked.
    Away(String),
    /// It was asked, and whether anything was done is not known.
    Cut(String),
    /// Nobody hears it.
    Nobody,
    /// The server says why.
    Refused(String),
    /// Too much is asked at once; nothing was done.
    Busy,
    /// The broker has ended.
    Stopped,
}

impl From<Failure> for BrokerError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Away(reason) | Failure::Cut(reason) | Failure::Refused(reason) => {
                unavailable(&reason)
            }
            Failure::Nobody => unavailable("the NATS server has no JetStream for this account"),
            Failure::Busy => Self::Overloaded,
            Failure::Stopped => Self::Stopped,
        }
    }
}

/// Nothing can be done at the moment.
pub(crate) fn unavailable(reason: &str) -> BrokerError {
    BrokerError::Unavailable {
        reason: reason.to_owned(),
    }
}

/// What is kept of a topic is not ours.
pub(crate) fn damaged(topic: &Topic, what: &str, error: DecodeError) -> BrokerError {
    BrokerError::Damaged {
        topic: topic.clone(),
        reason: format!("{what}: {error}"),
    }
}
