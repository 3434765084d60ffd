//! Connections: listeners, TCP options, TLS, the WebSocket handshake, streams over plain HTTP, and
//! the sockets of open connections.
//!
//! A connection passes through three places, each with limits of its own:
//!
//! 1. [`Listener`] accepts it. Each shard has one on the same address.
//! 2. [`Handshake`] takes it up to a WebSocket or a stream: PROXY header, [`Admission`], [`Tls`],
//!    HTTP. It runs in a task, which ends with the handshake. What the application has to decide it
//!    asks a
//!    [`Gate`].
//! 3. [`Sockets`] holds it until its end. There is no task and no buffer per connection: all
//!    sockets of a shard are read and written by one loop, and an idle one takes 48 bytes.
//!
//! It is *not* a hub: it knows no topics, no users and no dialects, and it does not answer pings or
//! closes by itself. It reads no files and no environment; certificates come in as PEM text.
//!
//! Read first: [`Handshake`], [`Sockets`], [`Established`].
//!
//! ```no_run
//! use std::rc::Rc;
//!
//! use bytes::Bytes;
//! use http::{Request, Response, request::Parts};
//! use http_body_util::Full;
//! use hyper::body::Incoming;
//! use wirehub_transport::{
//!     Accepted, Admission, AdmissionLimits, Gate, Handshake, HandshakeSettings, Listener, Outcome,
//!     Peer, Reply, Sockets, TcpSettings, UpgradeRequest,
//! };
//! use wirehub_websocket::{Inflater, Limits};
//!
//! struct Open;
//!
//! impl Gate for Open {
//!     type Admitted = ();
//!
//!     async fn admit(
//!         &self,
//!         _request: &Parts,
//!         _offer: &UpgradeRequest,
//!         _peer: &Peer,
//!     ) -> Result<Accepted<()>, Response<Full<Bytes>>> {
//!         Ok(Accepted { subprotocol: None, compression: true, admitted: () })
//!     }
//!
//!     async fn answer(&self, _: Request<Incoming>, _: &Peer) -> Reply<()> {
//!         Response::new(Full::from("nothing here but WebSockets\n")).into()
//!     }
//! }
//!
//! // On a `tokio::runtime::LocalRuntime`, one per shard:
//! # async fn shard() -> std::io::Result<()> {
//! let tcp = TcpSettings::default();
//! let listener = Listener::bind("127.0.0.1:8000".parse().expect("an address"), &tcp)?;
//! let limits = AdmissionLimits {
//!     connections: 10_000,
//!     connections_per_ip: 100,
//!     handshakes: 256,
//!     http_connections: 256,
//! };
//! let settings = HandshakeSettings::from(&wirehub_model::Limits::default());
//! let admission = Admission::new(limits);
//! let handshake = Rc::new(Handshake::new(settings, admission.clone(), None));
//! let mut sockets = Sockets::new(1_024)?;
//!
//! // One connection, for once in the loop itself.
//! let (stream, addr) = listener.accept().await?;
//! let place = admission.handshake_place().await;
//! if let Outcome::Upgraded(upgraded) = handshake.run(stream, addr, Some(place), &Open).await {
//!     sockets.insert(0, upgraded.established)?;
//! }
//!
//! let (mut ready, mut scratch) = (Vec::new(), vec![0; 64 * 1024]);
//! let (limits, mut inflater) = (Limits::default(), Inflater::new());
//! sockets.ready().await?;
//! sockets.poll(&mut ready)?;
//! for socket in &ready {
//!     let mut received = sockets.receive(socket.key, &mut scratch, &limits, &mut inflater)?;
//!     while let Ok(Some(item)) = received.reader.next() {
//!         println!("{item:?}");
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod admission;
mod handshake;
mod listener;
mod peer;
pub mod proxy_protocol;
mod socket;
mod sockets;
mod stream_framing;
mod take_over;
mod tcp;
mod tls;
mod upgrade;

pub use admission::{Admission, AdmissionLimits, HandshakePlace, KeptPlace, Refused, Ticket};
pub use handshake::{
    Accepted, Gate, Handshake, HandshakeFailure, HandshakeSettings, Opening, Outcome, Reply,
    Upgraded,
};
pub use listener::{BoundListener, Listener};
pub use peer::Peer;
pub use socket::{Established, Socket, Wire};
pub use sockets::{Overheard, Parcel, Ready, Received, Sockets, Written};
pub use stream_framing::{StreamFormat, StreamFraming};
pub use take_over::{TakeOverError, take_over};
pub use tcp::{Keepalive, TcpSettings, TcpSettingsError};
pub use tls::{Tls, TlsError};
pub use upgrade::{UpgradeError, UpgradeRequest};
