//! Who is at the other end.

use std::net::SocketAddr;

/// The other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The client's address: the one that a PROXY protocol header names, else that of the socket.
    pub addr: SocketAddr,
    /// The proxy in between, when a PROXY protocol header named the client.
    pub proxy: Option<SocketAddr>,
    /// Whether the connection is encrypted up to this process.
    pub tls: bool,
}
