//! From messages to frames of a WebSocket, or to messages of a stream.

use wirehub_model::Event;
use wirehub_protocol::{Dialect, Goodbye};
use wirehub_transport::{StreamFraming, Wire};
use wirehub_websocket::{CloseCode, DeflatePolicy, Deflater, Encoder, MessageKind, Window};

/// Capacity that a buffer keeps from message to message.
const KEPT: usize = 64 * 1024;

/// Puts frames around messages.
#[derive(Debug)]
pub(super) struct Framer {
    deflater: Deflater,
    /// The message before it is compressed, or cut into those of a stream.
    scratch: Vec<u8>,
}

impl Framer {
    pub(super) fn new(policy: DeflatePolicy) -> Self {
        Self {
            deflater: Deflater::new(policy),
            scratch: Vec::new(),
        }
    }

    /// Appends what `say` does as a message; nothing where it says no.
    pub(super) fn message(
        &mut self,
        dialect: Dialect,
        wire: Wire,
        out: &mut Vec<u8>,
        say: impl FnOnce(&mut Vec<u8>) -> bool,
    ) {
        match wire {
            Wire::WebSocket { deflate } => self.frame(dialect, deflate, out, say),
            Wire::Stream(framing) if !dialect.is_native() && dialect.is_text() => {
                self.scratch.clear();
                if say(&mut self.scratch) {
                    // What is one message of a WebSocket on several lines is several here.
                    for line in self.scratch.split(|byte| *byte == b'\n') {
                        framing.message(out, |out| {
                            out.extend_from_slice(line);
                            true
                        });
                    }
                }
                self.scratch.shrink_to(KEPT);
            }
            Wire::Stream(framing) => framing.message(out, say),
        }
    }

    fn frame(
        &mut self,
        dialect: Dialect,
        compression: Option<Window>,
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
                self.scratch.shrink_to(KEPT);
            }
        }
    }

    /// Says goodbye. Where there is no frame for it, it is the last message.
    pub(super) fn goodbye(
        &mut self,
        dialect: Dialect,
        wire: Wire,
        goodbye: Goodbye,
        out: &mut Vec<u8>,
    ) {
        let Goodbye { code, reason } = goodbye;
        match wire {
            Wire::WebSocket { .. } => {
                if dialect.is_one_way() {
                    self.message(dialect, wire, out, |out| dialect.farewell(goodbye, out));
                }
                Encoder::server().close(out, CloseCode::new(code), reason);
            }
            Wire::Stream(framing) => {
                if dialect.is_native() {
                    let close = format!(r#"{{"type":"close","code":{code},"reason":"{reason}"}}"#);
                    say(framing, &close, out);
                } else {
                    self.message(dialect, wire, out, |out| dialect.farewell(goodbye, out));
                }
                framing.end(out);
            }
        }
    }
}

/// Says what WebSocket has frames for. Native clients that hear a stream have a message for it.
pub(super) fn control(dialect: Dialect, wire: Wire, event: &Event<'_>, out: &mut Vec<u8>) {
    match (event, wire) {
        (Event::Heartbeat, Wire::WebSocket { .. }) if dialect.pings_with_frames() => {
            Encoder::server().ping(out, b"");
        }
        (Event::Heartbeat, Wire::Stream(framing)) if dialect.is_native() => {
            say(framing, r#"{"type":"ping"}"#, out);
        }
        (Event::HeartbeatReply(payload), Wire::WebSocket { .. }) => {
            Encoder::server().pong(out, payload);
        }
        _ => {}
    }
}

/// Appends a message that is JSON already.
pub(crate) fn say(framing: StreamFraming, json: &str, out: &mut Vec<u8>) {
    framing.message(out, |out| {
        out.extend_from_slice(json.as_bytes());
        true
    });
}
