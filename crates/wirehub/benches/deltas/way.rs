//! In which ways a book can be told.

use wirehub_model::{Event, Publication};
use wirehub_protocol::Dialect;
use wirehub_websocket::{Deflater, Encoder, MessageKind, Window};

/// What goes on the wire.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    /// What changed in place of the whole.
    pub(crate) delta: bool,
    /// Compressed as the hub does it: each message by itself.
    pub(crate) compressed: bool,
}

impl Way {
    pub(crate) const fn new(delta: bool, compressed: bool) -> Self {
        Self { delta, compressed }
    }

    /// Appends the frame that tells a publication to whoever was told `before`.
    pub(crate) fn tell(
        self,
        dialect: Dialect,
        (before, now): (&Publication, &Publication),
        deflater: &mut Deflater,
        out: &mut Vec<u8>,
    ) {
        let event = if self.delta {
            Event::Delta {
                publication: now,
                before: Some(before),
            }
        } else {
            Event::Publication(now)
        };
        let kind = if dialect.is_text() {
            MessageKind::Text
        } else {
            MessageKind::Binary
        };
        let encoder = Encoder::server();
        if self.compressed {
            let mut message = Vec::new();
            assert!(
                dialect.encode(&event, &mut message),
                "there are words for it"
            );
            encoder.compressed(out, kind, &message, deflater, Window::Full);
        } else {
            let frame = encoder.begin(out, kind);
            assert!(dialect.encode(&event, out), "there are words for it");
            encoder.finish(out, frame);
        }
    }
}
