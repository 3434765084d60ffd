//! The table `events`, and entries of its lists.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    secret::RawSecret,
    sinks::{RawKafkaSink, RawNatsSink, RawRedisSink},
};
use crate::{lists::Texts, size::Size, span::Span};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawEvents {
    pub(crate) source: String,
    pub(crate) dead_letters: String,
    pub(crate) webhooks: Vec<RawWebhook>,
    pub(crate) files: Vec<RawEventFile>,
    pub(crate) redis: Vec<RawRedisSink>,
    pub(crate) nats: Vec<RawNatsSink>,
    pub(crate) kafka: Vec<RawKafkaSink>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawWebhook {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) secret: RawSecret,
    pub(crate) previous_secret: RawSecret,
    pub(crate) kinds: Texts,
    pub(crate) topics: Texts,
    pub(crate) timeout: Span,
    pub(crate) give_up_after: Span,
    pub(crate) queue: usize,
    pub(crate) plain_http: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawEventFile {
    pub(crate) path: String,
    pub(crate) kinds: Texts,
    pub(crate) topics: Texts,
    pub(crate) max_bytes: Size,
    pub(crate) keep: u32,
}

impl Default for RawEvents {
    fn default() -> Self {
        Self {
            source: "wirehub".to_owned(),
            dead_letters: String::new(),
            webhooks: Vec::new(),
            files: Vec::new(),
            redis: Vec::new(),
            nats: Vec::new(),
            kafka: Vec::new(),
        }
    }
}

impl Default for RawWebhook {
    fn default() -> Self {
        Self {
            name: String::new(),
            url: String::new(),
            secret: RawSecret::default(),
            previous_secret: RawSecret::default(),
            kinds: Texts::default(),
            topics: Texts::default(),
            timeout: Span(Duration::from_secs(10)),
            give_up_after: Span(Duration::from_secs(600)),
            queue: 10_000,
            plain_http: false,
        }
    }
}

impl Default for RawEventFile {
    fn default() -> Self {
        Self {
            path: String::new(),
            kinds: Texts::default(),
            topics: Texts::default(),
            max_bytes: Size(64 * 1024 * 1024),
            keep: 4,
        }
    }
}
