use crate::close::CloseCode;
use crate::deflate::{Deflater, Window};
use crate::header::{CONTROL_MAX, FIN, HEADER_MAX, MASKED, RSV1};
use crate::mask;
use crate::opcode::{MessageKind, Opcode};

/// The header length set aside by [`Encoder::begin`]: that of a payload of 126 to 65,535 bytes.
const RESERVED: usize = 4;
const KEY: usize = 4;

/// Writes frames behind whatever a `Vec<u8>` holds (RFC 6455 section 5.2).
///
/// A server's frames carry no masking key and so are the same bytes for every connection: encode
/// once, send to all. A client has to draw a new unpredictable key for each frame (section 5.3);
/// this crate has no randomness, so the caller hands it in.
#[derive(Debug, Clone, Copy)]
pub struct Encoder {
    key: Option<[u8; KEY]>,
}

/// Where a message stands that is sent in more than one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fragment {
    /// The first frame, which says what the message is; others follow.
    First(MessageKind),
    /// A frame between the first and the last.
    Middle,
    /// The frame that ends the message.
    Last,
}

/// A frame begun by [`Encoder::begin`], to be handed to [`Encoder::finish`].
#[derive(Debug)]
#[must_use = "a frame without its header is not a frame; call `finish`"]
pub struct OpenFrame {
    start: usize,
    first: u8,
}

impl Encoder {
    /// For frames from a server to its clients.
    #[must_use]
    pub const fn server() -> Self {
        Self { key: None }
    }

    /// For one frame from a client to its server, masked with `key`.
    #[must_use]
    pub const fn client(key: [u8; 4]) -> Self {
        Self { key: Some(key) }
    }

    /// Appends a text message in one frame.
    pub fn text(self, out: &mut Vec<u8>, text: &str) {
        self.message(out, MessageKind::Text, text.as_bytes());
    }

    /// Appends a binary message in one frame.
    pub fn binary(self, out: &mut Vec<u8>, bytes: &[u8]) {
        self.message(out, MessageKind::Binary, bytes);
    }

    /// Appends a message in one frame. Text has to be UTF-8: the peer will refuse it otherwise.
    pub fn message(self, out: &mut Vec<u8>, kind: MessageKind, payload: &[u8]) {
        self.frame(out, FIN | Opcode::from(kind).bits(), payload);
    }

    /// Appends a message in one frame, compressed where the deflater's policy and the data make
    /// that worth it, else as it is. Only for connections that agreed on permessage-deflate with
    /// this window; says whether the frame is compressed.
    pub fn compressed(
        self,
        out: &mut Vec<u8>,
        kind: MessageKind,
        payload: &[u8],
        deflater: &mut Deflater,
        window: Window,
    ) -> bool {
        let open = self.open(out, FIN | RSV1 | Opcode::from(kind).bits());
        if deflater.deflate(window, payload, out) {
            self.finish(out, open);
            return true;
        }
        out.truncate(open.start);
        self.message(out, kind, payload);
        false
    }

    /// Appends one frame of a message sent in several. Control frames may stand between them,
    /// other messages may not (RFC 6455 section 5.4).
    pub fn fragment(self, out: &mut Vec<u8>, fragment: Fragment, payload: &[u8]) {
        let first = match fragment {
            Fragment::First(kind) => Opcode::from(kind).bits(),
            Fragment::Middle => Opcode::Continuation.bits(),
            Fragment::Last => FIN | Opcode::Continuation.bits(),
        };
        self.frame(out, first, payload);
    }

    /// Appends a ping. A payload over 125 bytes is cut off there (RFC 6455 section 5.5).
    pub fn ping(self, out: &mut Vec<u8>, payload: &[u8]) {
        self.control(out, Opcode::Ping, payload);
    }

    /// Appends a pong; it repeats the payload of the ping it answers.
    pub fn pong(self, out: &mut Vec<u8>, payload: &[u8]) {
        self.control(out, Opcode::Pong, payload);
    }

