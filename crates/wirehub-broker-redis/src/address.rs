//! Where servers are, and how they belong together.

use std::{fmt, sync::Arc};

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisError};

use crate::ConnectError;

/// The ports that are meant when an address names none.
const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

/// A server: its host and its port, or its socket in the file system.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Address(Arc<str>);

impl Address {
    pub(crate) fn new(host: &str, port: u16) -> Self {
        Self(format!("{host}:{port}").into())
    }

    /// The address of a server that is connected to like this.
    pub(crate) fn of(info: &ConnectionInfo) -> Self {
        Self(info.addr().to_string().into())
    }

    /// Host and port; none for a socket in the file system.
    pub(crate) fn host_and_port(&self) -> Option<(&str, u16)> {
        let (host, port) = self.0.rsplit_once(':')?;
        Some((host, port.parse().ok()?))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How servers belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// There is one.
    Single,
    /// Sentinels know which of several servers is the master, which has this name among them.
    Sentinel(String),
    /// Each master of a cluster has some of the slots.
    Cluster,
}

/// What the address in the settings says.
#[derive(Clone, Debug)]
pub(crate) struct Deployment {
    pub(crate) kind: Kind,
    /// What every connection to a server is made like, but for the host.
    pub(crate) server: ConnectionInfo,
    /// The servers or the sentinels that are named.
    pub(crate) named: Vec<Address>,
}

impl Deployment {
    /// Reads the address: a URL of Redis, or `redis+cluster://` or `redis+sentinel://` with several
    /// hosts and, for the latter, the name of the master and maybe a database.
    pub(crate) fn parse(url: &str) -> Result<Self, ConnectError> {
        let (scheme, rest) = url.split_once("://").unwrap_or((url, ""));
        let Some((scheme @ ("redis" | "rediss"), kind @ ("cluster" | "sentinel"))) =
            scheme.split_once('+')
        else {
            return Self::single(url);
        };
        let (credentials, rest) = match rest.rsplit_once('@') {
            Some((credentials, rest)) => (format!("{credentials}@"), rest),
            None => (String::new(), rest),
        };
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (kind, port, database) = if kind == "cluster" {
            if !matches!(path, "" | "0") {
                return Err(wrong("a cluster has only the database 0"));
            }
            (Kind::Cluster, PORT, "0")
        } else {
            let (master, database) = path.split_once('/').unwrap_or((path, "0"));
            if master.is_empty() {
                return Err(wrong(
                    "the name of the master is missing after the sentinels",
                ));
            }
            (Kind::Sentinel(master.to_owned()), SENTINEL_PORT, database)
        };
        let mut named = Vec::new();
        for host in hosts.split(',') {
            // The URL of one host, so that whatever is wrong with it is found in the same way.
            let one = format!("{scheme}://{credentials}{host}/{database}");
            let info = one.into_connection_info().map_err(|error| of(&error))?;
            let has_port = host
                .rsplit_once(':')
                .is_some_and(|(_, port)| !port.ends_with(']'));
            named.push(match info.addr() {
                ConnectionAddr::Tcp(host, found) => {
                    Address::new(host, if has_port { *found } else { port })
                }
                ConnectionAddr::TcpTls {
                    host, port: found, ..
                } => Address::new(host, if has_port { *found } else { port }),
                _ => return Err(wrong("a host is missing")),
            });
        }
        let first = hosts.split(',').next().unwrap_or_default();
        let server = format!("{scheme}://{credentials}{first}/{database}");
        let server = server.into_connection_info().map_err(|error| of(&error))?;
        Ok(Self {
            kind,
            server,
            named,
        })
    }

    fn single(url: &str) -> Result<Self, ConnectError> {
        let server = url.into_connection_info().map_err(|error| of(&error))?;
        Ok(Self {
            kind: Kind::Single,
            named: vec![Address::of(&server)],
            server,
        })
    }

    /// How a server is connected to.
    pub(crate) fn info(&self, address: &Address) -> ConnectionInfo {
        let info = self.server.clone();
        let Some((host, port)) = address.host_and_port() else {
            return info;
        };
        let place = match info.addr() {
            ConnectionAddr::Tcp(..) => ConnectionAddr::Tcp(host.to_owned(), port),
            ConnectionAddr::TcpTls {
                insecure,
                tls_params,
                ..
            } => ConnectionAddr::TcpTls {
                host: host.to_owned(),
                port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            },
            _ => return info,
        };
        info.set_addr(place)
    }
}

fn wrong(what: &str) -> ConnectError {
    ConnectError::Url(what.to_owned())
}

fn of(error: &RedisError) -> ConnectError {
    ConnectError::Url(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read() {
        let read = |url| {
            let read = Deployment::parse(url).unwrap();
            let named: Vec<String> = read.named.iter().map(ToString::to_string).collect();
            (read.kind, named.join(" "))
        };
        assert_eq!(read("redis://h"), (Kind::Single, "h:6379".to_owned()));
        let cluster = "redis+cluster://u:p%40@a:7000,b,[::1]:7002";
        assert_eq!(
            read(cluster),
            (Kind::Cluster, "a:7000 b:6379 ::1:7002".to_owned())
        );
        let sentinel = Kind::Sentinel("main".to_owned());
        let url = "rediss+sentinel://a,b:7/main/3";
        assert_eq!(read(url), (sentinel, "a:26379 b:7".to_owned()));
        let read = Deployment::parse(url).unwrap();
        assert_eq!(read.server.redis_settings().db(), 3);
        let info = read.info(&Address::new("c", 9));
        assert_eq!(Address::of(&info).to_string(), "c:9");
        assert!(matches!(info.addr(), ConnectionAddr::TcpTls { .. }));
        let cluster = Deployment::parse(cluster).unwrap();
        assert_eq!(cluster.server.redis_settings().password(), Some("p@"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (url, what) in [
            ("redis+cluster://a/3", "a cluster has only the database 0"),
            ("redis+sentinel://a,b", "the name of the master is missing"),
            ("redis+cluster://a,:x", "not valid"),
            ("redis+other://a", "not valid"),
            ("a:6379", "not valid"),
        ] {
            let error = Deployment::parse(url).unwrap_err().to_string();
            assert!(error.contains(what), "{url}: {error}");
        }
    }
}
