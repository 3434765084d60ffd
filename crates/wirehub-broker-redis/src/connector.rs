//! Getting connections to servers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, ClientTlsConfig, ConnectionInfo, ErrorKind, ProtocolVersion,
    PushInfo, PushKind, RedisConnectionInfo, RedisError, ServerErrorKind, TlsCertificates,
    aio::{ConnectionLike, MultiplexedConnection},
};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

use crate::{
    ConnectError, RedisSettings,
    about::About,
    address::{Address, Deployment, Kind},
    layout::Life,
};

/// Opens connections.
#[derive(Debug)]
pub(crate) struct Connector {
    deployment: Deployment,
    certificates: Option<TlsCertificates>,
    sentinel: RedisConnectionInfo,
    connect_timeout: Duration,
    answer_timeout: Duration,
    durable: bool,
}

/// A connection, and the life of the server that it belongs to.
pub(crate) struct Connection {
    pub(crate) redis: MultiplexedConnection,
    pub(crate) life: Life,
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
        let mut deployment = Deployment::parse(&settings.url)?;
        let server = deployment.server.redis_settings().clone();
        let server = server.set_protocol(ProtocolVersion::RESP3);
        let mut sentinel = RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP3);
        if let Some((user, password)) = &settings.sentinel_login {
            sentinel = sentinel.set_password(password);
            if !user.is_empty() {
                sentinel = sentinel.set_username(user);
            }
        }
        deployment.server = deployment.server.set_redis_settings(server);
        let pair = (&settings.certificate, &settings.key);
        let client_tls = match pair {
            (Some(certificate), Some(key)) => Some(ClientTlsConfig {
                client_cert: certificate.clone(),
                client_key: key.clone(),
            }),
            (None, None) => None,
            _ => {
                let text = "a certificate and its key belong together; give both or none";
                return Err(ConnectError::Certificates(text.to_owned()));
            }
        };
        if let Some(authorities) = &settings.authorities
            && CertificateDer::pem_slice_iter(authorities).next().is_none()
        {
            let text = "there is no certificate of an authority where one should be";
            return Err(ConnectError::Certificates(text.to_owned()));
        }
        let certificates =
            (settings.authorities.is_some() || client_tls.is_some()).then(|| TlsCertificates {
                client_tls,
                root_cert: settings.authorities.clone(),
            });
        let connector = Self {
            deployment,
            certificates,
            sentinel,
            connect_timeout: settings.bounds.connect_timeout,
            answer_timeout: settings.bounds.answer_timeout,
            durable: settings.durable,
        };
        // What is wrong with the certificates is found here, before anything is connected.
        connector.client(connector.deployment.server.clone())?;
        Ok(connector)
    }

    pub(crate) const fn kind(&self) -> &Kind {
        &self.deployment.kind
    }

    /// The servers or the sentinels that the settings name.
    pub(crate) fn named(&self) -> &[Address] {
        &self.deployment.named
    }

    pub(crate) const fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }

    fn client(&self, info: ConnectionInfo) -> Result<Client, ConnectError> {
        let wrong = |error: RedisError| ConnectError::Certificates(error.to_string());
        match &self.certificates {
            Some(certificates) => Client::build_with_tls(info, certificates.clone()).map_err(wrong),
            None => Client::open(info).map_err(|error| ConnectError::Url(error.to_string())),
        }
    }

    fn config(&self) -> AsyncConnectionConfig {
        AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(Some(self.answer_timeout))
    }

    /// A connection for commands to a master.
    pub(crate) async fn open(&self, address: &Address) -> Result<Connection, ConnectError> {
        let (connection, about) = self.visit(address).await?;
        about.check_role(address)?;
        Ok(connection)
    }

    /// A connection to a server of the kind that is wanted, which may be a replica.
    pub(crate) async fn visit(
        &self,
        address: &Address,
    ) -> Result<(Connection, About), ConnectError> {
        let is_lost = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_lost);
        let config = self.config().set_push_sender(move |info: PushInfo| {
            if info.kind == PushKind::Disconnection {
                told.store(true, Ordering::Relaxed);
            }
            Ok::<(), ()>(())
        });
        let client = self.client(self.deployment.info(address))?;
        let connection = client.get_multiplexed_async_connection_with_config(&config);
        let mut redis = connection.await.map_err(|error| refused(address, &error))?;
        let about = redis::cmd("INFO").query_async(&mut redis).await;
        let about = About(about.map_err(|error| refused(address, &error))?);
        about.check(&self.deployment.kind, address)?;
        let connection = Connection {
            redis,
            life: self.life(&about, address),
            is_lost,
        };
        Ok((connection, about))
    }

    /// In which life a server is. One that loses nothing when it crashes is the same afterwards,
    /// and another one that takes its place is not.
    fn life(&self, about: &About, address: &Address) -> Life {
        let era = match (&self.deployment.kind, self.durable) {
            (_, false) => about.of("run_id").unwrap_or_default().to_owned(),
            (Kind::Single, true) => String::new(),
            (Kind::Sentinel(_) | Kind::Cluster, true) => address.to_string(),
        };
        Life {
            era,
            was_promoted: about.was_promoted(),
        }
    }

    /// A connection for hearing. Its answers may take as long as whoever hears needs.
    pub(crate) async fn listen(
        &self,
        address: &Address,
        pushed: Pushed,
    ) -> Result<MultiplexedConnection, ConnectError> {
        let config = self.config().set_response_timeout(None);
        let config = config.set_push_sender(move |info| {
            pushed(info);
            Ok::<(), ()>(())
        });
        let client = self.client(self.deployment.info(address))?;
        let connection = client.get_multiplexed_async_connection_with_config(&config);
        connection.await.map_err(|error| refused(address, &error))
    }

    /// A connection to a sentinel.
    pub(crate) async fn ask_sentinel(
        &self,
        address: &Address,
    ) -> Result<MultiplexedConnection, ConnectError> {
        let info = self.deployment.info(address);
        let client = self.client(info.set_redis_settings(self.sentinel.clone()))?;
        let config = self.config();
        let connection = client.get_multiplexed_async_connection_with_config(&config);
        connection.await.map_err(|error| refused(address, &error))
    }

    /// Whether a connection works.
    pub(crate) async fn ping(redis: &mut MultiplexedConnection) -> Result<(), RedisError> {
        redis
            .req_packed_command(&redis::cmd("PING"))
            .await
            .map(|_| ())
    }
}

pub(crate) fn refused(address: &Address, error: &RedisError) -> ConnectError {
    let text = error.to_string();
    match error.kind() {
        ErrorKind::AuthenticationFailed => ConnectError::Refused(text),
        ErrorKind::Server(ServerErrorKind::NoPerm) => ConnectError::Refused(text),
        _ if matches!(error.code(), Some("NOAUTH" | "WRONGPASS")) => ConnectError::Refused(text),
        _ if is_tls(&text) => ConnectError::Tls(address.to_string(), text),
        _ => ConnectError::Unreachable(format!("{address}: {text}")),
    }
}

/// Whether TLS failed. The library tells of it in words only.
fn is_tls(text: &str) -> bool {
    let words = ["certificate", "TLS", "tls", "handshake", "alert"];
    words.iter().any(|word| text.contains(word))
}
