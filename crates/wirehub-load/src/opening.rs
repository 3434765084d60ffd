//! The opening handshake, client side (RFC 6455 section 4.1).

use wirehub_websocket::{Window, handshake, negotiate};

use crate::{outcome::FailureCause, target::Target};

/// A longer head of an answer is none.
const HEAD_MAX: usize = 16 * 1024;

/// The request of all connections, and the answer it must get. They share a key, which spares the
/// crowd a hash for each; the server has to hash all the same.
#[derive(Debug)]
pub(crate) struct Opening {
    head: String,
    accept: String,
    has_token: bool,
    /// Whether permessage-deflate is offered.
    offers: bool,
}

/// What came of the request so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Not all of it is here.
    Partial,
    /// A WebSocket, behind so many bytes; messages may be compressed with the window, if there is
    /// one.
    Open(usize, Option<Window>),
    /// Something else.
    No(FailureCause, Option<u16>),
}

impl Opening {
    pub(crate) fn new(
        target: &Target,
        subprotocol: Option<&str>,
        compression: bool,
        nonce: [u8; 16],
    ) -> Self {
        let key = handshake::client_key(nonce);
        let subprotocol = subprotocol.map(|name| format!("Sec-WebSocket-Protocol: {name}\r\n"));
        let extension = format!("Sec-WebSocket-Extensions: {}\r\n", negotiate::OFFER);
        let head = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: {}\r\nSec-WebSocket-Key: {key}\r\n{}{}",
            target.resource,
            target.authority,
            handshake::VERSION,
            subprotocol.unwrap_or_default(),
            if compression { &extension } else { "" },
        );
        Self {
            head,
            accept: handshake::accept_key(&key),
            has_token: target.resource.contains("token="),
            offers: compression,
        }
    }

    /// Whether there is a token in the URL.
    pub(crate) const fn has_token(&self) -> bool {
        self.has_token
    }

    /// The request, with a token if there is one.
    pub(crate) fn request(&self, token: Option<&str>) -> Vec<u8> {
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
        format!("{}{}\r\n", self.head, token.unwrap_or_default()).into_bytes()
    }

    /// Looks at what came.
    pub(crate) fn answer(&self, bytes: &[u8]) -> Answer {
        const START: &[u8] = b"HTTP/1.1 ";
        let begins = bytes.iter().zip(START).all(|(one, other)| one == other);
        if !begins {
            return Answer::No(FailureCause::Garbage, None);
        }
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            return match bytes.len() {
                0..HEAD_MAX => Answer::Partial,
                _ => Answer::No(FailureCause::Garbage, None),
            };
        };
        let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default());
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.get(9..12)?.parse().ok());
        match status {
            Some(101) => {}
            Some(status @ (401 | 403)) => {
                return Answer::No(FailureCause::Unauthorized, Some(status));
            }
            Some(status) => return Answer::No(FailureCause::Status, Some(status)),
            None => return Answer::No(FailureCause::Garbage, None),
        }
        let (mut is_accepted, mut extensions) = (false, Vec::new());
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            match name.to_ascii_lowercase().as_str() {
                "sec-websocket-accept" => is_accepted |= value.trim() == self.accept,
                "sec-websocket-extensions" => extensions.push(value.trim()),
                _ => {}
            }
        }
        // Several headers are one list (RFC 6455 section 9.1).
        let window = self.agreed(&extensions.join(","));
        match window.filter(|_| is_accepted) {
            Some(window) => Answer::Open(end + 4, window),
            None => Answer::No(FailureCause::Garbage, None),
        }
    }

    /// The window that was agreed on, if any was; nothing when the server goes beyond what was
    /// offered, which is no handshake (RFC 6455 section 4.1).
    fn agreed(&self, extensions: &str) -> Option<Option<Window>> {
        match self.offers {
            true => negotiate::check_answer(extensions).ok(),
            false => extensions.is_empty().then_some(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening() -> Opening {
        with_compression(false)
    }

    fn with_compression(compression: bool) -> Opening {
        // The nonce of RFC 6455 section 1.3.
        let target = Target::parse("ws://hub/ws").unwrap();
        Opening::new(&target, Some("chat"), compression, *b"the sample nonce")
    }

    const GOOD: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

    #[test]
    fn the_request_has_what_a_server_asks_for() {
        let request = String::from_utf8(opening().request(Some("abc"))).unwrap();
        assert!(request.starts_with("GET /ws HTTP/1.1\r\nHost: hub\r\n"));
        assert!(request.contains("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
        assert!(request.contains("Sec-WebSocket-Protocol: chat\r\n"));
        assert!(request.ends_with("Authorization: Bearer abc\r\n\r\n"));
    }

    #[test]
    fn an_answer_in_pieces_and_with_a_frame_behind_it() {
        for cut in 0..GOOD.len() {
            assert_eq!(opening().answer(&GOOD[..cut]), Answer::Partial);
        }
        let more = [GOOD, b"\x81\x00"].concat();
        assert_eq!(opening().answer(&more), Answer::Open(GOOD.len(), None));
    }

    #[test]
    fn compression_is_agreed_on_or_declined_and_nothing_else() {
        let request = String::from_utf8(with_compression(true).request(None)).unwrap();
        assert!(request.contains("\r\nSec-WebSocket-Extensions: permessage-deflate; "));
        let head = GOOD.strip_suffix(b"\r\n").unwrap();
        let answered = |extensions: &str| {
            let header = format!("Sec-WebSocket-Extensions: {extensions}\r\n\r\n");
            [head, header.as_bytes()].concat()
        };
        let agreed = answered("permessage-deflate; server_no_context_takeover");
        let length = agreed.len();
        let open = Answer::Open(length, Some(Window::Full));
        assert_eq!(with_compression(true).answer(&agreed), open);
        let declined = Answer::Open(GOOD.len(), None);
        assert_eq!(with_compression(true).answer(GOOD), declined);
        let garbage = Answer::No(FailureCause::Garbage, None);
        assert_eq!(opening().answer(&agreed), garbage);
        assert_eq!(with_compression(true).answer(&answered("x-best")), garbage);
    }

    #[test]
    fn everything_else_has_a_cause() {
        let no = |bytes: &[u8]| match opening().answer(bytes) {
            Answer::No(cause, status) => (cause, status),
            other => panic!("{other:?}"),
        };
        let busy = b"HTTP/1.1 503 Busy\r\n\r\n";
        assert_eq!(no(busy), (FailureCause::Status, Some(503)));
        let unauthorized = b"HTTP/1.1 401 x\r\n\r\n";
        assert_eq!(no(unauthorized), (FailureCause::Unauthorized, Some(401)));
        let foreign = b"HTTP/1.1 101 x\r\nSec-WebSocket-Accept: nonsense\r\n\r\n";
        for garbage in [
            foreign.as_slice(),
            b"SSH-2.0",
            &[b'x'; 100],
            b"HTTP/1.1 \r\n\r\n",
        ] {
            assert_eq!(no(garbage), (FailureCause::Garbage, None));
        }
        let endless = [b"HTTP/1.1 101 ".as_slice(), &[b'x'; HEAD_MAX]].concat();
        assert_eq!(no(&endless), (FailureCause::Garbage, None));
    }
}
