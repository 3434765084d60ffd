//! What a dialect reads, and what it makes of it.

use wirehub_model::{CloseReason, Command, Refusal};

/// One WebSocket message (RFC 6455 section 5.6), whole and inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
}

/// A command with the number its client gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The number that the reply carries; `None` asks for no reply.
    pub id: Option<u64>,
    /// What the client asks.
    pub command: Command,
}

/// Why a message is not a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The client should be told, with [`Event::Refused`](wirehub_model::Event::Refused), and the
    /// connection goes on.
    #[error("message refused with `{code}`: {text}", code = refusal.code.name(), text = refusal.message)]
    Refused {
        /// The number of the request, when it could be read.
        id: Option<u64>,
        /// What is wrong; a bounded text without anything secret.
        refusal: Refusal,
    },
    /// The client does not speak this dialect; the connection should be closed.
    #[error("message is not of the dialect: close with {code}", code = .0.code())]
    Close(CloseReason),
}
