//! An established connection on its way from a handshake to a shard.

use std::io;
use std::net::TcpStream as StdTcpStream;

use bytes::Bytes;
use rustls::ServerConnection;
use tokio::net::TcpStream;
use wirehub_websocket::Window;

use crate::admission::Ticket;
use crate::stream_framing::StreamFraming;

/// A connected socket, with its TLS session if it has one. It belongs to no runtime and no poll, so
/// it can be handed to another thread.
#[derive(Debug)]
pub struct Socket {
    pub(crate) stream: StdTcpStream,
    pub(crate) session: Option<Box<ServerConnection>>,
}

impl Socket {
    /// Takes a plain socket out of the runtime that it belongs to.
    ///
    /// # Errors
    ///
    /// The runtime's poll does not let go of it.
    pub fn plain(stream: TcpStream) -> io::Result<Self> {
        Ok(Self {
            stream: stream.into_std()?,
            session: None,
        })
    }

    /// Takes a socket with a finished TLS handshake out of its runtime.
    pub(crate) fn tls(stream: TcpStream, session: ServerConnection) -> io::Result<Self> {
        Ok(Self {
            stream: stream.into_std()?,
            session: Some(Box::new(session)),
        })
    }
}

/// How messages go over an established connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// As a WebSocket.
    WebSocket {
        /// The window to compress messages for this client with, if compression was agreed on.
        deflate: Option<Window>,
    },
    /// As a response that does not end; what the client says comes another way.
    Stream(StreamFraming),
}

/// A connection after its handshake, with all that belongs to it.
#[derive(Debug)]
pub struct Established {
    /// The socket.
    pub socket: Socket,
    /// What is left to send of the answer to the handshake; it goes before everything else. A
    /// stream's own first bytes may be added to it.
    pub answer: Bytes,
    /// Bytes that the client sent behind its handshake; they come before what the socket has.
    pub leftover: Bytes,
    /// How messages go over it.
    pub wire: Wire,
    /// The place that the connection takes; given back when the connection is removed.
    pub ticket: Option<Ticket>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crosses_threads<T: Send + 'static>() {}

    #[test]
    fn a_connection_can_be_handed_to_another_thread() {
        crosses_threads::<Established>();
    }
}
