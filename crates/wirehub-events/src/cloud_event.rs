//! Occurrences as CloudEvents: the JSON format of version 1.0.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use wirehub_core::Occurrence;
use wirehub_model::{Member, Message, Payload, PresenceChange, PresenceKind, Topic, UserId};

use crate::Occurred;

/// The attributes, in the order of the specification.
#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    kind: String,
    subject: String,
    time: String,
    datacontenttype: &'static str,
    data: Value,
}

pub(crate) fn to_json(occurred: &Occurred) -> String {
    let (subject, data) = content(occurred.occurrence());
    let event = CloudEvent {
        specversion: "1.0",
        id: occurred.id(),
        source: occurred.source(),
        kind: format!("wirehub.{}", occurred.kind().name()),
        subject,
        time: rfc3339(occurred.at()),
        datacontenttype: "application/json",
        data,
    };
    // Text keys and values only, so this cannot fail.
    serde_json::to_string(&event).unwrap_or_default()
}

/// RFC 3339 in UTC. A clock that stands where no calendar reaches gives the beginning of all of
/// them.
fn rfc3339(at: std::time::SystemTime) -> String {
    let at = OffsetDateTime::from(at);
    let at = at.replace_nanosecond(at.millisecond() as u32 * 1_000_000);
    at.ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
}

/// What it is about, in a word, and all there is to say.
fn content(occurrence: &Occurrence) -> (String, Value) {
    match occurrence {
        Occurrence::Connected { connection, user } => about(connection, user, json!({})),
        Occurrence::Disconnected {
            connection,
            user,
            cause,
            may_resume,
        } => {
            let more = json!({"cause": cause.name(), "may_resume": may_resume});
            about(connection, user, more)
        }
        Occurrence::Resumed {
            connection,
            was,
            user,
        } => about(connection, user, json!({"was": was.to_string()})),
        Occurrence::SessionEnded {
            connection,
            user,
            end,
        } => about(connection, user, json!({"cause": end.name()})),
        Occurrence::Subscribed {
            connection,
            user,
            filter,
        } => about(connection, user, json!({"topic": filter.as_str()})),
        Occurrence::Unsubscribed {
            connection,
            user,
            filter,
            code,
        } => {
            let mut more = json!({"topic": filter.as_str()});
            if let Some(code) = code {
                more["code"] = code.name().into();
            }
            about(connection, user, more)
        }
        Occurrence::Limited {
            connection,
            user,
            code,
        } => about(connection, user, json!({"code": code.name()})),
        Occurrence::Occupied(topic)
        | Occurrence::Vacated(topic)
        | Occurrence::FoundEmpty(topic) => (topic.to_string(), json!({"topic": topic.as_str()})),
        Occurrence::Counted {
            topic,
            shard,
            subscribers,
        } => {
            let data = json!({"topic": topic.as_str(), "shard": shard, "subscribers": subscribers});
            (topic.to_string(), data)
        }
        Occurrence::Presence(change) => presence(change),
        Occurrence::Published {
            from,
            topic,
            message,
        } => {
            let (_, mut data) = about(&from.connection, &from.user, said(message));
            data["topic"] = topic.as_str().into();
            (topic.to_string(), data)
        }
        Occurrence::Announced { topic, message } => announced(topic, message),
    }
}

/// Something about a connection.
fn about(
    connection: &wirehub_model::ConnectionId,
    user: &Option<UserId>,
    more: Value,
) -> (String, Value) {
    let mut data = json!({"connection": connection.to_string()});
    if let Some(user) = user {
        data["user"] = user.as_str().into();
    }
    if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
        data.extend(more);
    }
    (connection.to_string(), data)
}

/// What the application published, which has no connection.
fn announced(topic: &Topic, message: &Message) -> (String, Value) {
    let mut data = said(message);
    data["topic"] = topic.as_str().into();
    (topic.to_string(), data)
}

fn presence(change: &PresenceChange) -> (String, Value) {
    let Member {
        connection,
        user,
        info,
        state,
    } = &*change.member;
    let (_, mut data) = about(connection, user, json!({"topic": change.topic.as_str()}));
    if let Some(info) = info {
        data["info"] = verbatim(info);
    }
    match state {
        Some(Payload::Json(json)) => {
            data["state"] = verbatim(&String::from_utf8_lossy(json));
        }
        Some(Payload::Binary(bytes)) => data["state_binary"] = STANDARD.encode(bytes).into(),
        None => {}
    }
    match (change.kind, change.was) {
        (PresenceKind::Joined, _) => data["first_of_user"] = change.edge.into(),
        (PresenceKind::Left, _) => data["last_of_user"] = change.edge.into(),
        (PresenceKind::Changed, Some(was)) => data["was"] = was.to_string().into(),
        (PresenceKind::Changed, None) => {}
    }
    (change.topic.to_string(), data)
}

fn said(message: &Message) -> Value {
    let mut said = json!({});
    if let Some(event) = &message.event {
        said["event"] = event.as_str().into();
    }
    match &message.payload {
        Payload::Json(json) => said["data"] = verbatim(&String::from_utf8_lossy(json)),
        Payload::Binary(bytes) => said["binary"] = STANDARD.encode(bytes).into(),
    }
    said
}

/// JSON that was checked when it came; what is none all the same stays visible as text.
fn verbatim(json: &str) -> Value {
    serde_json::from_str::<&RawValue>(json)
        .ok()
        .and_then(|raw| serde_json::from_str(raw.get()).ok())
        .unwrap_or_else(|| json.into())
}

#[cfg(test)]
mod tests;
