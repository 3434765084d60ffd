//! Listeners, TCP options, TLS, upgrades and the sockets of open connections.

mod admission;
mod handshake;
mod listener;
mod peer;
pub mod proxy_protocol;
mod socket;
mod sockets;
mod take_over;
mod tcp;
mod tls;
mod upgrade;

pub use admission::{Admission, AdmissionLimits, HandshakePlace, Refused, Ticket};
pub use handshake::{
    Accepted, Gate, Handshake, HandshakeFailure, HandshakeSettings, Outcome, Upgraded,
};
pub use listener::Listener;
pub use peer::Peer;
pub use socket::{Established, Socket};
pub use sockets::{Ready, Received, Sockets, Written};
pub use take_over::{TakeOverError, take_over};
pub use tcp::{Keepalive, TcpSettings, TcpSettingsError};
pub use tls::{Tls, TlsError};
pub use upgrade::{UpgradeError, UpgradeRequest};
