//! The protocol between a client and a server of NATS, as bytes:
//! <https://docs.nats.io/reference/reference-protocols/nats-protocol>.

use bytes::{Buf as _, Bytes, BytesMut};
use serde::Deserialize;

/// The longest line; what a server says of itself names all servers of its cluster.
const LINE_MAX: usize = 256 * 1024;
/// The largest message: no server can be set up to take more.
const MESSAGE_MAX: usize = 64 * 1024 * 1024 + LINE_MAX;

/// What a server says.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// What it is, at the beginning and when that changes.
    Info(Info),
    /// Something came for a subscription.
    Message(Message),
    /// It wants to know whether anybody is there.
    Ping,
    /// It has read everything up to a ping.
    Pong,
    /// It has taken something; only said to those who asked for that.
    Done,
    /// What went wrong.
    Error(String),
}

/// What a server says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Info {
    /// Its version.
    pub version: String,
    /// The largest message that it takes, headers included.
    pub max_payload: usize,
    /// It takes headers.
    pub headers: bool,
    /// It has JetStream.
    pub jetstream: bool,
    /// It wants the connection to be encrypted.
    pub tls_required: bool,
    /// It can encrypt the connection.
    pub tls_available: bool,
    /// The cluster it is one of, if it is of any.
    pub cluster: String,
    /// What a client signs to show who it is.
    pub nonce: String,
}

/// Something that came for a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The number of the subscription.
    pub subscription: u64,
    /// Where it was sent to.
    pub subject: String,
    /// Where an answer is expected.
    pub reply: Option<String>,
    /// Its headers, from the line that says so to the empty one; empty for none.
    pub headers: Bytes,
    /// What was sent.
    pub payload: Bytes,
}

/// Why what came is not of this protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A line does not end.
    #[error("a line has more than {LINE_MAX} bytes")]
    Line,
    /// A message is too large.
    #[error("a message has more than {MESSAGE_MAX} bytes")]
    Large,
    /// It is something else.
    #[error("its {0} is not of the NATS protocol")]
    Odd(&'static str),
}

impl Message {
    /// The number of its status line, if it is an answer of the server with one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let line = self.headers.split(|byte| *byte == b'\r').next()?;
        let line = std::str::from_utf8(line).ok()?;
        line.split_ascii_whitespace().nth(1)?.parse().ok()
    }

    /// The header of this name, which is told apart by case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.headers.split(|byte| *byte == b'\n');
        let value =
            lines.find_map(|line| line.strip_prefix(name.as_bytes())?.strip_prefix(b":"))?;
        Some(std::str::from_utf8(value).ok()?.trim())
    }
}

/// Takes what a server said next off the buffer; `None` while it is not there as a whole.
///
/// # Errors
/// When it is not of the protocol, or too large. The connection is of no use after that.
pub fn take(buffer: &mut BytesMut) -> Result<Option<Said>, WireError> {
    let Some(end) = buffer.windows(2).position(|two| two == b"\r\n") else {
        return match buffer.len() {
            0..=LINE_MAX => Ok(None),
            _ => Err(WireError::Line),
        };
    };
    let line = buffer.get(..end).unwrap_or_default();
    let line = std::str::from_utf8(line).map_err(|_| WireError::Odd("line"))?;
    let (verb, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let said = if verb.eq_ignore_ascii_case("MSG") || verb.eq_ignore_ascii_case("HMSG") {
        let head = Head::read(rest, verb.len() == 4)?;
        let whole = end + 2 + head.total + 2;
        if buffer.len() < whole {
            return Ok(None);
        }
        buffer.advance(end + 2);
        return head.message(buffer).map(Some);
    } else if verb.eq_ignore_ascii_case("PING") {
        Said::Ping
    } else if verb.eq_ignore_ascii_case("PONG") {
        Said::Pong
    } else if verb.eq_ignore_ascii_case("+OK") {
        Said::Done
    } else if verb.eq_ignore_ascii_case("-ERR") {
        Said::Error(rest.trim().trim_matches('\'').to_owned())
    } else if verb.eq_ignore_ascii_case("INFO") {
        Said::Info(serde_json::from_str(rest).map_err(|_| WireError::Odd("information"))?)
    } else {
        return Err(WireError::Odd("word"));
    };
    buffer.advance(end + 2);
    Ok(Some(said))
}

/// What stands before a message.
struct Head {
    subscription: u64,
    subject: String,
    reply: Option<String>,
    headers: usize,
    total: usize,
}

impl Head {
    fn read(text: &str, has_headers: bool) -> Result<Self, WireError> {
        let odd = WireError::Odd("message");
        let number = |text: Option<&str>| -> Result<usize, WireError> {
            text.and_then(|text| text.parse().ok()).ok_or(odd)
        };
        let mut words = text.split_ascii_whitespace();
        let subject = words.next().ok_or(odd)?.to_owned();
        let subscription = words.next().and_then(|word| word.parse().ok()).ok_or(odd)?;
        let mut ends = words.by_ref().collect::<Vec<_>>().into_iter();
        let total = number(ends.next_back())?;
        let headers = if has_headers {
            number(ends.next_back())?
        } else {
            0
        };
        let reply = ends.next().map(ToOwned::to_owned);
        if ends.next().is_some() || headers > total {
            return Err(odd);
        }
        if total > MESSAGE_MAX {
            return Err(WireError::Large);
        }
        Ok(Self {
            subscription,
            subject,
            reply,
            headers,
            total,
        })
    }

    fn message(self, buffer: &mut BytesMut) -> Result<Said, WireError> {
        let mut body = buffer.split_to(self.total).freeze();
        let headers = body.split_to(self.headers);
        if !buffer.starts_with(b"\r\n") {
            return Err(WireError::Odd("message"));
        }
        buffer.advance(2);
        Ok(Said::Message(Message {
            subscription: self.subscription,
            subject: self.subject,
            reply: self.reply,
            headers,
            payload: body,
        }))
    }
}

/// Writes a message. Subjects and headers hold neither blanks nor ends of lines.
pub fn publish(
    out: &mut Vec<u8>,
    subject: &str,
    reply: &str,
    headers: &[(&str, String)],
    payload: &[u8],
) {
    if headers.is_empty() {
        let head = format!("PUB {subject} {reply} {}\r\n", payload.len());
        out.extend_from_slice(head.as_bytes());
    } else {
        let mut lines = "NATS/1.0\r\n".to_owned();
        for (name, value) in headers {
            lines.push_str(&format!("{name}: {value}\r\n"));
        }
        lines.push_str("\r\n");
        let total = lines.len() + payload.len();
        let head = format!("HPUB {subject} {reply} {} {total}\r\n", lines.len());
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(lines.as_bytes());
    }
    out.extend_from_slice(payload);
    out.extend_from_slice(b"\r\n");
}

/// Writes that messages to a subject are wanted under a number.
pub fn subscribe(out: &mut Vec<u8>, subject: &str, subscription: u64) {
    out.extend_from_slice(format!("SUB {subject} {subscription}\r\n").as_bytes());
}

/// Writes that they are wanted no longer.
pub fn unsubscribe(out: &mut Vec<u8>, subscription: u64) {
    out.extend_from_slice(format!("UNSUB {subscription}\r\n").as_bytes());
}

/// Writes a question whether everything before has been read.
pub fn ping(out: &mut Vec<u8>) {
    out.extend_from_slice(b"PING\r\n");
}

/// Writes the answer to such a question.
pub fn pong(out: &mut Vec<u8>) {
    out.extend_from_slice(b"PONG\r\n");
}

#[cfg(test)]
mod tests;
