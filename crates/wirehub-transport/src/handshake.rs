//! From an accepted TCP connection to a WebSocket or a stream: PROXY header, admission, TLS, HTTP.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsAcceptor;
use wirehub_model::Limits;

use self::exchange::{Exchange, Upgrade};
pub use self::reply::{Opening, Reply};
use crate::admission::{Admission, HandshakePlace, Refused, Ticket};
use crate::peer::Peer;
use crate::proxy_protocol::{self, ProxyError, ProxyHeader};
use crate::socket::{Established, Socket};
use crate::tls::Tls;
use crate::upgrade::{UpgradeError, UpgradeRequest};

mod answer_held;
mod exchange;
mod reply;

/// What the application decides about requests. It is asked on the shard's thread, so nothing in it
/// has to be `Send`, and it must not block.
pub trait Gate {
    /// What the gate wants to know about a connection it admitted.
    type Admitted;

    /// Decides about a proper WebSocket handshake: path, origin, credentials, subprotocol.
    ///
    /// It shares the handshake's time limit. An error is the answer to the client.
    fn admit(
        &self,
        request: &Parts,
        offer: &UpgradeRequest,
        peer: &Peer,
    ) -> impl Future<Output = Result<Accepted<Self::Admitted>, Response<Full<Bytes>>>>;

    /// Answers a request that does not want to become a WebSocket, or makes the connection a
    /// stream.
    fn answer(
        &self,
        request: Request<Incoming>,
        peer: &Peer,
    ) -> impl Future<Output = Reply<Self::Admitted>>;
}

/// A gate's yes to a WebSocket.
#[derive(Clone, Debug)]
pub struct Accepted<T> {
    /// One of the subprotocols that the client offers, or none.
    pub subprotocol: Option<Cow<'static, str>>,
    /// Whether messages may be compressed, if the client offers it.
    pub compression: bool,
    /// What the gate wants to know later.
    pub admitted: T,
}

/// How handshakes are done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandshakeSettings {
    /// Whether each connection begins with a PROXY protocol header (version 2). Then one is
    /// required: a listener that took both would believe anybody.
    pub proxy_protocol: bool,
    /// From accepting the connection to the answer, the gate's time included.
    pub timeout: Duration,
    /// For the head of one HTTP request, and how long a kept-alive connection may wait for the
    /// next.
    pub header_timeout: Duration,
    /// Bytes of a request's head. The connection's read buffer holds at least 8 KiB, so less than
    /// that is a check and not a saving.
    pub header_bytes: usize,
    /// Requests that one connection may make that do not upgrade it.
    pub requests: u32,
    /// How long a connection may live on requests that do not upgrade it.
    pub http_timeout: Duration,
}

impl From<&Limits> for HandshakeSettings {
    fn from(limits: &Limits) -> Self {
        Self {
            proxy_protocol: false,
            timeout: limits.handshake_timeout,
            header_timeout: limits.handshake_timeout,
            header_bytes: limits.header_bytes,
            requests: 100,
            http_timeout: Duration::from_secs(60),
        }
    }
}

/// What became of an accepted connection.
#[derive(Debug)]
pub enum Outcome<T> {
    /// It is a WebSocket or a stream.
    Upgraded(Upgraded<T>),
    /// Its requests were answered, and it is closed.
    Answered,
    /// It is closed for another reason.
    Failed(HandshakeFailure),
}

/// A connection that became a WebSocket or a stream.
#[derive(Debug)]
pub struct Upgraded<T> {
    /// The connection, for [`crate::Sockets::insert`].
    pub established: Established,
    /// What the gate said.
    pub admitted: T,
    /// Who it is.
    pub peer: Peer,
    /// The time since the connection was accepted.
    pub took: Duration,
}

/// Why a connection ended in its handshake.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeFailure {
    /// There was no valid PROXY protocol header.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// A limit on connections was reached.
    #[error(transparent)]
    NoRoom(#[from] Refused),
    /// TLS was not agreed on.
    #[error("TLS handshake failed: {0}")]
    Tls(io::Error),
    /// A time limit was reached, in whatever step.
    #[error("handshake took longer than allowed")]
    Timeout,
    /// The head of a request was too long; answered with 431.
    #[error("request head is too large")]
    HeaderTooLarge,
    /// The bytes are not HTTP; answered with 400.
    #[error("request is not valid HTTP: {0}")]
    Malformed(hyper::Error),
    /// The request is not a proper WebSocket handshake.
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
    /// The gate refused, with this status.
    #[error("refused with status {0}")]
    Refused(StatusCode),
    /// It was answered, and then closed: as many as may ask again are here already.
    #[error("answered, but the limit of connections that may ask again is reached")]
    NotKept,
    /// The client closed the connection before it was done.
    #[error("client left during the handshake")]
    Left,
    /// The connection broke.
    #[error("connection broke during the handshake: {0}")]
    Io(io::Error),
}

