//! Entries of `events.redis`, `events.nats` and `events.kafka`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wirehub::events::Form;

use super::secret::RawSecret;
use crate::{lists::Texts, span::Span};

/// How an event is written.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawForm {
    CloudEvents,
    Words,
}

impl From<RawForm> for Form {
    fn from(form: RawForm) -> Self {
        match form {
            RawForm::CloudEvents => Self::CloudEvent,
            RawForm::Words => Self::Words,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawRedisSink {
    pub(crate) name: String,
    pub(crate) url: RawSecret,
    pub(crate) channel: String,
    pub(crate) stream: String,
    pub(crate) keep: usize,
    pub(crate) ca: String,
    pub(crate) form: RawForm,
    pub(crate) kinds: Texts,
    pub(crate) topics: Texts,
    pub(crate) timeout: Span,
    pub(crate) give_up_after: Span,
    pub(crate) queue: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawNatsSink {
    pub(crate) name: String,
    pub(crate) url: RawSecret,
    pub(crate) subject: String,
    pub(crate) jetstream: bool,
    pub(crate) credentials: String,
    pub(crate) ca: String,
    pub(crate) form: RawForm,
    pub(crate) kinds: Texts,
    pub(crate) topics: Texts,
    pub(crate) timeout: Span,
    pub(crate) give_up_after: Span,
    pub(crate) queue: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawKafkaSink {
    pub(crate) name: String,
    pub(crate) servers: String,
    pub(crate) topic: String,
    pub(crate) key: RawRecordKey,
    pub(crate) tls: bool,
    pub(crate) ca: String,
    pub(crate) mechanism: RawMechanism,
    pub(crate) user: String,
    pub(crate) password: RawSecret,
    pub(crate) form: RawForm,
    pub(crate) kinds: Texts,
    pub(crate) topics: Texts,
    pub(crate) timeout: Span,
    pub(crate) give_up_after: Span,
    pub(crate) queue: usize,
}

/// What keeps records in their order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RawRecordKey {
    Connection,
    User,
}

/// How a name and a password are shown.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum RawMechanism {
    #[serde(rename = "PLAIN")]
    Plain,
    #[serde(rename = "SCRAM-SHA-256")]
    ScramSha256,
    #[serde(rename = "SCRAM-SHA-512")]
    ScramSha512,
}

/// What all of them begin with.
const TIMEOUT: Span = Span(Duration::from_secs(5));
const GIVE_UP_AFTER: Span = Span(Duration::from_secs(600));
const QUEUE: usize = 10_000;
/// Where the examples of other projects publish who comes and goes.
const PLACE: &str = "connection_events";

impl Default for RawRedisSink {
    fn default() -> Self {
        Self {
            name: String::new(),
            url: RawSecret::default(),
            channel: String::new(),
            stream: String::new(),
            keep: 1_000_000,
            ca: String::new(),
            form: RawForm::CloudEvents,
            kinds: Texts::default(),
            topics: Texts::default(),
            timeout: TIMEOUT,
            give_up_after: GIVE_UP_AFTER,
            queue: QUEUE,
        }
    }
}

impl Default for RawNatsSink {
    fn default() -> Self {
        Self {
            name: String::new(),
            url: RawSecret::default(),
            subject: PLACE.to_owned(),
            jetstream: false,
            credentials: String::new(),
            ca: String::new(),
            form: RawForm::CloudEvents,
            kinds: Texts::default(),
            topics: Texts::default(),
            timeout: TIMEOUT,
            give_up_after: GIVE_UP_AFTER,
            queue: QUEUE,
        }
    }
}

impl Default for RawKafkaSink {
    fn default() -> Self {
        Self {
            name: String::new(),
            servers: String::new(),
            topic: PLACE.to_owned(),
            key: RawRecordKey::Connection,
            tls: false,
            ca: String::new(),
            mechanism: RawMechanism::ScramSha512,
            user: String::new(),
            password: RawSecret::default(),
            form: RawForm::CloudEvents,
            kinds: Texts::default(),
            topics: Texts::default(),
            timeout: TIMEOUT,
            give_up_after: GIVE_UP_AFTER,
            queue: QUEUE,
        }
    }
}
