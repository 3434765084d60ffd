//! What is to be done with a topic, in its order.

use bytes::Bytes;
use wirehub_broker::{
    Append, Appended, BrokerError, Idempotency, NodeName, Reply, Retention, stored::encode_append,
};

use crate::{desks::Work, topic_log::Standing};

/// Publications that are written together at most, and bytes of them.
const GROUP: usize = 256;
const GROUP_BYTES: usize = 256 * 1024;
/// Bytes of the length before each.
const LENGTH: usize = 5;
/// Bytes of a message beside its publications: how the topic stands.
pub(crate) const ROOM: usize = 1_024;

/// What is to be done with a topic.
pub(crate) enum TopicJob {
    Publish(Publish),
    /// Tell how it stands, with these rules from now on; it begins when it is not there.
    Open(Retention, Reply<Standing>),
    Forget(Reply<()>),
    /// Let it live, since a node has it open.
    Touch,
}

/// A publication that is to have a place.
pub(crate) struct Publish {
    pub(crate) node: NodeName,
    pub(crate) rules: Retention,
    /// Whether it stands for a key.
    pub(crate) is_keyed: bool,
    pub(crate) name: Option<Idempotency>,
    /// Bytes of its payload.
    pub(crate) size: usize,
    pub(crate) written: Bytes,
    pub(crate) reply: Reply<Appended>,
}

impl Publish {
    pub(crate) fn new(append: Append, node: &NodeName, reply: Reply<Appended>) -> Self {
        let size = append.message.payload.bytes().len();
        let mut written = Vec::with_capacity(64 + size);
        encode_append(&append, &mut written);
        Self {
            node: node.clone(),
            rules: append.retention,
            is_keyed: append.key.is_some(),
            name: append.idempotency,
            size,
            written: written.into(),
            reply,
        }
    }
}

impl TopicJob {
    /// Whether it may be done together with what was taken before, when a message has so much room.
    /// A message of the log is of one node and has one set of rules.
    pub(crate) fn joins(taken: &[Self], next: &Self, room: usize) -> bool {
        let (Some(Self::Publish(first)), Self::Publish(next)) = (taken.first(), next) else {
            return false;
        };
        let bytes: usize = taken.iter().map(Work::bytes).sum();
        taken.len() < GROUP
            && bytes + next.written.len() + LENGTH * (taken.len() + 1) <= room.min(GROUP_BYTES)
            && first.node == next.node
            && first.rules == next.rules
    }

    /// It cannot be done.
    pub(crate) fn fail(self, error: BrokerError) {
        // Whoever asked may have stopped waiting.
        match self {
            Self::Publish(publish) => _ = publish.reply.send(Err(error)),
            Self::Open(_, reply) => _ = reply.send(Err(error)),
            Self::Forget(reply) => _ = reply.send(Err(error)),
            Self::Touch => {}
        }
    }
}

impl Work for TopicJob {
    fn bytes(&self) -> usize {
        match self {
            Self::Publish(publish) => publish.written.len(),
            _ => 0,
        }
    }
}
