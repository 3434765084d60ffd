//! How a client is connected.

use wirehub_core::Flavour;
use wirehub_transport::{StreamFormat, StreamFraming, Wire};

use crate::flavours;

/// How a client is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Over a WebSocket.
    WebSocket,
    /// Hearing server-sent events, and speaking in requests of their own.
    Sse,
    /// Hearing lines of JSON or messages in Protobuf, and speaking in requests of their own.
    HttpStream,
}

impl Transport {
    /// Every transport, the one that clients should try first in front.
    pub const ALL: [Self; 3] = [Self::WebSocket, Self::Sse, Self::HttpStream];

    /// The transport that a connection is told things by.
    #[must_use]
    pub fn of(flavour: Flavour) -> Self {
        flavours::framing(flavour).map_or(Self::WebSocket, Self::framed)
    }

    pub(crate) const fn on(wire: Wire) -> Self {
        match wire {
            Wire::WebSocket { .. } => Self::WebSocket,
            Wire::Stream(framing) => Self::framed(framing),
        }
    }

    const fn framed(framing: StreamFraming) -> Self {
        match framing.format {
            StreamFormat::Events => Self::Sse,
            StreamFormat::Lines | StreamFormat::Bytes => Self::HttpStream,
        }
    }

    /// The word for it in metrics and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::Sse => "sse",
            Self::HttpStream => "http_stream",
        }
    }

    /// Its place in [`Transport::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}
