//! Which Kafka cluster, and how it lets the hub in.

use std::{path::PathBuf, time::Duration};

use rdkafka::ClientConfig;
use wirehub_model::Secret;

use crate::WrongSetting;

/// The shortest time for a connection that the library takes.
const SETUP_MIN: Duration = Duration::from_secs(1);

/// Which Kafka cluster, and how it lets the hub in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaCluster {
    /// Some of its servers, `host:port` with commas between them; they name the others.
    pub servers: String,
    /// Whether the connections are encrypted.
    pub tls: bool,
    /// A file with the certificates that vouch for the servers, in PEM. `None`: those that the
    /// system trusts.
    pub trusted: Option<PathBuf>,
    /// Who the hub is there, if the cluster asks.
    pub login: Option<SaslLogin>,
    /// How long connecting may take, and how long an answer.
    pub timeout: Duration,
}

/// A name and a password (SASL).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaslLogin {
    /// How they are shown.
    pub mechanism: SaslMechanism,
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// How a name and a password are shown to a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SaslMechanism {
    /// As they are, so only with TLS (RFC 4616).
    Plain,
    /// By a proof with SHA-256 (RFC 7677).
    ScramSha256,
    /// By a proof with SHA-512.
    #[default]
    ScramSha512,
}

impl SaslMechanism {
    /// Every mechanism.
    pub const ALL: [Self; 3] = [Self::Plain, Self::ScramSha256, Self::ScramSha512];

    /// Its registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

impl KafkaCluster {
    /// A cluster that lets everybody in.
    #[must_use]
    pub const fn new(servers: String) -> Self {
        Self {
            servers,
            tls: false,
            trusted: None,
            login: None,
            timeout: Duration::from_secs(10),
        }
    }

    /// What all clients of the cluster are told.
    ///
    /// # Errors
    /// What does not fit.
    pub fn config(&self) -> Result<ClientConfig, WrongSetting> {
        if self
            .servers
            .split(',')
            .any(|server| server.trim().is_empty())
        {
            return Err(WrongSetting::Servers);
        }
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.servers)
            .set("client.id", "wirehub")
            .set("security.protocol", self.protocol())
            .set("socket.timeout.ms", millis(self.timeout))
            .set(
                "socket.connection.setup.timeout.ms",
                millis(self.timeout.max(SETUP_MIN)),
            )
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "5000");
        if let Some(path) = &self.trusted {
            if !self.tls {
                return Err(WrongSetting::NotEncrypted);
            }
            config.set("ssl.ca.location", path.to_string_lossy());
        }
        if let Some(login) = &self.login {
            config
                .set("sasl.mechanism", login.mechanism.name())
                .set("sasl.username", &login.user)
                .set("sasl.password", login.password.expose());
        }
        Ok(config)
    }

    const fn protocol(&self) -> &'static str {
        match (self.tls, self.login.is_some()) {
            (false, false) => "plaintext",
            (true, false) => "ssl",
            (false, true) => "sasl_plaintext",
            (true, true) => "sasl_ssl",
        }
    }
}

/// Durations as the library reads them: whole milliseconds, not none.
#[must_use]
pub fn millis(duration: Duration) -> String {
    duration.as_millis().max(1).to_string()
}
