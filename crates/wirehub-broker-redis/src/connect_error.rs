//! Why a server cannot be used.

/// Why a server cannot be used, in a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address is not one.
    #[error(
        "the address of the Redis server is not valid ({0}); write it as \
             redis://user:password@host:6379/0, or rediss:// for TLS"
    )]
    Url(String),
    /// The prefix of keys is not one.
    #[error("the prefix of keys must have 1 to 64 letters, digits, `-`, `_`, `.` or `:`")]
    Prefix,
    /// The server does not let anybody in under this name.
    #[error("the Redis server refuses the user or the password ({0}); correct them in the address")]
    Refused(String),
    /// The server is too old.
    #[error("the Redis server has version {0}, and 7.0 is the oldest that can be used; upgrade it")]
    TooOld(String),
    /// Nobody answers.
    #[error("the Redis server cannot be reached ({0}); start it, or correct the address")]
    Unreachable(String),
    /// The system gives no thread.
    #[error("a thread for the Redis server cannot be started: {0}")]
    Thread(String),
}
