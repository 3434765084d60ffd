//! Records made publications.

use std::{collections::BTreeMap, ops::RangeInclusive, time::Duration};

use bytes::Bytes;
use serde_json::value::RawValue;
use wirehub_model::{EventName, Key, Message, Payload, Publish, Tags, Topic, TopicFilter};

use crate::{BadRecord, Record, Target, command::Draft};

/// What the headers begin with that say how a plain record is published.
const OURS: &str = "wirehub-";
/// The media type of what is no text.
const BYTES: &[u8] = b"application/octet-stream";
/// The shortest and the longest `ttl` in seconds, as for clients: a millisecond, a year.
const TTL: RangeInclusive<f64> = 0.001..=31_536_000.0;

/// What records are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordForm {
    /// Each is a command: `{"publish":{"topic":…,"data":…}}`, with the fields of the server API.
    Commands,
    /// Each is what is to be said, in a topic that is found like this. The headers `wirehub-topic`,
    /// `wirehub-event`, `wirehub-key`, `wirehub-idempotency-key`, `wirehub-ttl` (seconds) and
    /// `wirehub-tag-NAME` say more. JSON is published as it is, other text as a JSON string, and
    /// what is no text, or is `application/octet-stream` by its `content-type`, as bytes.
    Events(Target),
}

/// Makes publications of records.
#[derive(Clone, Debug)]
pub struct Reader {
    name: String,
    form: RecordForm,
    into: Vec<TopicFilter>,
}

/// All that says how something is published, not checked yet.
struct Wish {
    topic: String,
    event: Option<String>,
    payload: Payload,
    tags: BTreeMap<String, String>,
    key: Option<String>,
    idempotency_key: Option<String>,
    ttl: Option<f64>,
}

impl Reader {
    /// The most bytes of an intake's name and a log's topic together: they begin idempotency keys.
    pub const NAMES_MAX: usize = 220;

    /// A reader for an intake. Records are only for topics that match any of `into`; with none, for
    /// all.
    #[must_use]
    pub fn new(name: impl Into<String>, form: RecordForm, into: Vec<TopicFilter>) -> Self {
        Self {
            name: name.into(),
            form,
            into,
        }
    }

    /// Makes a publication of a record. One that names no idempotency key has one of its place.
    ///
    /// # Errors
    /// Why it cannot be published as it is.
    pub fn read(&self, record: &Record) -> Result<Publish, BadRecord> {
        let wish = match &self.form {
            RecordForm::Commands => command(record)?,
            RecordForm::Events(target) => event(record, target)?,
        };
        let topic = Topic::parse(&wish.topic);
        let topic = topic.map_err(|error| BadRecord(format!("its topic: {error}")))?;
        if !self.into.is_empty() && !self.into.iter().any(|filter| filter.matches(&topic)) {
            return Err(BadRecord(format!(
                "its topic {:?} is none of those it may publish to",
                topic.as_str()
            )));
        }
        let name = wish.idempotency_key;
        let name = name.unwrap_or_else(|| format!("{}:{}", self.name, record.place));
        let message = Message {
            event: wish.event.as_deref().map(event_name).transpose()?,
            tags: tags(&wish.tags)?,
            ..Message::of(wish.payload)
        };
        Ok(Publish {
            key: wish.key.as_deref().map(key).transpose()?,
            idempotency_key: Some(key(&name)?),
            ttl: wish.ttl.map(ttl).transpose()?,
            ..Publish::to(topic, message)
        })
    }
}

fn command(record: &Record) -> Result<Wish, BadRecord> {
    let value = record.value.as_ref();
    let value = value.ok_or_else(|| BadRecord("it has no value".to_owned()))?;
    let draft = Draft::read(value)?;
    Ok(Wish {
        payload: Payload::Json(draft.json()),
        topic: draft.topic.into_owned(),
        event: draft.event.map(std::borrow::Cow::into_owned),
        tags: draft.tags,
        key: draft.key,
        idempotency_key: draft.idempotency_key,
        ttl: draft.ttl,
    })
}

fn event(record: &Record, target: &Target) -> Result<Wish, BadRecord> {
    let header = |name: &str| {
        let name = format!("{OURS}{name}");
        let value = record.header(&name);
        value.map(|value| text(&name, value)).transpose()
    };
    let ttl = header("ttl")?.map(|ttl| {
        let seconds = ttl.parse();
        seconds.map_err(|_| BadRecord(format!("its header `{OURS}ttl` is no number of seconds")))
    });
    Ok(Wish {
        topic: header("topic")?.map_or_else(|| target.of(record), Ok)?,
        event: header("event")?,
        payload: payload(record)?,
        tags: tag_headers(record)?,
        key: header("key")?,
        idempotency_key: header("idempotency-key")?,
        ttl: ttl.transpose()?,
    })
}

fn tag_headers(record: &Record) -> Result<BTreeMap<String, String>, BadRecord> {
    let tags = record.headers.iter().filter_map(|(name, value)| {
        let tag = name.strip_prefix(OURS)?.strip_prefix("tag-")?;
        Some(text(name, value).map(|value| (tag.to_owned(), value)))
    });
    tags.collect()
}

fn text(name: &str, value: &Bytes) -> Result<String, BadRecord> {
    let text = std::str::from_utf8(value);
    text.map(str::to_owned)
        .map_err(|_| BadRecord(format!("its header `{name}` is no text")))
}

fn payload(record: &Record) -> Result<Payload, BadRecord> {
    let Some(value) = &record.value else {
        return Ok(Payload::Json(Bytes::from_static(b"null")));
    };
    let declared = record.header("content-type");
    let text = std::str::from_utf8(value).ok();
    let text = text.filter(|_| declared.is_none_or(|declared| **declared != *BYTES));
    let Some(text) = text else {
        return Ok(Payload::Binary(value.clone()));
    };
    if let Ok(json) = serde_json::from_str::<&RawValue>(text) {
        return Ok(Payload::Json(Bytes::copy_from_slice(json.get().as_bytes())));
    }
    let quoted = serde_json::to_vec(text).map_err(|error| BadRecord(error.to_string()))?;
    Ok(Payload::Json(quoted.into()))
}

fn event_name(name: &str) -> Result<EventName, BadRecord> {
    EventName::parse(name).ok_or_else(|| {
        let max = EventName::BYTES_MAX;
        BadRecord(format!(
            "its event must have 1 to {max} bytes and no control character"
        ))
    })
}

fn tags(tags: &BTreeMap<String, String>) -> Result<Tags, BadRecord> {
    let tags = tags.iter().map(|(name, value)| (&**name, &**value));
    Tags::new(tags).map_err(|error| BadRecord(format!("its tags: {error}")))
}

fn key(text: &str) -> Result<Key, BadRecord> {
    Key::parse(text).map_err(|error| BadRecord(error.to_string()))
}

fn ttl(seconds: f64) -> Result<Duration, BadRecord> {
    if TTL.contains(&seconds) {
        return Ok(Duration::from_secs_f64(seconds));
    }
    let (least, most) = (TTL.start(), TTL.end());
    Err(BadRecord(format!(
        "its ttl must be a number of seconds from {least} to {most}"
    )))
}

#[cfg(test)]
mod tests;
