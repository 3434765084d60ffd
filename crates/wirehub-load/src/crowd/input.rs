//! What happens to a crowd.

use crate::outcome::{CloseKind, FailureCause};

/// Something that happened at a socket. Links are numbered as the sessions that they belong to.
#[derive(Debug)]
pub(crate) enum Input<'a> {
    /// The connection stands, TLS included; the handshake of WebSocket may begin.
    Connected { link: u32 },
    /// Something was read. The bytes are changed.
    Bytes { link: u32, bytes: &'a mut [u8] },
    /// The connection is gone. `failed` is what to call it before it was open, and `closed` after.
    Gone {
        link: u32,
        failed: FailureCause,
        closed: CloseKind,
    },
    /// More waits to be written than should; nothing more is to be published on it.
    Full { link: u32 },
    /// That is over.
    Drained { link: u32 },
    /// Whoever runs this wants an end.
    Stop,
}