impl HandshakeFailure {
    /// The word for it in metrics and logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Proxy(_) => "proxy",
            Self::NoRoom(refused) => refused.name(),
            Self::Tls(_) => "tls",
            Self::Timeout => "timeout",
            Self::HeaderTooLarge => "header_too_large",
            Self::Malformed(_) => "malformed",
            Self::Upgrade(_) => "bad_upgrade",
            Self::Refused(_) => "refused",
            Self::NotKept => "not_kept",
            Self::Left => "left",
            Self::Io(_) => "io",
        }
    }
}

/// Does handshakes; one for all connections of a listener.
#[derive(Clone)]
pub struct Handshake {
    settings: HandshakeSettings,
    admission: Arc<Admission>,
    tls: Option<Tls>,
}

impl Handshake {
    /// Without `tls` connections are plain.
    #[must_use]
    pub fn new(settings: HandshakeSettings, admission: Arc<Admission>, tls: Option<Tls>) -> Self {
        Self {
            settings,
            admission,
            tls,
        }
    }

    /// Takes an accepted connection from `addr` up to a WebSocket or a stream, or to its end.
    /// Dropping the future closes the connection. `place` is given back when the handshake is done,
    /// or earlier for a connection that was answered and stays for more.
    pub async fn run<G: Gate>(
        &self,
        stream: TcpStream,
        addr: SocketAddr,
        place: Option<HandshakePlace>,
        gate: &G,
    ) -> Outcome<G::Admitted> {
        match self.try_run(stream, addr, place, gate).await {
            Ok(Some(upgraded)) => Outcome::Upgraded(upgraded),
            Ok(None) => Outcome::Answered,
            Err(failure) => Outcome::Failed(failure),
        }
    }

    async fn try_run<G: Gate>(
        &self,
        mut stream: TcpStream,
        addr: SocketAddr,
        place: Option<HandshakePlace>,
        gate: &G,
    ) -> Result<Option<Upgraded<G::Admitted>>, HandshakeFailure> {
        let start = Instant::now();
        let deadline = start + self.settings.timeout;
        let peer = self.identify(&mut stream, addr).await?;
        let ticket = self.admit(&stream, &peer)?;
        let exchange = Exchange::new(&self.settings, &self.admission, gate, &peer, start);
        exchange.hold(place);
        let (socket, upgrade) = match &self.tls {
            None => {
                let Some((stream, upgrade)) = exchange.serve(stream).await? else {
                    return Ok(None);
                };
                (Socket::plain(stream), upgrade)
            }
            Some(tls) => {
                let accept = TlsAcceptor::from(tls.config()).accept(stream);
                let stream = timeout_at(deadline, accept)
                    .await
                    .map_err(|_| HandshakeFailure::Timeout)?
                    .map_err(HandshakeFailure::Tls)?;
                // A session is large, and every handshake's future would have room for it.
                let Some((stream, upgrade)) = exchange.serve(Box::new(stream)).await? else {
                    return Ok(None);
                };
                let (stream, session) = stream.into_inner();
                (Socket::tls(stream, session), upgrade)
            }
        };
        let Upgrade {
            answer,
            leftover,
            wire,
            admitted,
        } = upgrade;
        Ok(Some(Upgraded {
            established: Established {
                socket: socket.map_err(HandshakeFailure::Io)?,
                answer,
                leftover,
                wire,
                ticket: Some(ticket),
            },
            admitted,
            peer,
            took: start.elapsed(),
        }))
    }

    /// Finds out who connects.
    async fn identify(
        &self,
        stream: &mut TcpStream,
        addr: SocketAddr,
    ) -> Result<Peer, HandshakeFailure> {
        let header = match self.settings.proxy_protocol {
            true => proxy_protocol::read(stream, self.settings.timeout).await?,
            false => ProxyHeader::Local,
        };
        let (addr, proxy) = match header {
            ProxyHeader::Local => (addr, None),
            ProxyHeader::Proxied { source, .. } => (source, Some(addr)),
        };
        Ok(Peer {
            addr,
            proxy,
            tls: self.tls.is_some(),
        })
    }

    /// Counts the connection, or turns it away as cheaply as possible: in a flood there is no time
    /// for TLS and HTTP. A plain client gets a short answer if the socket takes it at once.
    fn admit(&self, stream: &TcpStream, peer: &Peer) -> Result<Ticket, HandshakeFailure> {
        let admitted = self.admission.admit(peer.addr.ip());
        if let (Err(refused), None) = (&admitted, &self.tls) {
            let status = match refused {
                Refused::Connections(_) => "503 Service Unavailable",
                Refused::PerIp(_) => "429 Too Many Requests",
            };
            let answer = format!(
                "HTTP/1.1 {status}\r\nretry-after: 5\r\nconnection: close\r\n\
                 content-length: 0\r\n\r\n"
            );
            let _ = stream.try_write(answer.as_bytes());
        }
        Ok(admitted?)
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("settings", &self.settings)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}
