//! What a client without a WebSocket says in one request.

use bytes::Bytes;
use tokio::sync::oneshot;
use wirehub_model::StreamName;

/// One request up, for the shard that has the client.
#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) stream: StreamName,
    /// Its number among those of the client; without one it is taken whenever it comes.
    pub(crate) seq: Option<u64>,
    pub(crate) said: Said,
    pub(crate) answer: oneshot::Sender<Posted>,
}

/// What a client says outside its connection.
#[derive(Debug)]
pub(crate) enum Said {
    /// Messages of a native dialect, one on each line.
    Lines(String),
    /// One message of a foreign dialect, as over a WebSocket.
    Message(Bytes),
}

/// What became of a request up. Its messages are taken all together or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Posted {
    /// They were taken.
    Taken,
    /// They had been taken before.
    Repeated,
    /// One before it is missing: the one with this number.
    OutOfOrder { expected: u64 },
    /// There is no such client.
    Unknown,
    /// Another shard takes nothing at the moment.
    Busy,
}

impl Posted {
    /// The word for it in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Repeated => "repeated",
            Self::OutOfOrder { .. } => "out_of_order",
            Self::Unknown => "unknown_stream",
            Self::Busy => "overloaded",
        }
    }
}
