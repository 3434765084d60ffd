//! Listeners, TCP options, TLS, upgrades and the sockets of open connections.

mod admission;
mod listener;
mod peer;
pub mod proxy_protocol;
mod tcp;
mod tls;

pub use admission::{Admission, AdmissionLimits, HandshakePlace, Refused, Ticket};
pub use listener::Listener;
pub use peer::Peer;
pub use tcp::{Keepalive, TcpSettings, TcpSettingsError};
pub use tls::{Tls, TlsError};
