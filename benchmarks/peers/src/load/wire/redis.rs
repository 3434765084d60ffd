//! Redis, as its own clients speak to it:
//! <https://redis.io/docs/latest/develop/reference/protocol-spec/>, version 2.

use super::{Next, Role};

/// The most entries of a stream, about; as in the history of the hub that is held against it.
const KEPT: &str = "300";

/// What somebody says who has just connected.
pub(super) fn connected(topic: &str, role: Role) -> Next {
    match role {
        Role::Subscriber => {
            let mut said = Vec::new();
            push(&mut said, &[b"SUBSCRIBE", topic.as_bytes()]);
            Next::Say(said)
        }
        Role::Echo | Role::Publisher => Next::Open,
    }
}

/// What an answer says.
pub(super) fn heard(answer: &[u8]) -> Next {
    match answer {
        [b'-', ..] => Next::Refused(String::from_utf8_lossy(answer).trim().to_owned()),
        _ if answer.starts_with(b"*3\r\n$9\r\nsubscribe\r\n") => Next::Open,
        _ => Next::Wait,
    }
}

/// Whether somebody published.
pub(super) fn is_message(answer: &[u8]) -> bool {
    answer.starts_with(b"*3\r\n$7\r\nmessage\r\n")
}

/// Appends the command that publishes; and before it the one that keeps.
pub(super) fn push_publish(
    out: &mut Vec<u8>,
    text: &mut Vec<u8>,
    topic: &str,
    payload: &[u8],
    is_kept: bool,
) {
    if is_kept {
        text.clear();
        text.extend(topic.as_bytes());
        text.extend(b":kept");
        let add = [b"XADD", text.as_slice(), b"MAXLEN", b"~"];
        let entry = [KEPT.as_bytes(), b"*", b"d", payload];
        push(out, &[add, entry].concat());
    }
    push(out, &[b"PUBLISH", topic.as_bytes(), payload]);
}

/// Appends a command.
fn push(out: &mut Vec<u8>, parts: &[&[u8]]) {
    out.extend(format!("*{}\r\n", parts.len()).as_bytes());
    for part in parts {
        out.extend(format!("${}\r\n", part.len()).as_bytes());
        out.extend(*part);
        out.extend(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriber_is_open_with_the_answer() {
        let said = b"*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nt\r\n".to_vec();
        assert_eq!(connected("t", Role::Subscriber), Next::Say(said));
        assert_eq!(connected("t", Role::Publisher), Next::Open);
        let answer = b"*3\r\n$9\r\nsubscribe\r\n$1\r\nt\r\n:1\r\n";
        assert_eq!(heard(answer), Next::Open);
        assert_eq!(heard(b":1\r\n"), Next::Wait);
        let refused = heard(b"-NOAUTH no\r\n");
        assert!(matches!(refused, Next::Refused(text) if text.contains("NOAUTH")));
    }

    #[test]
    fn what_is_kept_is_added_before_it_is_published() {
        let said = |is_kept| {
            let (mut out, mut text) = (Vec::new(), Vec::new());
            push_publish(&mut out, &mut text, "t", b"x", is_kept);
            String::from_utf8(out).expect("text")
        };
        let published = "*3\r\n$7\r\nPUBLISH\r\n$1\r\nt\r\n$1\r\nx\r\n";
        assert_eq!(said(false), published);
        let both = said(true);
        assert!(
            both.starts_with("*8\r\n$4\r\nXADD\r\n$6\r\nt:kept\r\n"),
            "{both}"
        );
        assert!(both.ends_with(published), "{both}");
    }
}
