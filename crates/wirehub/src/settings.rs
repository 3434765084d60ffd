//! Everything a hub can be told before it starts.

use std::{net::SocketAddr, num::NonZeroU32, time::Duration};

use wirehub_model::{CloseReason, Heartbeat, Limits, Namespaces};
use wirehub_transport::{TcpSettings, Tls};

use crate::{
    DialectSettings,
    auth::{AuthSettings, OriginSettings},
    pusher::PusherSettings,
};

/// The settings of a hub, ready to use. Whoever reads files and environments makes it;
/// [`HubBuilder::start`](crate::HubBuilder::start) checks what can only be checked as a whole.
#[derive(Clone, Debug)]
pub struct HubSettings {
    /// Where clients connect; `None` when an application hands all sockets over
    /// ([`Hub::upgrade`](crate::Hub::upgrade)).
    pub listen: Option<SocketAddr>,
    /// How many shards, each a thread with connections of its own; 1 to 64.
    pub shards: u16,
    /// The path of the WebSocket endpoint.
    pub path: String,
    /// Where clients connect that cannot use a WebSocket.
    pub streams: StreamSettings,
    /// Which foreign protocols are spoken.
    pub dialects: DialectSettings,
    /// Options of the client's TCP connections.
    pub tcp: TcpSettings,
    /// Certificates; `None` for plain TCP, behind a proxy that ends TLS.
    pub tls: Option<Tls>,
    /// Every connection begins with a PROXY protocol v2 header, which names the client's address.
    pub proxy_protocol: bool,
    /// Shards write to many sockets at once where the kernel lets them (Linux 6.0 or later). Off,
    /// since it was not seen to deliver more.
    pub io_uring: bool,
    /// Clients may ask for permessage-deflate (RFC 7692).
    pub compression: bool,
    /// `/ping` tells anybody about memory, connections and dependencies too.
    pub ping_detail: bool,
    /// How connections are kept alive.
    pub heartbeat: Heartbeat,
    /// How long a connection may stay after its token expired.
    pub expiry_grace: Duration,
    /// How long clients may stay away without losing anything.
    pub sessions: SessionSettings,
    /// How long the application may take to answer a call.
    pub call_timeout: Duration,
    /// How often the hub is looked through for what is left over.
    pub leak_check: Duration,
    /// Bounds.
    pub limits: Limits,
    /// Rules of topics.
    pub namespaces: Namespaces,
    /// Who is let in.
    pub door: DoorSettings,
    /// How clients are sent away when the hub drains.
    pub drain: DrainSettings,
    /// Clients of Pusher; with no app nobody is let in as one.
    pub pusher: PusherSettings,
}

impl HubSettings {
    /// Checks the paths on the listener, which all have to differ.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check_paths(&self) -> Result<(), StreamSettingsError> {
        let websockets = std::iter::once(self.path.as_str()).chain(self.dialects.paths());
        self.streams.check(websockets)
    }
}

impl Default for HubSettings {
    fn default() -> Self {
        Self {
            listen: None,
            shards: 1,
            path: "/ws".to_owned(),
            streams: StreamSettings::default(),
            dialects: DialectSettings::default(),
            tcp: TcpSettings::default(),
            tls: None,
            proxy_protocol: false,
            io_uring: false,
            compression: true,
            ping_detail: false,
            heartbeat: Heartbeat {
                interval: Duration::from_secs(25),
                timeout: Duration::from_secs(10),
            },
            expiry_grace: Duration::from_secs(30),
            sessions: SessionSettings::default(),
            call_timeout: Duration::from_secs(30),
            leak_check: Duration::from_secs(60),
            limits: Limits::default(),
            namespaces: Namespaces::default(),
            door: DoorSettings::default(),
            drain: DrainSettings::default(),
            pusher: PusherSettings::default(),
        }
    }
}

/// Where clients connect that cannot use a WebSocket, on the hub's own listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSettings {
    /// Where server-sent events are heard; `None` for nowhere. Their clients speak at the other
    /// path.
    pub events_path: Option<String>,
    /// Where streams of lines begin, and where clients of both kinds speak; `None` for nowhere.
    pub path: Option<String>,
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self {
            events_path: Some("/sse".to_owned()),
            path: Some("/stream".to_owned()),
        }
    }
}

impl StreamSettings {
    /// Checks the paths, which have to differ from the others on the listener.
    ///
    /// # Errors
    /// What does not fit.
    pub(crate) fn check<'a>(
        &self,
        websocket_paths: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), StreamSettingsError> {
        if self.events_path.is_some() && self.path.is_none() {
            return Err(StreamSettingsError::Mute);
        }
        let mut taken = vec!["/ping"];
        for path in websocket_paths {
            if taken.contains(&path) {
                return Err(StreamSettingsError::Taken(path.to_owned()));
            }
            taken.push(path);
        }
        for path in [&self.events_path, &self.path].into_iter().flatten() {
            if !path.starts_with('/') || path.ends_with('/') {
                return Err(StreamSettingsError::Path(path.clone()));
            }
            if taken.contains(&path.as_str()) {
                return Err(StreamSettingsError::Taken(path.clone()));
            }
            taken.push(path);
        }
        Ok(())
    }
}

/// Why the paths of streams cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamSettingsError {
    /// Clients could hear but not speak.
    #[error("`sse_path` needs `stream_path`, where its clients send what they say")]
    Mute,
    /// A path does not begin with a slash, or ends with one.
    #[error("{0:?} is not a path of streams; it must begin with `/` and not end with it")]
    Path(String),
    /// Something else is there.
    #[error("the path {0:?} is used for two things; every endpoint needs a path of its own")]
    Taken(String),
}

/// What is kept for a client whose connection was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSettings {
    /// How long the client may take to come back; zero keeps nothing. It should be twice the
    /// [deadline of a drain](DrainSettings::deadline) or more, so that a client that moves away
    /// finds its session again.
    pub resume_within: Duration,
    /// How many clients a shard is to take back in a second after all of them were cut off: clients
    /// are told over which span to spread, and more are there, the longer it is. Zero tells them
    /// nothing.
    pub reconnects_per_second: u32,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            resume_within: Duration::from_secs(60),
            // A handshake with a token costs about 70 µs, so this is a tenth of a core.
            reconnects_per_second: 1_500,
        }
    }
}

/// Who is let in, and how that is found out.
#[derive(Clone, Debug, Default)]
pub struct DoorSettings {
    /// How clients are authenticated.
    pub auth: AuthSettings,
    /// Which pages may connect.
    pub origins: OriginSettings,
    /// A cookie that may hold the token.
    pub cookie: Option<String>,
}

/// How a hub sends its clients away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainSettings {
    /// So many clients are asked to move in a second, by the whole hub; `None` asks all at once.
    /// What the other hubs bear is the measure.
    pub moves_per_second: Option<NonZeroU32>,
    /// Clients that are asked all at once are to move at a random moment within this span. It is
    /// also how long those who were asked last have before the first one is closed.
    pub spread: Duration,
    /// After the span, those who stayed are closed at this rate, by the whole hub.
    pub closes_per_second: u32,
    /// After this long, whoever is left is hung up on.
    pub deadline: Duration,
    /// What the close frame says: `service_restart` (1012) when another server takes over,
    /// `going_away` (1001) when none does.
    pub reason: CloseReason,
}

impl Default for DrainSettings {
    fn default() -> Self {
        Self {
            moves_per_second: None,
            spread: Duration::from_secs(8),
            closes_per_second: 1_000,
            deadline: Duration::from_secs(30),
            reason: CloseReason::ServiceRestart,
        }
    }
}
