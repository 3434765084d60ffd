//! What a run does, checked.

mod backoff;
mod check;
mod format;
mod phase;
mod quick;
mod traffic;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use backoff::Backoff;
pub use check::ScenarioError;
pub use format::Format;
pub use phase::{Act, Manner, Phase};
pub use quick::{Quick, QuickForm};
pub(crate) use traffic::Turn;
pub use traffic::{RoomKind, Traffic};

/// What a run does. Every number in it is bounded by [`Scenario::check`], which each run asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// What people call it.
    pub name: String,
    /// Connections at most, publishers not counted.
    pub connections: u32,
    /// Threads that drive them, in each process.
    pub threads: u32,
    /// What is spoken.
    pub speech: Speech,
    /// Who hears what is published.
    pub traffic: Traffic,
    /// Whether permessage-deflate (RFC 7692) is offered, and used where the server agrees.
    pub compression: bool,
    /// Bytes of what is published.
    pub payload: u32,
    /// How those come back whose connection was lost.
    pub backoff: Backoff,
    /// The phases, in their order.
    pub phases: Vec<Phase>,
    /// How often the phases run, one round after the other.
    pub rounds: u32,
    /// How long a connection may take from due to open.
    pub patience: Duration,
    /// How long what is on its way at the end may take.
    pub drain: Duration,
    /// How long the server may take to be back at its baseline; nothing is waited for with zero.
    pub settle: Duration,
    /// Chance begins with it: the same scenario makes the same choices.
    pub seed: u64,
}

/// What is spoken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speech {
    /// The protocol `wirehub.v1`.
    Native(Format),
    /// Text messages of any WebSocket server.
    Plain(Adapter),
}

/// How a server that knows nothing of Wirehub is spoken to: texts in which `{topic}` and
/// `{payload}` are filled in. Nothing is expected of its messages but that they hold the payload
/// somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapter {
    /// What a client says first, for each topic; nothing when the server needs nothing.
    pub subscribe: Option<String>,
    /// What a publisher says.
    pub publish: String,
    /// The subprotocol to ask for.
    pub subprotocol: Option<String>,
}

impl Scenario {
    /// The phases of all rounds, in the order in which they run.
    pub fn timeline(&self) -> impl Iterator<Item = &Phase> {
        let rounds = (0..self.rounds).flat_map(|_| &self.phases);
        rounds.take(check::PHASES)
    }

    /// How long it takes without the drain.
    #[must_use]
    pub fn lasts(&self) -> Duration {
        self.timeline().map(|phase| phase.lasts).sum()
    }

    /// Connections that publish and do nothing else.
    #[must_use]
    pub fn publishers(&self) -> u32 {
        match self.traffic {
            Traffic::Fanout { publishers, .. } | Traffic::Rooms { publishers, .. } => publishers,
            Traffic::Echo | Traffic::Silence => 0,
        }
    }

    /// How many topics there are.
    #[must_use]
    pub fn topics(&self) -> u32 {
        match &self.traffic {
            Traffic::Fanout { topics, .. } => *topics,
            Traffic::Rooms { kinds, .. } => {
                let rooms = kinds.iter().map(|kind| kind.rooms);
                rooms.fold(0, u32::saturating_add)
            }
            Traffic::Echo => self.connections,
            Traffic::Silence => 0,
        }
    }

    /// Sockets that are left behind open, all rounds together.
    #[must_use]
    pub fn left_behind(&self) -> u64 {
        let phases = self.timeline().filter_map(|phase| match phase.act {
            Act::Disconnect {
                how: Manner::HalfOpen,
                share,
                ..
            } => Some((share * f64::from(self.connections)).ceil() as u64),
            _ => None,
        });
        phases.sum()
    }
}

#[cfg(test)]
mod tests;
