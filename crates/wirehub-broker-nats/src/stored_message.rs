//! A message of a stream.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::Deserialize;

use crate::{failure::Failure, jetstream::odd, timestamp, wire::Message};

/// A message of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredMessage {
    /// Its number in the stream.
    pub(crate) number: u64,
    pub(crate) subject: String,
    pub(crate) payload: Bytes,
    /// When it was stored, since the Unix epoch, by the server's clock.
    pub(crate) at: Duration,
}

/// How the API answers with one.
#[derive(Deserialize)]
pub(crate) struct Found {
    pub(crate) message: Encoded,
}

#[derive(Deserialize)]
pub(crate) struct Encoded {
    subject: String,
    seq: u64,
    #[serde(default)]
    data: String,
    time: String,
}

impl Encoded {
    pub(crate) fn read(self) -> Result<StoredMessage, Failure> {
        let payload = STANDARD.decode(&self.data);
        Ok(StoredMessage {
            number: self.seq,
            subject: self.subject,
            payload: payload
                .map_err(|_| odd("a text that is not base 64"))?
                .into(),
            at: timestamp::read(&self.time).ok_or_else(|| odd("a time that is none"))?,
        })
    }
}

impl StoredMessage {
    /// As it comes when messages are asked for directly.
    pub(crate) fn read_direct(message: Message) -> Result<Self, Failure> {
        let number = message
            .header("Nats-Sequence")
            .and_then(|text| text.parse().ok());
        let subject = message.header("Nats-Subject").map(ToOwned::to_owned);
        let at = message.header("Nats-Time-Stamp").and_then(timestamp::read);
        match (number, subject, at) {
            (Some(number), Some(subject), Some(at)) => Ok(Self {
                number,
                subject,
                payload: message.payload,
                at,
            }),
            _ => Err(odd("a message without number, subject or time")),
        }
    }
}
