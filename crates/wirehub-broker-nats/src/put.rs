//! Storing a message.

use std::time::Duration;

use bytes::Bytes;

use crate::{failure::Failure, requests::Letter};

/// A message that is to be stored.
#[derive(Clone, Debug)]
pub(crate) struct Put {
    pub(crate) subject: String,
    pub(crate) payload: Bytes,
    /// It is stored when the last message of a subject has this number: of its own, or of another.
    pub(crate) expects: Option<(u64, Option<String>)>,
    /// How long it is kept; `None` for as long as the stream keeps it.
    pub(crate) life: Option<Duration>,
    /// It is to be the only message of its subject.
    pub(crate) is_only: bool,
}

/// Why a message was not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PutError {
    /// Something else was stored before it.
    Conflict,
    /// It is too large for the stream.
    TooLarge,
    /// Something else.
    Failed(Failure),
}

impl Put {
    /// As it is sent.
    pub(crate) fn letter(&self) -> Letter {
        let mut headers = Vec::new();
        if let Some((number, subject)) = &self.expects {
            headers.push(("Nats-Expected-Last-Subject-Sequence", number.to_string()));
            if let Some(subject) = subject {
                headers.push((
                    "Nats-Expected-Last-Subject-Sequence-Subject",
                    subject.clone(),
                ));
            }
        }
        if let Some(life) = self.life {
            // In whole seconds, of which one is the least.
            headers.push(("Nats-TTL", format!("{}s", life.as_secs().saturating_add(1))));
        }
        if self.is_only {
            headers.push(("Nats-Rollup", "sub".to_owned()));
        }
        Letter {
            subject: self.subject.clone(),
            headers,
            payload: self.payload.clone(),
        }
    }
}
