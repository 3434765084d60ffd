//! Why a broker did not do what it was asked.

use wirehub_model::{Position, Topic};

use crate::NodeName;

/// Why a broker did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BrokerError {
    /// The broker cannot be reached or does not work at the moment. Nothing was done.
    #[error("the broker does not work at the moment: {reason}")]
    Unavailable {
        /// What failed, in a sentence.
        reason: String,
    },
    /// More is waiting to be done than the broker takes on. Nothing was done.
    #[error("the broker has too much to do; try again shortly")]
    Overloaded,
    /// The publication has this place and was delivered, but could not be stored: it will be gone
    /// after a restart. Publishing it again would deliver it twice.
    #[error("the publication was delivered but not stored: {reason}")]
    NotStored {
        /// Where it stands.
        position: Position,
        /// What failed, in a sentence.
        reason: String,
    },
    /// The broker works but cannot store; [`BrokerError::NotStored`] says it of a publication.
    #[error("the broker delivers but cannot store: {reason}")]
    Degraded {
        /// What failed, in a sentence.
        reason: String,
    },
    /// The publication is larger than the broker's server takes. Nothing was done.
    #[error(
        "the publication takes {bytes} bytes, and the broker's server takes {max}; publish \
             less at once, or raise what the server takes"
    )]
    TooLarge {
        /// What it takes, with what is stored beside its payload.
        bytes: usize,
        /// The most that is taken.
        max: usize,
    },
    /// The broker holds as many topics as it may. Topics that nobody uses are forgotten after some
    /// time.
    #[error("the broker holds {0} topics, as many as it may; raise the bound or use fewer topics")]
    TooManyTopics(usize),
    /// The node is interested in as many topics and filters as it may be.
    #[error("the node has {0} topics and filters open, as many as it may")]
    TooManyInterests(usize),
    /// As many nodes are attached as may be.
    #[error("{0} nodes are attached, as many as may be")]
    TooManyNodes(usize),
    /// The topic has as many members as it may.
    #[error("the topic has {0} members, as many as it may")]
    TooManyMembers(usize),
    /// As many questions wait for answers as may.
    #[error("{0} questions wait for answers, as many as may; try again shortly")]
    TooManyQuestions(usize),
    /// What is stored of the topic cannot be read.
    #[error("what is stored of the topic {topic:?} cannot be read ({reason}); restore a copy of \
             the store, or remove the topic from it", topic = .topic.as_str())]
    Damaged {
        /// The topic.
        topic: Topic,
        /// What is wrong.
        reason: String,
    },
    /// A node of that name is attached.
    #[error("a node named {0} is attached; give each node a name of its own")]
    NameTaken(NodeName),
    /// No node of that name is attached.
    #[error("no node named {0} is attached")]
    UnknownNode(NodeName),
    /// The node did not answer in time, or left meanwhile.
    #[error("the node {0} did not answer in time")]
    NoAnswer(NodeName),
    /// The node's lease had run out: its members are gone and must enter again. It has a new lease.
    #[error("the node's lease had run out; its members must enter again")]
    LeaseExpired,
    /// The broker was shut down, or the node detached.
    #[error("the broker is shut down, or the node has detached")]
    Stopped,
}

impl BrokerError {
    /// Whether the same request may succeed shortly and does no harm when it is made again.
    #[must_use]
    pub const fn is_worth_a_retry(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { .. } | Self::Overloaded | Self::TooManyQuestions(_)
        )
    }
}
