//! How much went over the connections.

use serde::{Deserialize, Serialize};

/// Bytes that went over open connections, handshakes left out; beneath it is TLS or TCP. Frames
/// have heads, and their messages may be compressed; control frames hold no message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Volume {
    /// Bytes of frames that came.
    pub received: u64,
    /// Bytes of the messages in them, inflated.
    pub heard: u64,
    /// Bytes of frames that were written.
    pub sent: u64,
    /// Bytes of the messages in them, before they were compressed.
    pub said: u64,
}

impl Volume {
    /// Adds another one.
    pub(super) const fn merge(&mut self, other: &Self) {
        self.received += other.received;
        self.heard += other.heard;
        self.sent += other.sent;
        self.said += other.said;
    }
}
