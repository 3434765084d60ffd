//! Occurrences by HTTP: batches of CloudEvents, signed.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_util::future::BoxFuture;
use wirehub_model::Secret;

use crate::{
    EventSink, Occurred, Receiver, SinkError,
    signature::{Signer, WeakSecret},
};

/// The media type of batches, section 4 of the JSON format of CloudEvents.
const BATCH: &str = "application/cloudevents-batch+json";

/// Where a webhook goes, and how.
#[derive(Clone, Debug)]
pub struct WebhookSettings {
    /// The address. Plain HTTP is for this machine, unless `plain_http` says otherwise.
    pub url: String,
    /// What its messages are signed with; more than one while secrets are exchanged.
    pub secrets: Vec<Secret>,
    /// How long the receiver may take for an answer.
    pub timeout: Duration,
    /// Whether messages may go to other machines without TLS.
    pub plain_http: bool,
}

/// Why a webhook cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// The address is none.
    #[error("{0:?} is no address of a webhook: use https://HOST/PATH")]
    Address(String),
    /// What happens in the hub would go over a network for everybody to read.
    #[error("{0:?} is not encrypted: use https, or set `plain_http` where the network is your own")]
    NotEncrypted(String),
    /// A secret is too short, or there is none.
    #[error("{0}")]
    Secret(String),
    /// The HTTP client cannot be set up.
    #[error("the client for a webhook cannot be set up: {0}")]
    Client(String),
}

/// Somebody who is told by HTTP.
///
/// A message is a `POST` with a batch of CloudEvents and the three headers of Standard Webhooks,
/// `webhook-id`, `webhook-timestamp` and `webhook-signature`. One that comes again has the same
/// `webhook-id`.
#[derive(Debug)]
pub struct Webhook {
    receiver: Receiver,
    signer: Signer,
}

impl Webhook {
    /// Checks the settings and prepares the client.
    ///
    /// # Errors
    /// What does not fit.
    pub fn new(settings: &WebhookSettings) -> Result<Self, WebhookError> {
        let receiver = Receiver::new(&settings.url, settings.timeout, settings.plain_http)?;
        if settings.secrets.is_empty() {
            return Err(WebhookError::Secret(
                "a webhook needs a secret, or nobody could know who speaks".to_owned(),
            ));
        }
        let signer = Signer::new(&settings.secrets);
        let signer = signer.map_err(|weak: WeakSecret| WebhookError::Secret(weak.to_string()))?;
        Ok(Self { receiver, signer })
    }

    async fn post(&self, occurrences: &[Arc<Occurred>]) -> Result<(), SinkError> {
        let Some(first) = occurrences.first() else {
            return Ok(());
        };
        let events: Vec<String> = occurrences.iter().map(|one| one.to_json()).collect();
        let body = format!("[{}]", events.join(","));
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let timestamp = now.unwrap_or_default().as_secs();
        let signature = self.signer.sign(first.id(), timestamp, &body);
        let headers = [
            ("webhook-id", first.id().to_owned()),
            ("webhook-timestamp", timestamp.to_string()),
            ("webhook-signature", signature),
        ];
        self.receiver.post(BATCH, &headers, body).await
    }
}

impl EventSink for Webhook {
    fn bring<'a>(
        &'a self,
        occurrences: &'a [Arc<Occurred>],
    ) -> BoxFuture<'a, Result<(), SinkError>> {
        Box::pin(self.post(occurrences))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str) -> WebhookSettings {
        WebhookSettings {
            url: url.to_owned(),
            secrets: vec![Secret::new("a secret of twenty-four bytes".to_owned())],
            timeout: Duration::from_secs(1),
            plain_http: false,
        }
    }

    #[test]
    fn addresses_are_encrypted_or_near() {
        for url in [
            "https://hooks.example.com/a",
            "http://localhost:9000/",
            "http://127.0.0.1:9000",
            "http://[::1]:9000",
        ] {
            assert!(Webhook::new(&settings(url)).is_ok(), "{url}");
        }
        let far = settings("http://10.0.0.1/hook");
        let refused = Webhook::new(&far).err();
        assert_eq!(refused, Some(WebhookError::NotEncrypted(far.url.clone())));
        let mine = WebhookSettings {
            plain_http: true,
            ..far
        };
        assert!(Webhook::new(&mine).is_ok());
        for url in ["", "hooks", "ftp://example.com"] {
            let refused = Webhook::new(&settings(url)).err();
            assert_eq!(refused, Some(WebhookError::Address(url.to_owned())));
        }
    }

    #[test]
    fn nobody_is_told_without_a_signature() {
        let none = WebhookSettings {
            secrets: Vec::new(),
            ..settings("https://example.com")
        };
        assert!(matches!(Webhook::new(&none), Err(WebhookError::Secret(_))));
    }
}
