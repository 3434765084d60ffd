//! The same in JSON.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Heard, Request, Stamp, seconds};

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

pub(super) fn read(text: &str, hear: &mut dyn FnMut(Heard<'_>)) -> Option<()> {
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

pub(super) fn write(request: &Request<'_>) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = match request {
        Request::Connect => write!(out, r#"{{"type":"connect","id":0}}"#),
        Request::Subscribe { id, topic, since } => subscribe(&mut out, *id, topic, *since),
        Request::Resume {
            id,
            session,
            topics,
        } => resume(&mut out, *id, session, topics),
        Request::Publish { id, topic, payload } => write!(
            out,
            r#"{{"type":"publish","id":{id},"topic":"{topic}","data":"{payload}"}}"#
        ),
    };
    out
}

fn subscribe(
    out: &mut String,
    id: u64,
    topic: &str,
    since: Option<(&str, u64)>,
) -> std::fmt::Result {
    write!(out, r#"{{"type":"subscribe","id":{id},"topic":"{topic}""#)?;
    if let Some((epoch, offset)) = since {
        write!(out, r#","since":{{"epoch":"{epoch}","offset":{offset}}}"#)?;
    }
    out.write_char('}')
}

fn resume(out: &mut String, id: u64, session: &str, topics: &[(String, u64)]) -> std::fmt::Result {
    write!(
        out,
        r#"{{"type":"resume","id":{id},"session":"{session}","topics":{{"#
    )?;
    for (number, (topic, offset)) in topics.iter().enumerate() {
        let comma = if number > 0 { "," } else { "" };
        write!(out, r#"{comma}"{topic}":{offset}"#)?;
    }
    out.write_str("}}")
}
