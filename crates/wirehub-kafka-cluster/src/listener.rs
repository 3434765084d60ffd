//! What the library says beside its answers.

use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::{
    ClientContext, config::RDKafkaLogLevel, consumer::ConsumerContext, error::KafkaError,
};

/// The last thing that the library complained about. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Complaint(Arc<Mutex<Option<String>>>);

impl Complaint {
    fn hear(&self, text: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
    }

    /// Hands it out, once.
    #[must_use]
    pub fn take(&self) -> Option<String> {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        place.take()
    }
}

/// Somebody who hears what the library says of its connections.
#[derive(Clone, Debug, Default)]
pub struct Listener {
    /// What it complained about.
    pub complaint: Complaint,
}

impl ClientContext for Listener {
    /// The library would fill the log while a server is away; an outlet or an intake says so once.
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        tracing::debug!(?level, facility, "{text}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, "{reason}");
        self.complaint.hear(reason.to_owned());
    }
}

impl ConsumerContext for Listener {}
