//! Everything a shard can ask for.

use wirehub_model::{
    CloseCause, ConnectionId, Message, Moment, Position, Principal, Secret, Topic, TraceContext,
};

use crate::{Answer, Occurrence, Relay, broker::Ask};

/// Something the runtime has to do. Bytes to be sent are not here: they are asked for connection by
/// connection, see [`Shard::poll_transmit`](crate::Shard::poll_transmit).
#[derive(Debug)]
pub enum Output {
    /// Close the transport of a connection; its slot is free.
    HangUp {
        /// The connection.
        connection: ConnectionId,
        /// Why it ended, for the log.
        cause: CloseCause,
    },
    /// Check credentials and come back with [`Input::Authenticated`](crate::Input::Authenticated).
    Authenticate {
        /// Whose.
        connection: ConnectionId,
        /// The number of the request.
        id: Option<u64>,
        /// The credentials; `None` asks to be let in anonymously.
        token: Option<Secret>,
    },
    /// Ask the application and come back with [`Input::Called`](crate::Input::Called).
    Call(Box<Call>),
    /// Ask the broker; what it says comes back as [`Input::Broker`](crate::Input::Broker). Only
    /// where there is one.
    Broker(Ask),
    /// Carry a message to another shard.
    Relay {
        /// Which one.
        shard: u16,
        /// The message.
        relay: Relay,
    },
    /// Answer the holder of the hub's handle.
    Answer {
        /// The ticket of the request.
        ticket: u64,
        /// The answer.
        answer: Answer,
    },
    /// Tell those who watch the hub what happened; see
    /// [`ShardSettings::occurrences`](crate::ShardSettings::occurrences).
    Occurred(Box<Occurrence>),
    /// A publication whose way is traced was written to sockets.
    Delivered(Box<Delivered>),
    /// Everybody who was to be sent away is gone.
    Drained,
}

/// What became of a publication on one shard. It ended with the turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The span it comes from.
    pub trace: TraceContext,
    /// Its topic.
    pub topic: Topic,
    /// Its place there.
    pub position: Position,
    /// How many clients of this shard get it.
    pub clients: u64,
    /// When the hub took it in.
    pub accepted_at: Moment,
}

/// A client's question to the application.
#[derive(Debug)]
pub struct Call {
    /// The client.
    pub connection: ConnectionId,
    /// The number of its request; without one nobody waits for the answer.
    pub id: Option<u64>,
    /// Who it is.
    pub principal: Principal,
    /// The method's name.
    pub method: String,
    /// The argument.
    pub message: Message,
}
