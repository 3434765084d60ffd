//! Occurrences as CloudEvents: the JSON format of version 1.0.
//!
//! They are written straight out, without a tree of values in between: a storm of connections is a
//! storm of these.

use std::{borrow::Cow, fmt::Display, time::SystemTime};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use wirehub_core::Occurrence;
use wirehub_model::{Message, Payload, PresenceChange, PresenceKind};

use crate::{Occurred, Subject};

/// About how many bytes an event without a payload takes.
const USUAL: usize = 320;

/// The attributes, in the order of the specification.
#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    kind: String,
    subject: Shown<Subject<'a>>,
    time: Cow<'static, str>,
    datacontenttype: &'static str,
    data: Data<'a>,
}

pub(crate) fn to_json(occurred: &Occurred) -> String {
    let mut json = Vec::with_capacity(USUAL);
    write_json(occurred, &mut json);
    // It is text: nothing else was written.
    String::from_utf8(json).unwrap_or_default()
}

/// Writes one behind what is there.
pub(crate) fn write_json(occurred: &Occurred, out: &mut Vec<u8>) {
    let event = CloudEvent {
        specversion: "1.0",
        id: occurred.id(),
        source: occurred.source(),
        kind: format!("wirehub.{}", occurred.kind().name()),
        subject: Shown(occurred.subject()),
        time: rfc3339(occurred.at()),
        datacontenttype: "application/json",
        data: Data(occurred),
    };
    // Text keys and values only, into memory, so this cannot fail.
    let _ = serde_json::to_writer(out, &event);
}

/// RFC 3339 in UTC. A clock that stands where no calendar reaches gives the beginning of all of
/// them.
fn rfc3339(at: SystemTime) -> Cow<'static, str> {
    let at = OffsetDateTime::from(at);
    let at = at.replace_nanosecond(u32::from(at.millisecond()) * 1_000_000);
    let at = at.ok().and_then(|at| at.format(&Rfc3339).ok());
    at.map_or(Cow::Borrowed("1970-01-01T00:00:00Z"), Cow::Owned)
}

/// Something as it is shown to people.
struct Shown<T>(T);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// All there is to say.
struct Data<'a>(&'a Occurred);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some((connection, user)) = self.0.who() {
            map.serialize_entry("connection", &Shown(connection))?;
            if let Some(user) = user {
                map.serialize_entry("user", user.as_str())?;
            }
        }
        if let Some(topic) = self.0.named_topic() {
            map.serialize_entry("topic", topic)?;
        }
        more(self.0.occurrence(), &mut map)?;
        map.end()
    }
}

/// What is said beside the connection, the user and the topic.
fn more<M: SerializeMap>(occurrence: &Occurrence, map: &mut M) -> Result<(), M::Error> {
    match occurrence {
        Occurrence::Disconnected {
            cause, may_resume, ..
        } => {
            map.serialize_entry("cause", cause.name())?;
            map.serialize_entry("may_resume", may_resume)
        }
        Occurrence::Resumed { was, .. } => map.serialize_entry("was", &Shown(was)),
        Occurrence::SessionEnded { end, .. } => map.serialize_entry("cause", end.name()),
        Occurrence::Unsubscribed {
            code: Some(code), ..
        }
        | Occurrence::Limited { code, .. } => map.serialize_entry("code", code.name()),
        Occurrence::Counted {
            shard, subscribers, ..
        } => {
            map.serialize_entry("shard", shard)?;
            map.serialize_entry("subscribers", subscribers)
        }
        Occurrence::Presence(change) => presence(change, map),
        Occurrence::Published { message, .. } | Occurrence::Announced { message, .. } => {
            said(message, map)
        }
        Occurrence::Connected { .. }
        | Occurrence::Subscribed { .. }
        | Occurrence::Unsubscribed { code: None, .. }
        | Occurrence::Occupied(_)
        | Occurrence::Vacated(_)
        | Occurrence::FoundEmpty(_) => Ok(()),
    }
}

fn presence<M: SerializeMap>(change: &PresenceChange, map: &mut M) -> Result<(), M::Error> {
    if let Some(info) = &change.member.info {
        map.serialize_entry("info", &verbatim(info))?;
    }
    if let Some(state) = &change.member.state {
        payload(state, ["state", "state_binary"], map)?;
    }
    match (change.kind, change.was) {
        (PresenceKind::Joined, _) => map.serialize_entry("first_of_user", &change.edge),
        (PresenceKind::Left, _) => map.serialize_entry("last_of_user", &change.edge),
        (PresenceKind::Changed, Some(was)) => map.serialize_entry("was", &Shown(was)),
        (PresenceKind::Changed, None) => Ok(()),
    }
}

fn said<M: SerializeMap>(message: &Message, map: &mut M) -> Result<(), M::Error> {
    if let Some(event) = &message.event {
        map.serialize_entry("event", event.as_str())?;
    }
    payload(&message.payload, ["data", "binary"], map)
}

/// What somebody said, under the name for JSON or that for bytes.
fn payload<M: SerializeMap>(
    payload: &Payload,
    [json, binary]: [&str; 2],
    map: &mut M,
) -> Result<(), M::Error> {
    match payload {
        Payload::Json(text) => map.serialize_entry(json, &verbatim(&String::from_utf8_lossy(text))),
        Payload::Binary(bytes) => map.serialize_entry(binary, &STANDARD.encode(bytes)),
    }
}

/// JSON that was checked when it came, on one line; what is none all the same stays visible as
/// text.
fn verbatim(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|_| json.into())
}

#[cfg(test)]
mod tests;
