//! The protocol `wirehub.v1` in JSON, as much of it as a crowd needs (docs/protocol.md).

use std::{fmt::Write as _, time::Duration};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::stamp::{Found, Stamp};

/// The subprotocol to ask for.
pub(crate) const SUBPROTOCOL: &str = "wirehub.v1.json";

/// What a client says that has no token: that it wants to be let in as nobody in particular.
pub(crate) const CONNECT: &str = r#"{"type":"connect","id":0}"#;

/// One thing the server said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Heard<'a> {
    /// The connection is open.
    Welcome {
        session: Option<&'a str>,
        spread: Option<Duration>,
        /// Within this time something is heard of a server that is there.
        silence: Option<Duration>,
    },
    /// A request succeeded.
    Ok {
        id: u64,
        epoch: Option<&'a str>,
        offset: Option<u64>,
        recovered: Option<bool>,
    },
    /// A request was refused.
    Refused { id: Option<u64>, code: &'a str },
    /// Somebody published something.
    Published {
        offset: Option<u64>,
        retained: bool,
        found: Found,
    },
    /// A subscription is there again.
    Subscribed {
        topic: &'a str,
        epoch: Option<&'a str>,
        offset: Option<u64>,
        recovered: Option<bool>,
    },
    /// A subscription is over.
    Unsubscribed { code: &'a str },
    /// Another connection is wanted in place of this one.
    Move { within: Duration },
    /// The time over which clients come back is another one.
    Spread { within: Duration },
    /// Something that this program has no use for.
    Other,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(rename = "type", default)]
    kind: &'a str,
    id: Option<u64>,
    topic: Option<&'a str>,
    epoch: Option<&'a str>,
    offset: Option<u64>,
    recovered: Option<bool>,
    session: Option<&'a str>,
    spread: Option<f64>,
    heartbeat: Option<Heartbeat>,
    code: Option<&'a str>,
    reason: Option<&'a str>,
    within: Option<f64>,
    #[serde(default)]
    retained: bool,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    messages: Vec<Publication<'a>>,
}

#[derive(Deserialize)]
struct Publication<'a> {
    offset: Option<u64>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Clone, Copy, Deserialize)]
struct Heartbeat {
    interval: f64,
    timeout: f64,
}

/// Reads a message; `None` when it is none of the protocol. A message may hold several
/// publications, so that what is heard is handed to `hear`.
pub(crate) fn read(text: &str, hear: &mut dyn FnMut(Heard<'_>)) -> Option<()> {
    let message: Message<'_> = serde_json::from_str(text).ok()?;
    hear(match message.kind {
        "message" => published(message.offset, message.retained, message.data),
        "messages" => {
            for one in message.messages {
                hear(published(one.offset, false, one.data));
            }
            return Some(());
        }
        "welcome" => Heard::Welcome {
            session: message.session,
            spread: message.spread.map(seconds),
            silence: message
                .heartbeat
                .map(|heartbeat| seconds(heartbeat.interval + heartbeat.timeout)),
        },
        "ok" => Heard::Ok {
            id: message.id?,
            epoch: message.epoch,
            offset: message.offset,
            recovered: message.recovered,
        },
        "error" => Heard::Refused {
            id: message.id,
            code: message.code.unwrap_or("without a code"),
        },
        "subscribed" => Heard::Subscribed {
            topic: message.topic?,
            epoch: message.epoch,
            offset: message.offset,
            recovered: message.recovered,
        },
        "unsubscribed" => Heard::Unsubscribed {
            code: message.reason.unwrap_or("without a reason"),
        },
        "reconnect" => Heard::Move {
            within: seconds(message.within.unwrap_or(0.0)),
        },
        "spread" => Heard::Spread {
            within: seconds(message.within.unwrap_or(0.0)),
        },
        "" => return None,
        _ => Heard::Other,
    });
    Some(())
}

fn published<'a>(offset: Option<u64>, retained: bool, data: Option<&RawValue>) -> Heard<'a> {
    let data = data.map_or(b"".as_slice(), |data| data.get().as_bytes());
    Heard::Published {
        offset,
        retained,
        found: Stamp::find(data),
    }
}

/// Seconds that a server said; what is no time, or longer than an hour, is an hour.
fn seconds(seconds: f64) -> Duration {
    let hour = Duration::from_secs(3_600);
    let read = Duration::try_from_secs_f64(seconds).unwrap_or(hour);
    read.min(hour)
}

/// Writes the request that subscribes, after a position if there is one.
pub(crate) fn subscribe(out: &mut String, id: u64, topic: &str, since: Option<(&str, u64)>) {
    let _ = write!(out, r#"{{"type":"subscribe","id":{id},"topic":"{topic}""#);
    if let Some((epoch, offset)) = since {
        let _ = write!(out, r#","since":{{"epoch":"{epoch}","offset":{offset}}}"#);
    }
    out.push('}');
}

/// Writes the request that goes on with a session.
pub(crate) fn resume(
    out: &mut String,
    id: u64,
    session: &str,
    topics: impl Iterator<Item = (String, u64)>,
) {
    let _ = write!(
        out,
        r#"{{"type":"resume","id":{id},"session":"{session}","topics":{{"#
    );
    for (number, (topic, offset)) in topics.enumerate() {
        let comma = if number > 0 { "," } else { "" };
        let _ = write!(out, r#"{comma}"{topic}":{offset}"#);
    }
    out.push_str("}}");
}

/// Writes the request that publishes a payload of letters that stand for themselves.
pub(crate) fn publish(out: &mut String, id: u64, topic: &str, payload: &str) {
    let _ = write!(
        out,
        r#"{{"type":"publish","id":{id},"topic":"{topic}","data":"{payload}"}}"#
    );
}
