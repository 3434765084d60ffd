//! Where a node receives.

use std::sync::Arc;

use bytes::Bytes;
use wirehub_model::{Position, PresenceChange, Topic};

use crate::{NodeName, Record};

/// The end of a node at which its broker pushes what comes for it.
///
/// A broker pushes from a thread of its own, one delivery at a time for each topic and in order. A
/// push may wait for room in a bounded queue, and the broker waits with it rather than drop
/// anything; so whoever empties that queue must never wait for this broker.
pub trait Sink: Send + Sync {
    /// Takes a delivery.
    fn push(&self, delivery: Delivery);
}

impl<F: Fn(Delivery) + Send + Sync> Sink for F {
    fn push(&self, delivery: Delivery) {
        self(delivery);
    }
}

/// What comes for a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// A publication to a topic that the node opened or that one of its filters matches; once, even
    /// if both hold.
    Publication(Arc<Record>),
    /// What was published to a topic up to there is not kept any more.
    Forgotten(Topic, Position),
    /// Somebody came, went or changed on a topic that the node opened; its own members too.
    Presence {
        /// The member's node.
        node: NodeName,
        /// What changed. The edge is that of all nodes together.
        change: PresenceChange,
        /// Grows with each change of the topic.
        version: u64,
    },
    /// What another node told this one.
    Control {
        /// Who.
        from: NodeName,
        /// What.
        bytes: Bytes,
    },
    /// What another node asks; [`Link::answer`](crate::Link::answer) answers.
    Request {
        /// Who.
        from: NodeName,
        /// The question's name.
        request: RequestId,
        /// What.
        bytes: Bytes,
    },
    /// A node attached, or came back after its lease had run out.
    NodeJoined(NodeName),
    /// A node detached, or its lease ran out.
    NodeLeft(NodeName),
    /// The node was cut off and is heard again: words, news of members and news of nodes may have
    /// been missed before this, and are not from here on. Whoever keeps a list asks for it anew.
    /// Publications are not concerned.
    Missed,
}

/// The name of a question among those of one broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);
