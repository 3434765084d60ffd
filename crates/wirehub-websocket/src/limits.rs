/// What a peer may make us hold, checked before any byte is stored.
///
/// A frame's announced length is held against these limits as soon as its header is complete;
/// memory is only ever taken for bytes that have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Payload bytes of one frame, as announced in its header (default 1 MiB).
    pub frame_bytes: usize,
    /// Payload bytes of one message, all fragments together (default 1 MiB). A compressed
    /// message is held to it twice: on the wire, and while it is inflated.
    pub message_bytes: usize,
    /// Frames one message may be split into (default 4096). Without it a peer could send empty
    /// fragments for ever without reaching `message_bytes`.
    pub fragments: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_bytes: 1 << 20,
            message_bytes: 1 << 20,
            fragments: 4096,
        }
    }
}