    /// Appends a close frame. `None` sends one without a code. A reason over 123 bytes is cut
    /// off between two characters.
    pub fn close(self, out: &mut Vec<u8>, code: Option<CloseCode>, reason: &str) {
        let Some(code) = code else {
            return self.control(out, Opcode::Close, &[]);
        };
        let mut payload = [0; CONTROL_MAX as usize];
        let (head, body) = payload.split_at_mut(2);
        head.copy_from_slice(&code.get().to_be_bytes());
        let (reason, _) = reason.split_at(reason.floor_char_boundary(body.len()));
        body.iter_mut()
            .zip(reason.bytes())
            .for_each(|(slot, byte)| *slot = byte);
        let (payload, _) = payload.split_at(2 + reason.len());
        self.control(out, Opcode::Close, payload);
    }

    /// Begins a message that is written straight into `out`: append the payload there, then call
    /// [`Encoder::finish`] on the same encoder.
    ///
    /// Four bytes are set aside for the header (eight with a key). Only payloads under 126 or
    /// over 65,535 bytes are moved when the frame is finished, by the difference.
    pub fn begin(self, out: &mut Vec<u8>, kind: MessageKind) -> OpenFrame {
        self.open(out, FIN | Opcode::from(kind).bits())
    }

    /// Ends the frame: everything that `out` has gained since [`Encoder::begin`] is its payload.
    ///
    /// # Panics
    ///
    /// When `out` was made shorter than it was after `begin`: a mistake of the caller.
    #[expect(clippy::needless_pass_by_value, reason = "a frame is finished once")]
    pub fn finish(self, out: &mut Vec<u8>, frame: OpenFrame) {
        let OpenFrame { start, first } = frame;
        let payload = start + RESERVED + self.key.map_or(0, |key| key.len());
        assert!(
            payload <= out.len(),
            "frame is shorter than its header; was it truncated?"
        );
        if let (Some(mut key), Some(payload)) = (self.key, out.get_mut(payload..)) {
            mask::apply(payload, &mut key);
        }
        let header = HeaderBytes::new(first, out.len() - payload, self.key);
        out.splice(start..payload, header.as_bytes().iter().copied());
    }

    fn open(self, out: &mut Vec<u8>, first: u8) -> OpenFrame {
        let start = out.len();
        out.resize(start + RESERVED + self.key.map_or(0, |key| key.len()), 0);
        OpenFrame { start, first }
    }

    fn control(self, out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
        let (payload, _) = payload.split_at(payload.len().min(CONTROL_MAX.into()));
        self.frame(out, FIN | opcode.bits(), payload);
    }

    fn frame(self, out: &mut Vec<u8>, first: u8, payload: &[u8]) {
        let header = HeaderBytes::new(first, payload.len(), self.key);
        out.reserve(header.as_bytes().len() + payload.len());
        out.extend_from_slice(header.as_bytes());
        let start = out.len();
        out.extend_from_slice(payload);
        if let (Some(mut key), Some(payload)) = (self.key, out.get_mut(start..)) {
            mask::apply(payload, &mut key);
        }
    }
}

/// A frame header as it stands on the wire.
struct HeaderBytes {
    bytes: [u8; HEADER_MAX],
    len: usize,
}

impl HeaderBytes {
    fn new(first: u8, length: usize, key: Option<[u8; KEY]>) -> Self {
        let mut header = Self {
            bytes: [0; HEADER_MAX],
            len: 0,
        };
        let masked = if key.is_some() { MASKED } else { 0 };
        match length {
            0..=125 => header.push(&[first, masked | length as u8]),
            126..=0xFFFF => {
                header.push(&[first, masked | 126]);
                header.push(&(length as u16).to_be_bytes());
            }
            _ => {
                header.push(&[first, masked | 127]);
                header.push(&(length as u64).to_be_bytes());
            }
        }
        if let Some(key) = key {
            header.push(&key);
        }
        header
    }

    fn push(&mut self, bytes: &[u8]) {
        let free = self.bytes.iter_mut().skip(self.len);
        free.zip(bytes).for_each(|(slot, byte)| *slot = *byte);
        self.len += bytes.len();
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}
