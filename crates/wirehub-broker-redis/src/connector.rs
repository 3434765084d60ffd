//! Getting connections to the server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, ErrorKind, IntoConnectionInfo, ProtocolVersion, PushInfo,
    PushKind, RedisError, ServerErrorKind,
    aio::{ConnectionLike, MultiplexedConnection},
};

use crate::{ConnectError, RedisSettings};

/// The oldest server that can be used: scripts fail with words of their own from there on.
const OLDEST: u32 = 7;

/// Opens connections.
#[derive(Debug)]
pub(crate) struct Connector {
    client: Client,
    connect_timeout: Duration,
    answer_timeout: Duration,
    durable: bool,
}

/// A connection, and the life of the server that it belongs to.
pub(crate) struct Connection {
    pub(crate) redis: MultiplexedConnection,
    /// The name of that life; empty when it does not matter.
    pub(crate) era: String,
    is_lost: Arc<AtomicBool>,
}

impl Connection {
    /// Whether the other side has closed it.
    pub(crate) fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Relaxed)
    }
}

/// Where pushes go. It may block, which makes the server wait; the runtime must be able to bear
/// that.
pub(crate) type Pushed = Arc<dyn Fn(PushInfo) + Send + Sync>;

impl Connector {
    pub(crate) fn new(settings: &RedisSettings) -> Result<Self, ConnectError> {
        let wrong = |error: RedisError| ConnectError::Url(error.to_string());
        let info = settings.url.as_str().into_connection_info();
        let info = info.map_err(wrong)?;
        let redis = info
            .redis_settings()
            .clone()
            .set_protocol(ProtocolVersion::RESP3);
        Ok(Self {
            client: Client::open(info.set_redis_settings(redis)).map_err(wrong)?,
            connect_timeout: settings.connect_timeout,
            answer_timeout: settings.answer_timeout,
            durable: settings.durable,
        })
    }

    /// A connection for commands.
    pub(crate) async fn open(&self) -> Result<Connection, ConnectError> {
        let is_lost = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_lost);
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(Some(self.answer_timeout))
            .set_push_sender(move |info: PushInfo| {
                if info.kind == PushKind::Disconnection {
                    told.store(true, Ordering::Relaxed);
                }
                Ok::<(), ()>(())
            });
        self.open_with(&config, is_lost).await
    }

    /// A connection for hearing. Its answers may take as long as whoever hears needs.
    pub(crate) async fn listen(
        &self,
        pushed: Pushed,
    ) -> Result<MultiplexedConnection, ConnectError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(None)
            .set_push_sender(move |info| {
                pushed(info);
                Ok::<(), ()>(())
            });
        let connection = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        connection.await.map_err(|error| refused(&error))
    }

    async fn open_with(
        &self,
        config: &AsyncConnectionConfig,
        is_lost: Arc<AtomicBool>,
    ) -> Result<Connection, ConnectError> {
        let connection = self
            .client
            .get_multiplexed_async_connection_with_config(config);
        let mut redis = connection.await.map_err(|error| refused(&error))?;
        let about: String = redis::cmd("INFO")
            .arg("server")
            .query_async(&mut redis)
            .await
            .map_err(|error| refused(&error))?;
        let of = |name: &str| {
            let mut lines = about.lines().map(str::trim);
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        };
        let version = of("redis_version").unwrap_or("unknown");
        let major = version
            .split('.')
            .next()
            .and_then(|major| major.parse().ok());
        if major.is_none_or(|major: u32| major < OLDEST) {
            return Err(ConnectError::TooOld(version.to_owned()));
        }
        let era = if self.durable { None } else { of("run_id") };
        let era = era.unwrap_or_default().to_owned();
        Ok(Connection {
            redis,
            era,
            is_lost,
        })
    }

    /// Whether a connection works.
    pub(crate) async fn ping(redis: &mut MultiplexedConnection) -> Result<(), RedisError> {
        redis
            .req_packed_command(&redis::cmd("PING"))
            .await
            .map(|_| ())
    }
}

fn refused(error: &RedisError) -> ConnectError {
    let text = error.to_string();
    match error.kind() {
        ErrorKind::AuthenticationFailed => ConnectError::Refused(text),
        ErrorKind::Server(ServerErrorKind::NoPerm) => ConnectError::Refused(text),
        _ if matches!(error.code(), Some("NOAUTH" | "WRONGPASS")) => ConnectError::Refused(text),
        _ => ConnectError::Unreachable(text),
    }
}
