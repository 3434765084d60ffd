//! Every way an event goes to a client: dialect, framing, compression.

use std::collections::HashMap;

use wirehub_core::{Encode, Flavour};
use wirehub_model::Event;
use wirehub_protocol::{Conversation, Dialect, Frame, Goodbye, Heard};
use wirehub_transport::{StreamFraming, Wire};
use wirehub_websocket::{CloseCode, DeflatePolicy, Deflater, Encoder, MessageKind, Window};

/// How the messages of a connection are compressed.
type Compression = Option<Window>;

const COMPRESSIONS: [Compression; 3] = [None, Some(Window::Full), Some(Window::Small)];

/// How many flavours go over a WebSocket; those of streams come behind them.
const WEBSOCKETS: usize = Dialect::ALL.len() * COMPRESSIONS.len();

/// The flavour of connections that speak `dialect` over such a wire. Streams are JSON.
pub(crate) fn flavour(dialect: Dialect, wire: Wire) -> Flavour {
    let number = match wire {
        Wire::WebSocket { deflate } => {
            let dialect = index_of(&Dialect::ALL, &dialect);
            dialect * COMPRESSIONS.len() + index_of(&COMPRESSIONS, &deflate)
        }
        Wire::Stream(framing) => WEBSOCKETS + index_of(&StreamFraming::ALL, &framing),
    };
    // A test counts dialects and compressions, so that the fallback is never taken.
    Flavour::new(number as u8).unwrap_or_else(|| Flavour::new(0).expect("zero is a flavour"))
}

/// The dialect of a flavour that goes over a WebSocket, and how its messages are compressed.
fn dialect(flavour: Flavour) -> Option<(Dialect, Compression)> {
    let number = flavour.index();
    let dialect = Dialect::ALL.get(number / COMPRESSIONS.len())?;
    Some((*dialect, COMPRESSIONS[number % COMPRESSIONS.len()]))
}

/// The framing of a flavour, if it is one of a stream.
pub(crate) fn framing(flavour: Flavour) -> Option<StreamFraming> {
    let stream = flavour.index().checked_sub(WEBSOCKETS)?;
    StreamFraming::ALL.get(stream).copied()
}

fn index_of<T: PartialEq>(all: &[T], wanted: &T) -> usize {
    all.iter()
        .position(|known| known == wanted)
        .unwrap_or_default()
}

/// Makes whole frames of events, one deflater for all connections of a shard, and remembers what
/// was said to those whose dialect needs that.
#[derive(Debug)]
pub(crate) struct FrameEncoder {
    framer: Framer,
    conversations: HashMap<u32, Conversation>,
    /// Slots whose client was let in and had said something before.
    released: Vec<u32>,
}

impl FrameEncoder {
    pub(crate) fn new(policy: DeflatePolicy) -> Self {
        Self {
            framer: Framer {
                deflater: Deflater::new(policy),
                scratch: Vec::new(),
            },
            conversations: HashMap::new(),
            released: Vec::new(),
        }
    }

    /// The connection in a slot begins.
    pub(crate) fn begin(&mut self, slot: u32, dialect: Dialect) {
        if let Some(conversation) = Conversation::begin(dialect) {
            self.conversations.insert(slot, conversation);
        }
    }

    /// The connection in a slot is over.
    pub(crate) fn end(&mut self, slot: u32) {
        self.conversations.remove(&slot);
        if self.conversations.is_empty() {
            self.conversations = HashMap::new();
        }
    }

    /// Appends what a message of the client in a slot means.
    pub(crate) fn hear(&mut self, slot: u32, frame: Frame<'_>, heard: &mut Vec<Heard>) {
        if let Some(conversation) = self.conversations.get_mut(&slot) {
            conversation.hear(frame, heard);
        }
    }

    /// The next slot whose client was let in and had said something before, which is appended.
    pub(crate) fn poll_released(&mut self, heard: &mut Vec<Heard>) -> Option<u32> {
        let slot = self.released.pop()?;
        if let Some(conversation) = self.conversations.get_mut(&slot) {
            conversation.take_released(heard);
        }
        Some(slot)
    }
}

