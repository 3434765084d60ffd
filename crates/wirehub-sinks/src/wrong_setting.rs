//! Why a sink cannot be made of its settings.

/// Why a sink cannot be made of its settings. Nothing of an address is told, which may hold a
/// password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WrongSetting {
    /// The address of a Redis server is none.
    #[error(
        "the address of the Redis server is not valid ({0}); write it as \
         redis://user:password@host:6379/0, or rediss:// for TLS"
    )]
    RedisAddress(String),
    /// The address of a NATS server is none.
    #[error(
        "the address of the NATS server is not valid ({0}); write it as \
         nats://user:password@host:4222, or tls:// for TLS; several with commas"
    )]
    NatsAddress(String),
    /// The name of a channel, a stream or a subject is none.
    #[error("{0}")]
    Name(&'static str),
    /// Certificates are trusted where none is shown.
    #[error("certificates to trust need an address with TLS: {0}")]
    NotEncrypted(&'static str),
}
