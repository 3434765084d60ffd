//! The name of one connection.

use std::{fmt, str::FromStr};

use crate::base32;

/// The name of one connection in this process; `c_…` as text.
///
/// It holds the shard that serves the connection (so that a message to it needs no search), the
/// slot it occupies there, and the slot's generation (so that a name outlives its connection
/// without ever meaning another one). Clients treat it as opaque.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

const SHARD_BITS: u32 = 6;
const SLOT_BITS: u32 = 24;
const GENERATION_BITS: u32 = 64 - SHARD_BITS - SLOT_BITS;

impl ConnectionId {
    /// How many shards a name can tell apart.
    pub const SHARDS_MAX: usize = 1 << SHARD_BITS;
    /// How many connections of one shard a name can tell apart.
    pub const SLOTS_MAX: usize = 1 << SLOT_BITS;

    /// Names the connection in `slot` of `shard`. Parts beyond their bits are cut.
    #[must_use]
    pub const fn new(shard: u16, slot: u32, generation: u64) -> Self {
        let shard = shard as u64 & ((1 << SHARD_BITS) - 1);
        let slot = slot as u64 & ((1 << SLOT_BITS) - 1);
        let generation = generation & ((1 << GENERATION_BITS) - 1);
        Self((generation << (SLOT_BITS + SHARD_BITS)) | (slot << SHARD_BITS) | shard)
    }

    /// The name with this number, which [`ConnectionId::number`] gave.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// All parts as one number, for stores that keep it.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The shard that serves the connection.
    #[must_use]
    pub const fn shard(self) -> u16 {
        (self.0 & ((1 << SHARD_BITS) - 1)) as u16
    }

    /// The slot of the connection within its shard.
    #[must_use]
    pub const fn slot(self) -> u32 {
        ((self.0 >> SHARD_BITS) & ((1 << SLOT_BITS) - 1)) as u32
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; base32::DIGITS_MAX];
        write!(f, "c_{}", base32::encode(self.0, &mut buffer))
    }
}

impl fmt::Debug for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ConnectionId {
    type Err = ConnectionIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix("c_")
            .and_then(base32::decode)
            .map(Self)
            .ok_or(ConnectionIdError)
    }
}

/// The text does not name a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a connection id; they look like `c_3k9x…`")]
pub struct ConnectionIdError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_its_parts() {
        let id = ConnectionId::new(63, 0x00ff_ffff, 12_345);
        assert_eq!((id.shard(), id.slot()), (63, 0x00ff_ffff));
        assert_ne!(id, ConnectionId::new(63, 0x00ff_ffff, 12_346));
        assert_eq!(ConnectionId::from_number(id.number()), id);
    }

    #[test]
    fn reads_what_it_writes() {
        let id = ConnectionId::new(1, 7, 99);
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "c_", "3k", "c_I", "x_3k"] {
            assert_eq!(bad.parse::<ConnectionId>(), Err(ConnectionIdError));
        }
    }
}
