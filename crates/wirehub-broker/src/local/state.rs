//! What a copy of a broker has come to.

use std::time::Duration;

use wirehub_model::{Member, Offset, Topic};

use crate::{Idempotency, NodeName, RequestId, StoredTopic};

/// A topic as it stands in the copies of a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicState {
    /// The topic.
    pub topic: Topic,
    /// Its place, and what is kept of it. The number in its row is that of one process.
    pub stored: StoredTopic,
    /// The names that are remembered, with the offsets of their publications and their ends, in the
    /// order they came; one that was given again later has its end there.
    pub names: Vec<(Idempotency, Offset, Option<Duration>)>,
}

/// The nodes and all that they share, as they stand in the copies of a broker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterState {
    /// The time of the last word.
    pub time: Duration,
    /// The number of the last question.
    pub last_question: u64,
    /// The version of who is on topics.
    pub version: u64,
    /// The nodes, in the order of their names.
    pub nodes: Vec<NodeState>,
    /// The questions that wait for answers: who is asked, and until when.
    pub questions: Vec<(RequestId, NodeName, Duration)>,
    /// Who is on topics.
    pub members: Vec<(Topic, NodeName, Member)>,
}

/// A node as it stands in the copies of a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeState {
    /// The number of its stay.
    pub id: u64,
    /// Its name.
    pub name: NodeName,
    /// The length of its lease.
    pub lease: Duration,
    /// When the lease ends; `None` when it has.
    pub until: Option<Duration>,
    /// When the last lease ended.
    pub ended: Duration,
}