/// Puts frames around messages.
#[derive(Debug)]
struct Framer {
    deflater: Deflater,
    /// The message before it is compressed.
    scratch: Vec<u8>,
}

impl Framer {
    fn message(
        &mut self,
        dialect: Dialect,
        compression: Compression,
        out: &mut Vec<u8>,
        say: impl FnOnce(&mut Vec<u8>) -> bool,
    ) {
        let kind = if dialect.is_text() {
            MessageKind::Text
        } else {
            MessageKind::Binary
        };
        let encoder = Encoder::server();
        match compression {
            None => {
                let start = out.len();
                let frame = encoder.begin(out, kind);
                if say(out) {
                    encoder.finish(out, frame);
                } else {
                    out.truncate(start);
                }
            }
            Some(window) => {
                self.scratch.clear();
                if say(&mut self.scratch) {
                    let deflater = &mut self.deflater;
                    encoder.compressed(out, kind, &self.scratch, deflater, window);
                }
                self.scratch.shrink_to(64 * 1024);
            }
        }
    }
}

/// Says an event on a stream. What a WebSocket has frames for are messages here.
fn on_stream(framing: StreamFraming, event: &Event<'_>, out: &mut Vec<u8>) {
    match event {
        Event::Heartbeat => say(framing, r#"{"type":"ping"}"#, out),
        // Clients have no such frame to send, so there is nothing to answer.
        Event::HeartbeatReply(_) => {}
        Event::Close(reason) => {
            let (code, name) = (reason.code(), reason.name());
            let goodbye = format!(r#"{{"type":"close","code":{code},"reason":"{name}"}}"#);
            say(framing, &goodbye, out);
            framing.end(out);
        }
        _ => framing.message(out, |out| Dialect::NativeJson.encode(event, out)),
    }
}

/// Appends a message that is JSON already.
pub(crate) fn say(framing: StreamFraming, json: &str, out: &mut Vec<u8>) {
    framing.message(out, |out| {
        out.extend_from_slice(json.as_bytes());
        true
    });
}

impl Encode for FrameEncoder {
    fn encode(&mut self, flavour: Flavour, event: &Event<'_>, out: &mut Vec<u8>) {
        if let Some(framing) = framing(flavour) {
            on_stream(framing, event, out);
            return;
        }
        let Some((dialect, compression)) = dialect(flavour) else {
            return;
        };
        match event {
            Event::Heartbeat if dialect.is_native() => Encoder::server().ping(out, b""),
            Event::HeartbeatReply(payload) => Encoder::server().pong(out, payload),
            Event::Close(reason) => say_goodbye(dialect.goodbye(*reason), out),
            _ => {
                let framer = &mut self.framer;
                framer.message(dialect, compression, out, |out| dialect.encode(event, out));
            }
        }
    }

    fn encode_for(&mut self, slot: u32, flavour: Flavour, event: &Event<'_>, out: &mut Vec<u8>) {
        let foreign = dialect(flavour).filter(|(dialect, _)| !dialect.is_native());
        let conversation = foreign.and_then(|_| self.conversations.get_mut(&slot));
        let (Some((dialect, compression)), Some(conversation)) = (foreign, conversation) else {
            self.encode(flavour, event, out);
            return;
        };
        match event {
            Event::HeartbeatReply(payload) => Encoder::server().pong(out, payload),
            Event::Close(reason) => say_goodbye(conversation.goodbye(*reason), out),
            _ => {
                let framer = &mut self.framer;
                framer.message(dialect, compression, out, |out| {
                    conversation.tell(event, out)
                });
                if conversation.has_released() {
                    self.released.push(slot);
                }
            }
        }
    }

    fn welcomes_with_subscriptions(&self, flavour: Flavour) -> bool {
        dialect(flavour).is_some_and(|(dialect, _)| dialect.welcomes_with_subscriptions())
    }

    fn resumes(&self, flavour: Flavour) -> bool {
        dialect(flavour).is_none_or(|(dialect, _)| dialect.is_native())
    }

    fn answers_goodbye(&self, flavour: Flavour) -> bool {
        framing(flavour).is_none()
    }
}

fn say_goodbye(goodbye: Goodbye, out: &mut Vec<u8>) {
    Encoder::server().close(out, CloseCode::new(goodbye.code), goodbye.reason);
}

#[cfg(test)]
mod tests {
    use wirehub_model::CloseReason;

    use super::*;

    #[test]
    fn there_is_a_flavour_for_every_combination() {
        assert!(WEBSOCKETS + StreamFraming::ALL.len() <= Flavour::COUNT);
        let mut seen = Vec::new();
        for dialect in Dialect::ALL {
            for deflate in COMPRESSIONS {
                let flavour = flavour(dialect, Wire::WebSocket { deflate });
                assert!(!seen.contains(&flavour), "{dialect:?} {deflate:?}");
                assert_eq!(framing(flavour), None);
                seen.push(flavour);
            }
        }
        for stream in StreamFraming::ALL {
            let flavour = flavour(Dialect::NativeJson, Wire::Stream(stream));
            assert!(!seen.contains(&flavour), "{stream:?}");
            assert_eq!(framing(flavour), Some(stream));
            seen.push(flavour);
        }
    }

    #[test]
    fn frames_hold_what_the_dialect_says() {
        let mut encoder = FrameEncoder::new(DeflatePolicy::default());
        let mut out = Vec::new();
        let plain = Wire::WebSocket { deflate: None };
        encoder.encode(flavour(Dialect::NativeJson, plain), &Event::Pong, &mut out);
        assert_eq!(out, b"\x81\x0f{\"type\":\"pong\"}");
    }

    #[test]
    fn streams_say_what_websockets_have_frames_for() {
        let mut encoder = FrameEncoder::new(DeflatePolicy::default());
        let [_, _, chunked, _] = StreamFraming::ALL.map(Wire::Stream);
        let lines = flavour(Dialect::NativeJson, chunked);
        let mut said = |event: &Event<'_>| {
            let mut out = Vec::new();
            encoder.encode(lines, event, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(said(&Event::Pong), "00000010\r\n{\"type\":\"pong\"}\n\r\n");
        assert_eq!(
            said(&Event::Heartbeat),
            "00000010\r\n{\"type\":\"ping\"}\n\r\n"
        );
        assert_eq!(said(&Event::HeartbeatReply(b"x")), "");
        let goodbye = said(&Event::Close(CloseReason::ServiceRestart));
        let json = r#"{"type":"close","code":1012,"reason":"service_restart"}"#;
        assert_eq!(
            goodbye,
            format!("{:08x}\r\n{json}\n\r\n0\r\n\r\n", json.len() + 1)
        );
        assert!(!encoder.answers_goodbye(lines));
    }

    #[test]
    fn every_close_reason_has_a_code_that_may_be_sent() {
        for dialect in Dialect::ALL {
            for reason in CloseReason::ALL {
                let Goodbye { code, reason: why } = dialect.goodbye(reason);
                assert!(CloseCode::new(code).is_some(), "{dialect:?} {reason:?}");
                assert!(why.len() <= 123, "{dialect:?} {reason:?}");
            }
        }
    }

    #[test]
    fn only_foreign_connections_have_a_conversation() {
        let mut encoder = FrameEncoder::new(DeflatePolicy::default());
        for dialect in Dialect::ALL {
            encoder.begin(7, dialect);
            assert_eq!(
                encoder.conversations.len(),
                usize::from(!dialect.is_native())
            );
            let plain = flavour(dialect, Wire::WebSocket { deflate: None });
            assert_eq!(encoder.resumes(plain), dialect.is_native());
            encoder.end(7);
        }
    }
}
