//! A sink that is a channel or a stream of a Redis server.

use std::{fmt, sync::Arc};

use futures_util::future::BoxFuture;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _,
    Pipeline, RedisResult, TlsCertificates, aio::MultiplexedConnection,
};
use tokio::sync::Mutex;
use wirehub_events::{EventSink, Occurred, SinkError};

use crate::{RedisSinkSettings, RedisTarget, WrongSetting, redis_fault};

/// A channel or a stream of a Redis server.
///
/// A batch is one round trip. A connection is opened when there is something to bring, and given up
/// after any error.
pub struct RedisSink {
    settings: RedisSinkSettings,
    address: ConnectionInfo,
    open: Mutex<Option<MultiplexedConnection>>,
}

impl RedisSink {
    /// Checks the settings. Nothing is connected to yet.
    ///
    /// # Errors
    /// What does not fit.
    pub fn new(settings: RedisSinkSettings) -> Result<Self, WrongSetting> {
        let address = settings.url.expose().into_connection_info();
        let address = address.map_err(|error| WrongSetting::RedisAddress(error.to_string()))?;
        let encrypted = matches!(address.addr(), ConnectionAddr::TcpTls { .. });
        if settings.trusted.is_some() && !encrypted {
            return Err(WrongSetting::NotEncrypted("rediss://"));
        }
        let (RedisTarget::Channel(name) | RedisTarget::Stream { key: name, .. }) = &settings.target;
        if name.is_empty() {
            let message = "a Redis sink needs the name of a channel or a stream";
            return Err(WrongSetting::Name(message));
        }
        Ok(Self {
            settings,
            address,
            open: Mutex::default(),
        })
    }

    async fn send(&self, occurrences: &[Arc<Occurred>]) -> RedisResult<()> {
        let mut open = self.open.lock().await;
        let mut connection = match open.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let written = self.written(occurrences);
        let sent = written.exec_async(&mut connection).await;
        sent.map_err(redis_fault::of_the_first)?;
        *open = Some(connection);
        Ok(())
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let client = match &self.settings.trusted {
            None => Client::open(self.address.clone())?,
            Some(path) => {
                let certificates = TlsCertificates {
                    client_tls: None,
                    root_cert: Some(tokio::fs::read(path).await?),
                };
                Client::build_with_tls(self.address.clone(), certificates)?
            }
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.settings.timeout))
            .set_response_timeout(Some(self.settings.timeout));
        client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }

    /// One command for each.
    fn written(&self, occurrences: &[Arc<Occurred>]) -> Pipeline {
        let mut commands = redis::pipe();
        for occurred in occurrences {
            let event = self.settings.form.write(occurred);
            match &self.settings.target {
                RedisTarget::Channel(channel) => {
                    commands.cmd("PUBLISH").arg(channel).arg(event);
                }
                RedisTarget::Stream { key, keep } => {
                    commands.cmd("XADD").arg(key);
                    commands.arg("MAXLEN").arg("~").arg(*keep).arg("*");
                    commands.arg("id").arg(occurred.id());
                    commands.arg("kind").arg(occurred.kind().name());
                    commands.arg("event").arg(event);
                }
            }
        }
        commands
    }
}

impl EventSink for RedisSink {
    fn bring<'a>(
        &'a self,
        occurrences: &'a [Arc<Occurred>],
    ) -> BoxFuture<'a, Result<(), SinkError>> {
        Box::pin(async {
            let sent = self.send(occurrences).await;
            sent.map_err(|error| SinkError::Later {
                reason: redis_fault::advice(&error, &self.settings),
                after: None,
            })
        })
    }
}

/// Without the address, which may hold a password.
impl fmt::Debug for RedisSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedisSink")
            .field(&self.settings.target)
            .finish()
    }
}
