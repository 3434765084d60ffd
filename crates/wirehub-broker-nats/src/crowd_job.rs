//! What is to be done with those who are on a topic, in its order.

use wirehub_broker::{BrokerError, NodeName, Reply};
use wirehub_model::{ConnectionId, Member, Topic};

use crate::{desks::Work, subjects::Subjects};

/// Changes that are written together at most: a batch takes a thousand messages.
const GROUP: usize = 200;

/// The stay of a node, and the number of the message that holds it as long as it lasts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stay {
    pub(crate) node: NodeName,
    pub(crate) name: String,
    /// Zero for one that has ended, of which only members are taken out.
    pub(crate) number: u64,
}

/// A member comes or changes, or the one of a connection goes.
pub(crate) struct CrowdJob {
    pub(crate) stay: Stay,
    pub(crate) connection: ConnectionId,
    pub(crate) member: Option<Member>,
    pub(crate) reply: Reply<()>,
}

impl CrowdJob {
    /// Where the member is kept.
    pub(crate) fn place(&self, subjects: &Subjects, topic: &Topic) -> String {
        let stay = (&self.stay.node, self.stay.name.as_str());
        subjects.member(topic, self.connection, stay)
    }

    pub(crate) fn joins(taken: &[Self], _: &Self) -> bool {
        taken.len() < GROUP
    }

    pub(crate) fn end(self, answer: Result<(), BrokerError>) {
        // Whoever asked may have stopped waiting.
        _ = self.reply.send(answer);
    }
}

impl Work for CrowdJob {
    fn bytes(&self) -> usize {
        0
    }
}
