//! Pusher Channels, protocol 7:
//! <https://pusher.com/docs/channels/library_auth_reference/pusher-websockets-protocol/>.
//!
//! Everybody is on one private channel. The publisher speaks client events, which come to all
//! others; it is on the channel as well, because the protocol wants that.

use aws_lc_rs::hmac;
use serde::Deserialize;
use serde_json::json;

use super::Next;

/// The app of the servers that are measured.
pub(super) const PATH: &str = "/app/bench-key?protocol=7&client=wirehub-bench&version=1";
const KEY: &str = "bench-key";

#[derive(Deserialize)]
struct Event<'a> {
    event: &'a str,
    #[serde(default)]
    data: Option<Data<'a>>,
}

/// Data is JSON in a string; that of errors is JSON as it is.
#[derive(Deserialize)]
#[serde(untagged)]
enum Data<'a> {
    Text(std::borrow::Cow<'a, str>),
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Established {
    socket_id: String,
}

/// What a message says to one that wants to be on a channel.
pub(super) fn heard(message: &[u8], secret: &str, channel: &str) -> Next {
    let Ok(event) = serde_json::from_slice::<Event<'_>>(message) else {
        return Next::Wait;
    };
    match (event.event, event.data) {
        ("pusher:connection_established", Some(Data::Text(data))) => {
            match serde_json::from_str::<Established>(&data) {
                Ok(established) => Next::Say(subscribe(&established.socket_id, secret, channel)),
                Err(error) => Next::Refused(format!("a greeting without a socket: {error}")),
            }
        }
        ("pusher_internal:subscription_succeeded", _) => Next::Open,
        ("pusher:error" | "pusher:subscription_error", _) => {
            Next::Refused(String::from_utf8_lossy(message).into_owned())
        }
        _ => Next::Wait,
    }
}

fn subscribe(socket_id: &str, secret: &str, channel: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{socket_id}:{channel}").as_bytes());
    let digits: String = tag
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let data = json!({"channel": channel, "auth": format!("{KEY}:{digits}")});
    super::framed(&json!({"event": "pusher:subscribe", "data": data}).to_string())
}

/// Writes the event of the publisher.
pub(super) fn write_event(text: &mut Vec<u8>, channel: &str, payload: &[u8]) {
    text.clear();
    text.extend(br#"{"event":"client-bench","channel":""#);
    text.extend(channel.as_bytes());
    text.extend(br#"","data":"#);
    text.extend(payload);
    text.push(b'}');
}
