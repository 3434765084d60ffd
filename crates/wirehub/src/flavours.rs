//! Every way an event goes over a WebSocket: dialect, framing, compression.

use wirehub_core::{Encode, Flavour};
use wirehub_model::{CloseReason, Event};
use wirehub_protocol::Dialect;
use wirehub_websocket::{CloseCode, DeflatePolicy, Deflater, Encoder, MessageKind, Window};

/// How the messages of a connection are compressed.
type Compression = Option<Window>;

const COMPRESSIONS: [Compression; 3] = [None, Some(Window::Full), Some(Window::Small)];

/// The flavour of connections that speak `dialect` and agreed on `compression`.
pub(crate) fn flavour(dialect: Dialect, compression: Compression) -> Flavour {
    let dialect = index_of(&Dialect::ALL, &dialect);
    let compression = index_of(&COMPRESSIONS, &compression);
    let number = dialect * COMPRESSIONS.len() + compression;
    // A test counts dialects and compressions, so that the fallback is never taken.
    Flavour::new(number as u8).unwrap_or_else(|| Flavour::new(0).expect("zero is a flavour"))
}

fn index_of<T: PartialEq>(all: &[T], wanted: &T) -> usize {
    all.iter()
        .position(|known| known == wanted)
        .unwrap_or_default()
}

/// Makes whole WebSocket frames of events, one deflater for all connections of a shard.
#[derive(Debug)]
pub(crate) struct FrameEncoder {
    deflater: Deflater,
    /// The message before it is compressed.
    scratch: Vec<u8>,
}

impl FrameEncoder {
    pub(crate) fn new(policy: DeflatePolicy) -> Self {
        Self {
            deflater: Deflater::new(policy),
            scratch: Vec::new(),
        }
    }

    fn message(
        &mut self,
        dialect: Dialect,
        compression: Compression,
        event: &Event<'_>,
        out: &mut Vec<u8>,
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
                if dialect.encode(event, out) {
                    encoder.finish(out, frame);
                } else {
                    out.truncate(start);
                }
            }
            Some(window) => {
                self.scratch.clear();
                if dialect.encode(event, &mut self.scratch) {
                    let deflater = &mut self.deflater;
                    encoder.compressed(out, kind, &self.scratch, deflater, window);
                }
                self.scratch.shrink_to(64 * 1024);
            }
        }
    }
}

impl Encode for FrameEncoder {
    fn encode(&mut self, flavour: Flavour, event: &Event<'_>, out: &mut Vec<u8>) {
        match event {
            Event::Heartbeat => Encoder::server().ping(out, b""),
            Event::HeartbeatReply(payload) => Encoder::server().pong(out, payload),
            Event::Close(reason) => {
                Encoder::server().close(out, close_code(*reason), reason.name());
            }
            _ => {
                let number = flavour.index();
                let dialect = Dialect::ALL.get(number / COMPRESSIONS.len());
                let compression = COMPRESSIONS[number % COMPRESSIONS.len()];
                if let Some(dialect) = dialect {
                    self.message(*dialect, compression, event, out);
                }
            }
        }
    }
}

fn close_code(reason: CloseReason) -> Option<CloseCode> {
    CloseCode::new(reason.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_flavour_for_every_combination() {
        assert!(Dialect::ALL.len() * COMPRESSIONS.len() <= Flavour::COUNT);
        let mut seen = Vec::new();
        for dialect in Dialect::ALL {
            for compression in COMPRESSIONS {
                let flavour = flavour(dialect, compression);
                assert!(!seen.contains(&flavour), "{dialect:?} {compression:?}");
                seen.push(flavour);
            }
        }
    }

    #[test]
    fn frames_hold_what_the_dialect_says() {
        let mut encoder = FrameEncoder::new(DeflatePolicy::default());
        let mut out = Vec::new();
        encoder.encode(flavour(Dialect::NativeJson, None), &Event::Pong, &mut out);
        assert_eq!(out, b"\x81\x0f{\"type\":\"pong\"}");
    }

    #[test]
    fn every_close_reason_has_a_code_that_may_be_sent() {
        for reason in CloseReason::ALL {
            assert!(close_code(reason).is_some(), "{reason:?}");
        }
    }
}
