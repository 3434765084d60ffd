//! Where what topics remember is kept.

use std::{fmt, path::PathBuf};

use super::Checks;
use crate::{
    raw_settings::{BrokerKind, Durability, RawBroker},
    size::Size,
};

/// The smallest file that leaves room to work in.
const MIN_BYTES: usize = 16 * 1024 * 1024;

/// The place, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BrokerSettings {
    /// In memory, until the process ends.
    Memory,
    /// In a file.
    Redb(FileSettings),
}

/// A file that topics are remembered in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileSettings {
    pub(crate) path: PathBuf,
    pub(crate) max_bytes: usize,
    pub(crate) durability: Durability,
}

/// Checks the table `broker`.
pub(super) fn broker(raw: &RawBroker, checks: &mut Checks<'_>) -> BrokerSettings {
    checks.require(
        !raw.path.is_empty(),
        "`broker.path` must name a file, such as `/var/lib/wirehub/wirehub.redb`",
    );
    checks.require(
        raw.max_bytes.0 >= MIN_BYTES,
        &format!("`broker.max_bytes` must be at least {}", Size(MIN_BYTES)),
    );
    match raw.kind {
        BrokerKind::Memory => BrokerSettings::Memory,
        BrokerKind::Redb => BrokerSettings::Redb(FileSettings {
            path: PathBuf::from(&raw.path),
            max_bytes: raw.max_bytes.0,
            durability: raw.durability,
        }),
    }
}

/// As it is told when the hub starts.
impl fmt::Display for BrokerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory, until the process ends"),
            Self::Redb(FileSettings {
                path,
                max_bytes,
                durability,
            }) => {
                let when = match durability {
                    Durability::Commit => "acknowledged when on disk",
                    Durability::Relaxed => "acknowledged before it is on disk",
                };
                let bound = Size(*max_bytes);
                write!(f, "{}, up to {bound}, {when}", path.display())
            }
        }
    }
}
