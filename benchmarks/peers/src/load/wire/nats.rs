//! NATS over WebSocket: <https://docs.nats.io/reference/reference-protocols/nats-protocol>, in
//! binary frames.
//!
//! Who wants to hear subscribes and waits for the answer to its ping. A frame of the server may
//! hold several messages.

use super::{Next, Role};
use crate::load::client_frame::push_binary;

pub(super) const PATH: &str = "/";
const SUBJECT: &str = "bench.room";

/// What a frame says to one that is on its way.
pub(super) fn heard(frame: &[u8], role: Role) -> Next {
    if frame.starts_with(b"INFO ") {
        let subscribe = match role {
            Role::Subscriber => format!("SUB {SUBJECT} 1\r\n"),
            Role::Echo | Role::Publisher => String::new(),
        };
        let connect = r#"CONNECT {"verbose":false,"pedantic":false}"#;
        let said = format!("{connect}\r\n{subscribe}PING\r\n");
        return Next::Say(framed(said.as_bytes()));
    }
    if frame.starts_with(b"PONG") {
        return Next::Open;
    }
    if frame.starts_with(b"PING") {
        return Next::Say(framed(b"PONG\r\n"));
    }
    match frame.starts_with(b"-ERR") {
        true => Next::Refused(String::from_utf8_lossy(frame).trim().to_owned()),
        false => Next::Wait,
    }
}

/// Appends the frame that publishes.
pub(super) fn push_publish(out: &mut Vec<u8>, text: &mut Vec<u8>, payload: &[u8]) {
    text.clear();
    text.extend(format!("PUB {SUBJECT} {}\r\n", payload.len()).as_bytes());
    text.extend(payload);
    text.extend(b"\r\n");
    push_binary(out, text);
}

fn framed(said: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    push_binary(&mut frame, said);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriber_is_open_with_the_answer_to_its_ping() {
        let said = |role| match heard(b"INFO {\"server_id\":\"x\"}\r\n", role) {
            Next::Say(frame) => frame.len(),
            other => panic!("{other:?}"),
        };
        assert!(said(Role::Subscriber) > said(Role::Publisher));
        assert_eq!(heard(b"PONG\r\n", Role::Subscriber), Next::Open);
        assert_eq!(
            heard(b"MSG bench.room 1 1\r\nx\r\n", Role::Subscriber),
            Next::Wait
        );
        let refused = heard(b"-ERR 'no'\r\n", Role::Subscriber);
        assert!(matches!(refused, Next::Refused(text) if text.contains("no")));
    }

    #[test]
    fn a_publication_says_its_length() {
        let (mut out, mut text) = (Vec::new(), Vec::new());
        push_publish(&mut out, &mut text, b"\"x\"");
        assert_eq!(text, b"PUB bench.room 3\r\n\"x\"\r\n");
        assert_eq!(out[0], 0x82, "a binary message");
    }
}
