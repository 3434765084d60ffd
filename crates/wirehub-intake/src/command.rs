//! Commands in records: `{"publish":{…}}`, as in a batch of the server API.

use std::{borrow::Cow, collections::BTreeMap};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::BadRecord;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Command<'a> {
    #[serde(borrow)]
    publish: Draft<'a>,
}

/// What is to be published, not checked yet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft<'a> {
    #[serde(borrow)]
    pub(crate) topic: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) event: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: &'a RawValue,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) key: Option<String>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) ttl: Option<f64>,
}

impl<'a> Draft<'a> {
    /// Reads a command.
    pub(crate) fn read(value: &'a [u8]) -> Result<Self, BadRecord> {
        let command: Result<Command<'a>, _> = serde_json::from_slice(value);
        command.map(|command| command.publish).map_err(|error| {
            BadRecord(format!("it is no command `{{\"publish\":{{…}}}}`: {error}"))
        })
    }

    /// The JSON that is said.
    pub(crate) fn json(&self) -> Bytes {
        Bytes::copy_from_slice(self.data.get().as_bytes())
    }
}
