//! Why a server cannot be used.

/// Why a server cannot be used, in a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address is not one.
    #[error(
        "the address of the NATS server is not valid ({0}); write it as \
             nats://user:password@host:4222, or tls:// for TLS, several with commas between them"
    )]
    Url(&'static str),
    /// The prefix of subjects and streams is not one.
    #[error("the prefix of subjects must have 1 to 32 letters, digits, `-` or `_`")]
    Prefix,
    /// The credentials are none.
    #[error(
        "the credentials hold no seed of a user's key; take the file that `nsc generate creds` \
             or `nats auth user credential` writes"
    )]
    Credentials,
    /// TLS cannot be set up.
    #[error("TLS for the NATS server cannot be set up: {0}")]
    Tls(String),
    /// The server does not let anybody in under this name.
    #[error(
        "the NATS server refuses the user ({0}); correct the password, the token or the \
             credentials, or let the user do what docs/operating/cluster.md names"
    )]
    Refused(String),
    /// The server is too old.
    #[error("the NATS server has version {0}, and 2.12 is the oldest that can be used; upgrade it")]
    TooOld(String),
    /// The server keeps nothing.
    #[error(
        "the NATS server has no JetStream for this account ({0}); start it with `-js`, or enable \
             JetStream for the account"
    )]
    NoJetStream(String),
    /// A stream of this name is not ours.
    #[error(
        "the stream {0} has other settings than a hub needs ({1}); remove it, or choose another \
             prefix"
    )]
    OtherStream(String, &'static str),
    /// The server does not make a stream.
    #[error("the NATS server does not make the stream {0}: {1}")]
    Stream(String, String),
    /// Nobody answers.
    #[error("the NATS server cannot be reached ({0}); start it, or correct the address")]
    Unreachable(String),
    /// The system gives no thread.
    #[error("a thread for the NATS server cannot be started: {0}")]
    Thread(String),
}
