//! How messages stand in a response that does not end. No IO.

use http::{HeaderMap, HeaderName, HeaderValue, Version, header};

/// The format of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamFormat {
    /// Server-sent events, `text/event-stream`: `data: ` before and an empty line behind each.
    Events,
    /// `application/x-ndjson`: each on a line of its own.
    Lines,
    /// `application/octet-stream`: messages that say themselves where they end.
    Bytes,
}

/// How each message is enclosed, which is the same for all receivers with the same framing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamFraming {
    /// What the body is.
    pub format: StreamFormat,
    /// Whether the body comes in chunks (RFC 9112 section 7.1), or ends with the connection, for
    /// clients that speak HTTP/1.0.
    pub chunked: bool,
}

impl StreamFormat {
    const fn content_type(self) -> &'static str {
        match self {
            Self::Events => "text/event-stream",
            Self::Lines => "application/x-ndjson",
            Self::Bytes => "application/octet-stream",
        }
    }

    const fn before(self) -> &'static [u8] {
        match self {
            Self::Events => b"data: ",
            Self::Lines | Self::Bytes => b"",
        }
    }

    const fn behind(self) -> &'static [u8] {
        match self {
            Self::Events => b"\n\n",
            Self::Lines => b"\n",
            Self::Bytes => b"",
        }
    }

    /// Whether a line end would end a message.
    const fn has_lines(self) -> bool {
        match self {
            Self::Events | Self::Lines => true,
            Self::Bytes => false,
        }
    }
}

impl StreamFraming {
    /// Every way there is.
    pub const ALL: [Self; 6] = [
        Self::new(StreamFormat::Events, true),
        Self::new(StreamFormat::Events, false),
        Self::new(StreamFormat::Lines, true),
        Self::new(StreamFormat::Lines, false),
        Self::new(StreamFormat::Bytes, true),
        Self::new(StreamFormat::Bytes, false),
    ];

    const fn new(format: StreamFormat, chunked: bool) -> Self {
        Self { format, chunked }
    }

    /// The framing for a client that asks in this version of HTTP.
    #[must_use]
    pub fn for_version(format: StreamFormat, version: Version) -> Self {
        Self::new(format, version >= Version::HTTP_11)
    }

    /// Appends a message that `write` appends: JSON, but for [`StreamFormat::Bytes`]. Line ends in
    /// JSON, which it has only between its tokens (RFC 8259 section 7), become spaces. Nothing is
    /// left of a message for which `write` says no.
    pub fn message(self, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> bool) {
        self.raw(out, |out| {
            out.extend_from_slice(self.format.before());
            let start = out.len();
            let written = write(out);
            let json = out.get_mut(start..).filter(|_| self.format.has_lines());
            for byte in json.unwrap_or_default() {
                if matches!(byte, b'\n' | b'\r') {
                    *byte = b' ';
                }
            }
            out.extend_from_slice(self.format.behind());
            written
        });
    }

    /// Appends bytes of the format itself, in a chunk where there are chunks.
    pub fn raw(self, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> bool) {
        let start = out.len();
        if self.chunked {
            out.extend_from_slice(&[b'0'; CHUNK_HEAD]);
        }
        let body = out.len();
        if !write(out) {
            out.truncate(start);
            return;
        }
        if self.chunked {
            let size = chunk_size(out.len() - body);
            if let Some(head) = out.get_mut(start..body) {
                head.copy_from_slice(&size);
            }
            out.extend_from_slice(b"\r\n");
        }
    }

    /// Appends the end of the body.
    pub fn end(self, out: &mut Vec<u8>) {
        if self.chunked {
            out.extend_from_slice(b"0\r\n\r\n");
        }
    }

    /// The head of the response, with more headers of the caller's.
    #[must_use]
    pub fn head(self, more: &HeaderMap) -> Vec<u8> {
        let mut head = b"HTTP/1.1 200 OK\r\n".to_vec();
        let mut line = |name: &HeaderName, value: &HeaderValue| {
            head.extend_from_slice(name.as_str().as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        };
        let (name, value) = if self.chunked {
            (header::TRANSFER_ENCODING, "chunked")
        } else {
            (header::CONNECTION, "close")
        };
        line(&name, &HeaderValue::from_static(value));
        let content_type = HeaderValue::from_static(self.format.content_type());
        line(&header::CONTENT_TYPE, &content_type);
        // Proxies would keep it, or pack it and wait for more.
        let fresh = HeaderValue::from_static("no-store, no-transform");
        line(&header::CACHE_CONTROL, &fresh);
        let unbuffered = HeaderValue::from_static("no");
        line(&HeaderName::from_static("x-accel-buffering"), &unbuffered);
        for (name, value) in more {
            line(name, value);
        }
        head.extend_from_slice(b"\r\n");
        head
    }
}

/// Eight digits and the end of the line: enough for any buffer, and written without moving it.
const CHUNK_HEAD: usize = 10;

fn chunk_size(bytes: usize) -> [u8; CHUNK_HEAD] {
    let mut head = *b"00000000\r\n";
    let mut rest = bytes;
    for digit in head[..8].iter_mut().rev() {
        *digit = b"0123456789abcdef"[rest % 16];
        rest /= 16;
    }
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(framing: StreamFraming, text: &str) -> String {
        let mut out = b"|".to_vec();
        framing.message(&mut out, |out| {
            out.extend_from_slice(text.as_bytes());
            true
        });
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_framing_encloses_a_message_in_its_way() {
        let [events, bare_events, lines, bare_lines, bytes, bare_bytes] = StreamFraming::ALL;
        assert_eq!(said(events, "{}"), "|0000000a\r\ndata: {}\n\n\r\n");
        assert_eq!(said(bare_events, "{}"), "|data: {}\n\n");
        assert_eq!(said(lines, "{}"), "|00000003\r\n{}\n\r\n");
        assert_eq!(said(bare_lines, "{}"), "|{}\n");
        assert_eq!(said(bytes, "\n\0"), "|00000002\r\n\n\0\r\n");
        assert_eq!(said(bare_bytes, "\n\0"), "|\n\0");
        let long = "x".repeat(0x1_2345);
        assert!(said(lines, &long).starts_with("|00012346\r\nxxx"));
    }

    #[test]
    fn line_ends_between_tokens_do_not_end_a_message() {
        let all = StreamFraming::ALL.into_iter();
        for framing in all.filter(|framing| framing.format.has_lines()) {
            let said = said(framing, "{\"data\":[1,\r\n2,\n3]}");
            assert!(said.contains("{\"data\":[1,  2, 3]}\n"), "{said}");
        }
    }

    #[test]
    fn nothing_is_left_of_what_cannot_be_said() {
        for framing in StreamFraming::ALL {
            let mut out = b"|".to_vec();
            framing.message(&mut out, |out| {
                out.extend_from_slice(b"half");
                false
            });
            assert_eq!(out, b"|");
        }
    }

    #[test]
    fn the_head_says_how_the_body_ends() {
        let more = HeaderMap::from_iter([(header::VARY, HeaderValue::from_static("origin"))]);
        for framing in StreamFraming::ALL {
            let head = String::from_utf8(framing.head(&more)).unwrap();
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
            assert!(head.ends_with("\r\nvary: origin\r\n\r\n"), "{head}");
            assert_eq!(head.contains("transfer-encoding: chunked"), framing.chunked);
            assert_ne!(head.contains("connection: close"), framing.chunked);
        }
    }
}
