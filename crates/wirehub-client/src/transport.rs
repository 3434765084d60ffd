//! How messages travel: a WebSocket, or plain HTTP where no WebSocket gets through.
//!
//! Each link is one future that the driver polls. It tells the driver what came ([`Heard`]) and is
//! told what to say ([`Say`]); it knows nothing of sessions, and decides nothing about coming back.

mod dial;
mod endpoint;
mod exchange;
pub(crate) mod http_stream;
mod link;
mod ping;
pub(crate) mod websocket;

pub(crate) use dial::{Dialer, Duplex};
pub(crate) use endpoint::Endpoint;
pub(crate) use exchange::Exchange;
pub(crate) use link::{Closed, Frame, Heard, OUTBOX, Report, Say, Wires};
pub(crate) use ping::ping;

#[cfg(test)]
mod tests;
