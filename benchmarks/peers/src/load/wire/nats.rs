//! NATS: <https://docs.nats.io/reference/reference-protocols/nats-protocol>, over WebSocket or as
//! its own clients speak to it.
//!
//! Who wants to hear subscribes and waits for the answer to its ping. A frame of the server may
//! hold several messages.

use super::{Next, Role};

pub(super) const PATH: &str = "/";
const SUBJECT: &str = "bench.room";
/// Where the server says again what it has stored.
const STORED: &str = "stored.bench.room";
/// Where the publisher hears that it is.
const INBOX: &str = "_INBOX.bench";
/// The stream; as much is kept as in the history of the hub that is held against it.
const STREAM: &str = r#"{"name":"BENCH","subjects":["bench.>"],"storage":"file","max_msgs_per_subject":300,"republish":{"src":"bench.>","dest":"stored.bench.>"}}"#;

/// What a frame says to one that is on its way, in plain words to be answered.
pub(super) fn heard(frame: &[u8], role: Role, is_kept: bool) -> Next {
    if frame.starts_with(b"INFO ") {
        let connect = r#"CONNECT {"verbose":false,"pedantic":false}"#;
        let said = match (role, is_kept) {
            (Role::Subscriber, false) => format!("SUB {SUBJECT} 1\r\nPING\r\n"),
            (Role::Subscriber, true) => format!("SUB {STORED} 1\r\nPING\r\n"),
            (Role::Echo | Role::Publisher, false) => "PING\r\n".to_owned(),
            (Role::Echo | Role::Publisher, true) => {
                let length = STREAM.len();
                format!(
                    "SUB {INBOX} 1\r\n\
                     PUB $JS.API.STREAM.CREATE.BENCH {INBOX} {length}\r\n{STREAM}\r\n"
                )
            }
        };
        return Next::Say(format!("{connect}\r\n{said}").into_bytes());
    }
    if frame.starts_with(b"PONG") {
        return Next::Open;
    }
    if frame.starts_with(b"PING") {
        return Next::Say(b"PONG\r\n".to_vec());
    }
    let says = |word: &[u8]| frame.windows(word.len()).any(|part| part == word);
    let is_answer = is_kept && role != Role::Subscriber && is_message(frame);
    if frame.starts_with(b"-ERR") || is_answer && says(b"\"error\":") {
        return Next::Refused(String::from_utf8_lossy(frame).trim().to_owned());
    }
    match is_answer && says(b"stream_create_response") {
        true => Next::Open,
        false => Next::Wait,
    }
}

/// Whether somebody published.
pub(super) fn is_message(frame: &[u8]) -> bool {
    frame.starts_with(b"MSG ")
}

/// Appends what publishes; where it is to be kept, it is told when it is.
pub(super) fn push_publish(out: &mut Vec<u8>, payload: &[u8], is_kept: bool) {
    let length = payload.len();
    out.extend(match is_kept {
        true => format!("PUB {SUBJECT} {INBOX} {length}\r\n").into_bytes(),
        false => format!("PUB {SUBJECT} {length}\r\n").into_bytes(),
    });
    out.extend(payload);
    out.extend(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriber_is_open_with_the_answer_to_its_ping() {
        let said = |role| match heard(b"INFO {\"server_id\":\"x\"}\r\n", role, false) {
            Next::Say(words) => words.len(),
            other => panic!("{other:?}"),
        };
        assert!(said(Role::Subscriber) > said(Role::Publisher));
        let heard = |frame| heard(frame, Role::Subscriber, false);
        assert_eq!(heard(b"PONG\r\n"), Next::Open);
        assert_eq!(heard(b"MSG bench.room 1 1\r\nx\r\n"), Next::Wait);
        let refused = heard(b"-ERR 'no'\r\n");
        assert!(matches!(refused, Next::Refused(text) if text.contains("no")));
    }

    #[test]
    fn a_publisher_of_what_is_kept_waits_for_the_stream() {
        let heard = |frame| heard(frame, Role::Publisher, true);
        let Next::Say(words) = heard(b"INFO {}\r\n") else {
            panic!("says nothing")
        };
        let words = String::from_utf8(words).expect("text");
        assert!(words.contains("$JS.API.STREAM.CREATE"), "{words}");
        serde_json::from_str::<serde_json::Value>(STREAM).expect("JSON");
        let made = b"MSG _INBOX.bench 1 9\r\n{\"type\":\"io.nats.jetstream.api.v1.stream_create_response\"}\r\n";
        assert_eq!(heard(made), Next::Open);
        assert_eq!(
            heard(b"MSG _INBOX.bench 1 9\r\n{\"seq\":1}\r\n"),
            Next::Wait
        );
        let refused = heard(b"MSG _INBOX.bench 1 9\r\n{\"error\":{}}\r\n");
        assert!(matches!(refused, Next::Refused(_)));
    }

    #[test]
    fn a_publication_says_its_length() {
        let mut out = Vec::new();
        push_publish(&mut out, b"\"x\"", false);
        assert_eq!(out, b"PUB bench.room 3\r\n\"x\"\r\n");
        out.clear();
        push_publish(&mut out, b"", true);
        assert_eq!(out, b"PUB bench.room _INBOX.bench 0\r\n\r\n");
    }
}
