//! Takes the socket of an upgraded connection out of somebody else's HTTP server.

use std::io;

use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;

use crate::socket::Socket;

/// Why the socket of an upgraded connection cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub enum TakeOverError {
    /// The HTTP server did not finish the upgrade, mostly because the client left.
    #[error("connection was not upgraded: {0}")]
    Upgrade(hyper::Error),
    /// The HTTP server's connection is not a plain TCP socket of tokio.
    #[error(
        "upgraded connection is not a plain TCP socket (TLS, a Unix socket, or a wrapper around \
         the stream); let the HTTP server serve `tokio::net::TcpStream`, and terminate TLS in \
         front of it or in the hub's own listener"
    )]
    NotTcp,
    /// The runtime did not let go of the socket.
    #[error("socket cannot leave its runtime: {0}")]
    Io(#[from] io::Error),
}

/// Waits for an upgrade that an HTTP server (hyper, hyper-util's `auto`, axum) has agreed to, and
/// takes the TCP socket out of it, with the bytes that came behind the handshake.
///
/// Await it in a task of its own: the upgrade is finished only after the 101 response was returned.
///
/// # Errors
///
/// The upgrade failed, or what is below is not a plain TCP socket.
pub async fn take_over(upgrade: OnUpgrade) -> Result<(Socket, Bytes), TakeOverError> {
    let upgraded = upgrade.await.map_err(TakeOverError::Upgrade)?;
    let (io, leftover) = match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) => (parts.io, parts.read_buf),
        Err(upgraded) => {
            let parts = auto::upgrade::downcast::<TokioIo<TcpStream>>(upgraded)
                .map_err(|_| TakeOverError::NotTcp)?;
            (parts.io, parts.read_buf)
        }
    };
    Ok((Socket::plain(io.into_inner())?, leftover))
}
