//! Lists over all nodes, page by page.

use std::collections::BTreeMap;

use wirehub_broker::NodeName;
use wirehub_core::{ConnectionInfo, TopicInfo};
use wirehub_model::ConnectionId;

use crate::NodeInfo;

/// A part of the connections of all nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionList {
    /// The connections found.
    pub list: Vec<ConnectionInfo>,
    /// Where to go on; `None` at the end.
    pub next: Option<Page>,
    /// Nodes that did not answer, whose connections are missing.
    pub silent: Vec<NodeName>,
}

/// A part of the topics of all nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicList {
    /// The topics found, in the order of their names.
    pub list: Vec<TopicInfo>,
    /// There are more behind them.
    pub more: bool,
    /// Nodes that did not answer, whose subscribers are missing.
    pub silent: Vec<NodeName>,
}

/// The nodes of a cluster at a glance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterInfo {
    /// Those that answered.
    pub nodes: BTreeMap<NodeName, NodeInfo>,
    /// Those that did not.
    pub silent: Vec<NodeName>,
}

/// Bits of a place that are the slot's, the shard's and the node's, as in names of connections.
const SLOT_BITS: u32 = ConnectionId::SLOTS_MAX.ilog2();
const SHARD_BITS: u32 = ConnectionId::SHARDS_MAX.ilog2();
const NODE_BITS: u32 = ConnectionId::NODES_MAX.ilog2();

/// Where in the list of all connections to go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub(crate) node: u16,
    pub(crate) shard: u16,
    pub(crate) from: u32,
}

impl Page {
    /// The page at a place that [`Page::place`] gave; `None` when it gives no such place.
    #[must_use]
    pub const fn at(place: u64) -> Option<Self> {
        if place >> (NODE_BITS + SHARD_BITS + SLOT_BITS) > 0 {
            return None;
        }
        let shard = place >> SLOT_BITS;
        Some(Self {
            node: (shard >> SHARD_BITS) as u16,
            shard: (shard & ((1 << SHARD_BITS) - 1)) as u16,
            from: (place & ((1 << SLOT_BITS) - 1)) as u32,
        })
    }

    /// The place as a number that every JSON reader takes, for whoever has to send it around.
    #[must_use]
    pub const fn place(self) -> u64 {
        let shard = (self.node as u64) << SHARD_BITS | self.shard as u64;
        shard << SLOT_BITS | self.from as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_found_again_by_its_place() {
        for page in [
            Page::default(),
            Page {
                node: 1_023,
                shard: 63,
                from: 0x003f_ffff,
            },
        ] {
            assert_eq!(Page::at(page.place()), Some(page));
        }
        assert_eq!(Page::at(1 << 53), None);
    }
}
