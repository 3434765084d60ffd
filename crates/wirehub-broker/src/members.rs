//! Who is on a topic, over all nodes.

use std::sync::Arc;

use wirehub_model::{ConnectionId, Member, Occupancy, Topic};

use crate::NodeName;

/// What the members of a topic are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembersQuery {
    /// The topic.
    pub topic: Topic,
    /// How many at most; zero asks for the counts alone.
    pub limit: usize,
    /// Those after this one. Names of connections are unique on their node only.
    pub after: Option<(ConnectionId, NodeName)>,
}

/// A part of the members of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// How many there are altogether.
    pub occupancy: Occupancy,
    /// The members of this page with their nodes, in the order of connection and node.
    pub members: Vec<(NodeName, Arc<Member>)>,
    /// There are more: ask for those after the last one.
    pub more: bool,
    /// What has changed so far is in here: a [`Delivery::Presence`](crate::Delivery::Presence)
    /// with this version or a lower one is old news.
    pub version: u64,
}
