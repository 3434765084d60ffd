//! The table `intake`, and entries of its list.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{secret::RawSecret, sinks::RawMechanism};
use crate::{lists::Texts, span::Span};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawIntake {
    pub(crate) kafka: Vec<RawKafkaIntake>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawKafkaIntake {
    pub(crate) name: String,
    pub(crate) servers: String,
    pub(crate) from: Texts,
    pub(crate) group: String,
    pub(crate) start: RawStart,
    pub(crate) form: RawRecordForm,
    pub(crate) to: String,
    pub(crate) topics: Texts,
    pub(crate) park: String,
    pub(crate) tls: bool,
    pub(crate) ca: String,
    pub(crate) mechanism: RawMechanism,
    pub(crate) user: String,
    pub(crate) password: RawSecret,
    pub(crate) timeout: Span,
    pub(crate) silence: Span,
    pub(crate) give_up_after: Span,
    pub(crate) room: usize,
}

/// Where a group begins that remembers nothing.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RawStart {
    Latest,
    Earliest,
}

/// What records are.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RawRecordForm {
    Commands,
    Events,
}

impl Default for RawKafkaIntake {
    fn default() -> Self {
        Self {
            name: String::new(),
            servers: String::new(),
            from: Texts::default(),
            group: "wirehub".to_owned(),
            start: RawStart::Latest,
            form: RawRecordForm::Commands,
            to: "{topic}".to_owned(),
            topics: Texts::default(),
            park: String::new(),
            tls: false,
            ca: String::new(),
            mechanism: RawMechanism::ScramSha512,
            user: String::new(),
            password: RawSecret::default(),
            timeout: Span(Duration::from_secs(10)),
            silence: Span(Duration::from_secs(10)),
            give_up_after: Span(Duration::from_secs(600)),
            room: 1_000,
        }
    }
}
