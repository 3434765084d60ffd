//! The name of one connection.

use std::{fmt, str::FromStr};

use crate::base32;

/// The name of one connection among those of all nodes of a cluster; `c_…` as text.
///
/// It holds the node and the shard that serve the connection (so that a message to it needs no
/// search), the slot it occupies there, and the slot's generation: how many connections of the
/// shard came before, from a random number on. So a name outlives its connection, and means another
/// one at the earliest when 67 million others have come to the shard. Clients treat it as opaque.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

const SHARD_BITS: u32 = 6;
const SLOT_BITS: u32 = 22;
const NODE_BITS: u32 = 10;
const GENERATION_BITS: u32 = 64 - NODE_BITS - SLOT_BITS - SHARD_BITS;

impl ConnectionId {
    /// How many nodes a name can tell apart.
    pub const NODES_MAX: usize = 1 << NODE_BITS;
    /// How many shards a name can tell apart.
    pub const SHARDS_MAX: usize = 1 << SHARD_BITS;
    /// How many connections of one shard a name can tell apart.
    pub const SLOTS_MAX: usize = 1 << SLOT_BITS;

    /// Names the connection in `slot` of `shard`, on the node zero: the only one, where there is no
    /// cluster. Parts beyond their bits are cut.
    #[must_use]
    pub const fn new(shard: u16, slot: u32, generation: u64) -> Self {
        let shard = shard as u64 & ((1 << SHARD_BITS) - 1);
        let slot = slot as u64 & ((1 << SLOT_BITS) - 1);
        let generation = generation & ((1 << GENERATION_BITS) - 1);
        let high = generation << NODE_BITS;
        Self((((high << SLOT_BITS) | slot) << SHARD_BITS) | shard)
    }

    /// The same on another node.
    #[must_use]
    pub const fn on(self, node: u16) -> Self {
        let mask = ((1 << NODE_BITS) - 1) << (SLOT_BITS + SHARD_BITS);
        let node = (node as u64) << (SLOT_BITS + SHARD_BITS) & mask;
        Self(self.0 & !mask | node)
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

    /// The node that serves the connection.
    #[must_use]
    pub const fn node(self) -> u16 {
        ((self.0 >> (SLOT_BITS + SHARD_BITS)) & ((1 << NODE_BITS) - 1)) as u16
    }

    /// The shard of its node that serves the connection.
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
        let id = ConnectionId::new(63, 0x003f_ffff, 12_345);
        assert_eq!((id.node(), id.shard(), id.slot()), (0, 63, 0x003f_ffff));
        assert_ne!(id, ConnectionId::new(63, 0x003f_ffff, 12_346));
        assert_eq!(ConnectionId::from_number(id.number()), id);
    }

    #[test]
    fn differs_from_node_to_node() {
        let id = ConnectionId::new(63, 0x003f_ffff, u64::MAX);
        let there = id.on(1_023);
        assert_ne!(there, id);
        let parts = (there.node(), there.shard(), there.slot());
        assert_eq!(parts, (1_023, id.shard(), id.slot()));
        assert_eq!(there.on(5).node(), 5);
        assert_eq!(there.on(0), id);
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
