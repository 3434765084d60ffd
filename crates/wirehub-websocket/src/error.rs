use crate::close::CloseCode;

/// Why a peer's bytes were refused. The connection has to be failed: send a close frame with
/// [`DecodeError::close_code`] and end it (RFC 6455 section 7.1.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A reserved bit is set that no negotiated extension gives a meaning (RFC 6455 5.2), or
    /// RSV1 stands on a control or continuation frame (RFC 7692 section 6.1).
    #[error("reserved bits are set without an extension that defines them")]
    ReservedBits,
    /// The opcode is one of 3-7 or 11-15 (RFC 6455 section 5.2).
    #[error("opcode {0:#x} is reserved")]
    ReservedOpcode(u8),
    /// A client sent an unmasked frame (RFC 6455 section 5.1).
    #[error("frame is not masked; a client has to mask every frame")]
    Unmasked,
    /// A server sent a masked frame (RFC 6455 section 5.1).
    #[error("frame is masked; a server must not mask")]
    Masked,
    /// The length does not use the shortest form (RFC 6455 section 5.2).
    #[error("frame length {0} is not encoded in its shortest form")]
    LongLength(u64),
    /// The most significant bit of a 64-bit length is set (RFC 6455 section 5.2).
    #[error("frame length has its most significant bit set")]
    HugeLength,
    /// A control frame announces more than 125 bytes (RFC 6455 section 5.5).
    #[error("control frame is longer than 125 bytes")]
    LongControl,
    /// A control frame is fragmented (RFC 6455 section 5.5).
    #[error("control frame is fragmented")]
    FragmentedControl,
    /// A continuation frame came with no message to continue (RFC 6455 section 5.4).
    #[error("continuation frame without a message to continue")]
    NothingToContinue,
    /// A new message began before the last one was finished (RFC 6455 section 5.4).
    #[error("new message inside a fragmented one")]
    MessageInsideMessage,
    /// A close frame has a payload of one byte (RFC 6455 section 5.5.1).
    #[error("close frame has a payload of one byte; it takes none, or a code of two")]
    ShortClose,
    /// A close frame carries a code that may not be sent (RFC 6455 section 7.4).
    #[error("close code {0} may not be sent")]
    ForbiddenCloseCode(u16),
    /// Text or a close reason is not UTF-8 (RFC 6455 section 8.1).
    #[error("text is not valid UTF-8")]
    InvalidUtf8,
    /// A compressed message is not a whole DEFLATE stream (RFC 7692 section 7.2.2).
    #[error("compressed message is not valid deflate data")]
    InvalidDeflate,
    /// A frame announces more than [`Limits::frame_bytes`](crate::Limits::frame_bytes).
    #[error("frame of {length} bytes is over the limit of {limit}")]
    FrameTooBig {
        /// Payload bytes announced.
        length: u64,
        /// Payload bytes allowed.
        limit: usize,
    },
    /// A message is longer than [`Limits::message_bytes`](crate::Limits::message_bytes), on the
    /// wire or inflated.
    #[error("message is over the limit of {limit} bytes")]
    MessageTooBig {
        /// Bytes allowed.
        limit: usize,
    },
    /// A message is split into more than [`Limits::fragments`](crate::Limits::fragments) frames.
    #[error("message has more than {limit} fragments")]
    TooManyFragments {
        /// Frames allowed.
        limit: u32,
    },
}

impl DecodeError {
    /// The code to close the connection with: 1002 (protocol error), 1007 (bad data) or 1009
    /// (too big).
    #[must_use]
    pub fn close_code(self) -> CloseCode {
        match self {
            Self::InvalidUtf8 | Self::InvalidDeflate => CloseCode::INVALID_DATA,
            Self::FrameTooBig { .. }
            | Self::MessageTooBig { .. }
            | Self::TooManyFragments { .. } => CloseCode::TOO_BIG,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }
}
