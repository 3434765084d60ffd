//! What a server says of itself.

use crate::{
    ConnectError,
    address::{Address, Kind},
};

/// The oldest server that can be used: scripts fail with words of their own, and channels belong
/// to slots, from there on.
const OLDEST: u32 = 7;

/// The answer to `INFO`.
pub(crate) struct About(pub(crate) String);

impl About {
    /// A line of it.
    pub(crate) fn of(&self, name: &str) -> Option<&str> {
        let mut lines = self.0.lines().map(str::trim);
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    }

    /// Whether the server can be used as what the address says it is.
    pub(crate) fn check(&self, kind: &Kind, address: &Address) -> Result<(), ConnectError> {
        let version = self.of("redis_version").unwrap_or("unknown");
        let major = version
            .split('.')
            .next()
            .and_then(|major| major.parse().ok());
        if major.is_none_or(|major: u32| major < OLDEST) {
            return Err(ConnectError::TooOld(version.to_owned()));
        }
        let address = address.to_string();
        match (self.of("redis_mode"), kind) {
            (Some("sentinel"), _) => Err(ConnectError::IsSentinel(address)),
            (Some("cluster"), Kind::Single | Kind::Sentinel(_)) => {
                Err(ConnectError::InCluster(address))
            }
            (Some("standalone"), Kind::Cluster) => Err(ConnectError::NotInCluster(address)),
            _ => Ok(()),
        }
    }

    /// Whether the server takes writes.
    pub(crate) fn check_role(&self, address: &Address) -> Result<(), ConnectError> {
        match self.of("role") {
            Some("slave") => Err(ConnectError::IsReplica(address.to_string())),
            _ => Ok(()),
        }
    }

    /// Whether it was a replica before: it knows the history that it has gone on from.
    pub(crate) fn was_promoted(&self) -> bool {
        let former = self.of("master_replid2").unwrap_or_default();
        former.bytes().any(|digit| digit != b'0')
    }
}
