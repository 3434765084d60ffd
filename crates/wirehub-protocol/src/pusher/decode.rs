//! From text to what a client of Pusher says.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{error::Category, value::RawValue};
use wirehub_model::{ErrorCode, EventName, Payload, Refusal, Secret};

use super::payload;

/// What a client says, with names as it spells them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It wants to hear a channel.
    Subscribe {
        /// Which one.
        channel: String,
        /// The application's signature, where the channel needs one.
        auth: Option<Secret>,
        /// What the application says about the client, as signed.
        channel_data: Option<String>,
    },
    /// It wants to hear it no longer.
    Unsubscribe {
        /// Which one.
        channel: String,
    },
    /// It says which user it is.
    Signin {
        /// The application's signature.
        auth: Secret,
        /// What the application says about the user, as signed.
        user_data: String,
    },
    /// It says something to everybody else on a channel.
    ClientEvent {
        /// Where.
        channel: String,
        /// What happened; it begins with `client-`.
        event: EventName,
        /// What is said.
        payload: Payload,
    },
    /// It asks for a sign of life.
    Ping,
    /// It gives one.
    Pong,
}

/// What every message has.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    channel: Option<String>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// What `data` has in the protocol's own messages. Libraries that know more may say more.
#[derive(Default, Deserialize)]
struct Data {
    channel: Option<String>,
    auth: Option<String>,
    channel_data: Option<String>,
    user_data: Option<String>,
}

/// Reads one message.
///
/// # Errors
/// Says what is wrong with it, and the channel it is about when that can be read.
pub(super) fn decode(text: &str) -> Result<Said, Refusal> {
    let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|error| unreadable(&error))?;
    let Some(word) = envelope.event.strip_prefix("pusher:") else {
        return client_event(envelope);
    };
    Ok(match word {
        "ping" => Said::Ping,
        "pong" => Said::Pong,
        "subscribe" => {
            let data = data(envelope.data)?;
            Said::Subscribe {
                channel: needed(data.channel, "`data.channel`")?,
                // Libraries say `""` on channels that need none.
                auth: data.auth.filter(|auth| !auth.is_empty()).map(Secret::new),
                channel_data: data.channel_data,
            }
        }
        "unsubscribe" => Said::Unsubscribe {
            channel: needed(data(envelope.data)?.channel, "`data.channel`")?,
        },
        "signin" => {
            let data = data(envelope.data)?;
            Said::Signin {
                auth: Secret::new(needed(data.auth, "`data.auth`")?),
                user_data: needed(data.user_data, "`data.user_data`")?,
            }
        }
        _ => {
            return Err(Refusal::new(
                ErrorCode::UnknownType,
                "clients have no such event; use pusher:subscribe, pusher:unsubscribe, \
                 pusher:signin, pusher:ping, pusher:pong or client-…",
            ));
        }
    })
}

fn client_event(envelope: Envelope<'_>) -> Result<Said, Refusal> {
    if !envelope.event.starts_with("client-") {
        return Err(bad("the name of a client event must begin with `client-`"));
    }
    let event = EventName::parse(&envelope.event)
        .ok_or_else(|| bad("`event` must have 1 to 255 bytes and no control character"))?;
    Ok(Said::ClientEvent {
        channel: needed(envelope.channel, "`channel`")?,
        event,
        payload: payload::read(envelope.data)?,
    })
}

/// The protocol's own `data` is an object, or, from some libraries, a text that holds one.
fn data(value: Option<&RawValue>) -> Result<Data, Refusal> {
    let Some(value) = value else {
        return Ok(Data::default());
    };
    let wrong = |_| bad("`data` must be an object whose fields are strings");
    if value.get().starts_with('"') {
        let text: String = serde_json::from_str(value.get()).map_err(wrong)?;
        return serde_json::from_str(&text).map_err(wrong);
    }
    serde_json::from_str(value.get()).map_err(wrong)
}

fn needed(field: Option<String>, name: &str) -> Result<String, Refusal> {
    field.ok_or_else(|| bad(format!("{name} is missing; it must be a string")))
}

/// The error's own text may quote the message, so only its place is told.
fn unreadable(error: &serde_json::Error) -> Refusal {
    match error.classify() {
        Category::Data => bad("the message must be one JSON object with a string `event`"),
        Category::Eof => bad("the message is not JSON: it ends too early"),
        Category::Syntax | Category::Io => bad(format!(
            "the message is not JSON: see line {line}, column {column}",
            line = error.line(),
            column = error.column(),
        )),
    }
}

fn bad(message: impl Into<Cow<'static, str>>) -> Refusal {
    Refusal::new(ErrorCode::BadRequest, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscribe(channel: &str, auth: Option<&str>) -> Said {
        Said::Subscribe {
            channel: channel.to_owned(),
            auth: auth.map(|auth| Secret::new(auth.to_owned())),
            channel_data: None,
        }
    }

    #[test]
    fn reads_what_libraries_write() {
        for (text, expected) in [
            (
                r#"{"event":"pusher:subscribe","data":{"auth":"","channel":"news"}}"#,
                subscribe("news", None),
            ),
            (
                r#"{"event":"pusher:subscribe","data":"{\"channel\":\"private-x\",\"auth\":\"k:s\"}"}"#,
                subscribe("private-x", Some("k:s")),
            ),
            (r#"{"event":"pusher:ping","data":{}}"#, Said::Ping),
            (r#"{"event":"pusher:pong"}"#, Said::Pong),
        ] {
            assert_eq!(decode(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong_without_repeating_secrets() {
        for (text, expected) in [
            ("", "the message is not JSON: it ends too early"),
            (
                "[]",
                "the message must be one JSON object with a string `event`",
            ),
            (
                r#"{"event":"pusher:subscribe","event":"pusher:ping"}"#,
                "the message must be one JSON object with a string `event`",
            ),
            (
                r#"{"event":"pusher:subscribe","data":{"auth":"secret"}}"#,
                "`data.channel` is missing; it must be a string",
            ),
            (
                r#"{"event":"pusher:signin","data":{"auth":5}}"#,
                "`data` must be an object whose fields are strings",
            ),
            (
                r#"{"event":"shout","channel":"private-x","data":1}"#,
                "the name of a client event must begin with `client-`",
            ),
        ] {
            let refusal = decode(text).unwrap_err();
            assert_eq!(refusal.message, expected, "{text}");
            assert_eq!(refusal.code, ErrorCode::BadRequest);
        }
    }
}
