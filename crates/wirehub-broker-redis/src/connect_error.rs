//! Why a server cannot be used.

/// Why a server cannot be used, in a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address is not one.
    #[error(
        "the address of the Redis server is not valid ({0}); write it as \
             redis://user:password@host:6379/0, redis+cluster://host:6379,host:6379 or \
             redis+sentinel://host:26379,host:26379/master, with rediss in place of redis for TLS"
    )]
    Url(String),
    /// The certificates cannot be used.
    #[error("the certificates for the Redis server cannot be used: {0}")]
    Certificates(String),
    /// The prefix of keys is not one.
    #[error("the prefix of keys must have 1 to 64 letters, digits, `-`, `_`, `.` or `:`")]
    Prefix,
    /// The server does not let anybody in under this name.
    #[error("the Redis server refuses the user or the password ({0}); correct them in the address")]
    Refused(String),
    /// The server has a certificate that is not trusted, or wants one.
    #[error(
        "the Redis server {0} and this hub do not agree on TLS ({1}); name the authority that \
         signed the server's certificate, a host that stands in it, and a certificate of your own \
         if the server asks for one"
    )]
    Tls(String, String),
    /// The server is too old.
    #[error("the Redis server has version {0}, and 7.0 is the oldest that can be used; upgrade it")]
    TooOld(String),
    /// The address of a single server names a part of a cluster.
    #[error(
        "the Redis server {0} is part of a cluster; write the address as redis+cluster://, with \
         one or more of its servers"
    )]
    InCluster(String),
    /// The address of a cluster names a single server.
    #[error("the Redis server {0} is not part of a cluster; write the address as redis://")]
    NotInCluster(String),
    /// The address of a server names a sentinel.
    #[error(
        "{0} is a sentinel and not a server; write the address as \
         redis+sentinel://{0}/NAME-OF-THE-MASTER"
    )]
    IsSentinel(String),
    /// The address of sentinels names something else.
    #[error("{0} is not a sentinel; name sentinels in the address, whose port is often 26379")]
    IsNoSentinel(String),
    /// The server copies another one and takes no writes.
    #[error(
        "the Redis server {0} is a replica and takes no writes; name the master, or have \
         sentinels name it with redis+sentinel://"
    )]
    IsReplica(String),
    /// No sentinel knows the master.
    #[error("no sentinel knows a master named {0}; correct the name in the address")]
    UnknownMaster(String),
    /// Nobody answers.
    #[error("the Redis server cannot be reached ({0}); start it, or correct the address")]
    Unreachable(String),
    /// The system gives no thread.
    #[error("a thread for the Redis server cannot be started: {0}")]
    Thread(String),
}
