//! Wirehub's native protocol in JSON.

use serde::Deserialize;

use super::Next;
use crate::case::Comeback;

/// The id of the one request a connection makes.
const REQUEST: u64 = 1;

/// Where a client was when its connection was lost.
#[derive(Debug)]
pub(in crate::load) struct Place<'a> {
    pub(in crate::load) session: &'a str,
    pub(in crate::load) epoch: &'a str,
    pub(in crate::load) offset: u64,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    id: Option<u64>,
}

/// The request that subscribes.
pub(super) fn subscribe(topic: &str) -> String {
    format!(r#"{{"type":"subscribe","id":{REQUEST},"topic":"{topic}"}}"#)
}

/// What a message says about the request.
pub(super) fn heard(message: &[u8]) -> Next {
    match serde_json::from_slice::<Event>(message) {
        Ok(event) if event.kind == "ok" && event.id == Some(REQUEST) => Next::Open,
        Ok(event) if event.kind == "error" => {
            Next::Refused(String::from_utf8_lossy(message).into_owned())
        }
        _ => Next::Wait,
    }
}

/// Whether the server hands on what was published. It also says how many others there are.
pub(super) fn is_message(frame: &[u8]) -> bool {
    frame.starts_with(br#"{"type":"message","#)
}

/// The request of a client that comes back.
pub(super) fn come_back(topic: &str, by: Comeback, from: &Place<'_>) -> String {
    let Place {
        session,
        epoch,
        offset,
    } = from;
    match by {
        Comeback::Since => format!(
            r#"{{"type":"subscribe","id":{REQUEST},"topic":"{topic}","since":{{"epoch":"{epoch}","offset":{offset}}}}}"#
        ),
        Comeback::Resume => format!(
            r#"{{"type":"resume","id":{REQUEST},"session":"{session}","topics":{{"{topic}":{offset}}}}}"#
        ),
    }
}

/// Writes the request that publishes.
pub(super) fn write_publish(text: &mut Vec<u8>, topic: &str, payload: &[u8], answer: bool) {
    text.clear();
    text.extend(br#"{"type":"publish","#);
    if answer {
        text.extend(format!(r#""id":{REQUEST},"#).as_bytes());
    }
    text.extend(br#""topic":""#);
    text.extend(topic.as_bytes());
    text.extend(br#"","echo":false,"data":"#);
    text.extend(payload);
    text.push(b'}');
}
