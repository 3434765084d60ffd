//! How the messages of a server are told apart in its stream of bytes.

use std::io;

use super::scanner::{BINARY, Frame, scan};

/// The longest message that is accepted: those here have a few hundred bytes.
const LENGTH_MAX: usize = 65_536;
/// The longest line: what NATS says of itself has about five hundred bytes.
const LINE_MAX: usize = 8_192;
/// The most parts of an answer, and how deep they stand in each other.
const PARTS_MAX: usize = 64;
const DEPTH_MAX: usize = 4;

/// What stands around a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Framing {
    /// A frame of RFC 6455, after an upgrade.
    #[default]
    WebSocket,
    /// A value of the Redis serialization protocol, version 2.
    Resp,
    /// A line of NATS, and behind that of a message as many bytes as it says.
    Nats,
}

impl Framing {
    /// The message at the front of `bytes`; `None` when it is not all there.
    ///
    /// # Errors
    /// As soon as the bytes can no longer become a message.
    pub(super) fn next(self, bytes: &[u8]) -> io::Result<Option<Frame<'_>>> {
        let length = match self {
            Self::WebSocket => return scan(bytes).map_err(io::Error::other),
            Self::Resp => value(bytes, DEPTH_MAX)?,
            Self::Nats => operation(bytes)?,
        };
        Ok(length.and_then(|length| {
            bytes.get(..length).map(|payload| Frame {
                opcode: BINARY,
                payload,
                length,
            })
        }))
    }
}

/// The length of a value, the end of its last line included.
fn value(bytes: &[u8], depth: usize) -> io::Result<Option<usize>> {
    let Some(line) = line(bytes)? else {
        return Ok(None);
    };
    let head = line.len() + 2;
    let (kind, rest) = match line {
        [kind, rest @ ..] => (*kind, rest),
        [] => return Err(wrong(line)),
    };
    match kind {
        b'+' | b'-' | b':' => Ok(Some(head)),
        // Nothing at all has a length of -1.
        b'$' | b'*' if rest == b"-1" => Ok(Some(head)),
        b'$' => count(rest, LENGTH_MAX).map(|length| Some(head + length + 2)),
        b'*' if depth > 0 => {
            let mut length = head;
            for _ in 0..count(rest, PARTS_MAX)? {
                let part = value(bytes.get(length..).unwrap_or_default(), depth - 1)?;
                let Some(part) = part else {
                    return Ok(None);
                };
                length += part;
            }
            Ok(Some(length))
        }
        _ => Err(wrong(line)),
    }
}

/// The length of what NATS says, the payload of a message included.
fn operation(bytes: &[u8]) -> io::Result<Option<usize>> {
    let Some(line) = line(bytes)? else {
        return Ok(None);
    };
    let head = line.len() + 2;
    if !line.starts_with(b"MSG ") {
        return Ok(Some(head));
    }
    let length = line.rsplit(|byte| *byte == b' ').next();
    let length = count(length.unwrap_or_default(), LENGTH_MAX)?;
    Ok(Some(head + length + 2))
}

/// The first line, without its end.
fn line(bytes: &[u8]) -> io::Result<Option<&[u8]>> {
    let start = &bytes[..bytes.len().min(LINE_MAX)];
    match start.windows(2).position(|end| end == b"\r\n") {
        Some(end) => Ok(Some(&start[..end])),
        None if start.len() == LINE_MAX => Err(wrong(&start[..32])),
        None => Ok(None),
    }
}

fn count(digits: &[u8], most: usize) -> io::Result<usize> {
    let count = std::str::from_utf8(digits).ok();
    let count = count.and_then(|digits| digits.parse().ok());
    count
        .filter(|count| *count <= most)
        .ok_or_else(|| wrong(digits))
}

fn wrong(said: &[u8]) -> io::Error {
    let said = String::from_utf8_lossy(said);
    io::Error::other(format!("the server said {said:?}"))
}

#[cfg(test)]
mod tests {
    use super::Framing;

    /// Every message of `bytes`, which are whole, and none in a part of the first.
    fn messages(framing: Framing, bytes: &[u8]) -> Vec<String> {
        let (mut found, mut rest) = (Vec::new(), bytes);
        while let Some(frame) = framing.next(rest).expect("good") {
            found.push(String::from_utf8_lossy(frame.payload).into_owned());
            rest = &rest[frame.length..];
        }
        assert!(rest.is_empty(), "{rest:?}");
        for cut in 0..found.first().map_or(0, String::len) {
            let part = framing.next(&bytes[..cut]).expect("not wrong yet");
            assert!(part.is_none(), "{cut}");
        }
        found
    }

    #[test]
    fn values_of_redis() {
        let push = "*3\r\n$7\r\nmessage\r\n$1\r\nt\r\n$3\r\n\r\nx\r\n";
        let said = [push, ":1\r\n", "+OK\r\n", "-ERR no\r\n", "$-1\r\n"];
        assert_eq!(messages(Framing::Resp, said.concat().as_bytes()), said);
    }

    #[test]
    fn operations_of_nats() {
        let said = [
            "MSG a 1 4\r\n\r\nyx\r\n",
            "PING\r\n",
            "MSG a 1 _I 0\r\n\r\n",
        ];
        assert_eq!(messages(Framing::Nats, said.concat().as_bytes()), said);
    }

    #[test]
    fn nonsense_and_the_endless_are_errors() {
        for said in [
            "$x\r\n",
            "*99\r\n",
            "\r\n",
            "HTTP/1.1 400\r\n",
            "$9999999\r\n",
        ] {
            assert!(Framing::Resp.next(said.as_bytes()).is_err(), "{said}");
        }
        let nested = "*1\r\n".repeat(9);
        assert!(Framing::Resp.next(nested.as_bytes()).is_err());
        assert!(Framing::Nats.next(&[b'x'; 8192]).is_err());
        assert!(Framing::Nats.next(b"MSG a 1 many\r\n").is_err());
    }
}
