//! Everything that can happen to a shard.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use wirehub_model::{
    CloseCause, CloseReason, Command, ConnectionId, Grant, Limits, Namespaces, Payload, Principal,
    Refusal, TopicFilter, UserId,
};

use crate::{OccurrenceKinds, Relay, Request, broker::Told};

/// Something that happened. Together with [`Output`](crate::Output) it is the shard's whole
/// contract.
#[derive(Debug)]
pub enum Input {
    /// A client asks for something.
    Command {
        /// The client.
        connection: ConnectionId,
        /// The number of the request; without one there is no reply to a success.
        id: Option<u64>,
        /// The request.
        command: Command,
    },
    /// A client sent a message that is not a command.
    Malformed {
        /// The client.
        connection: ConnectionId,
        /// The number of the request, as far as it could be read.
        id: Option<u64>,
        /// What is wrong with it.
        refusal: Refusal,
    },
    /// A client asked for something that its dialect has to refuse by itself, or whose proof does
    /// not hold. It is no sign that the client does not speak the dialect.
    Declined {
        /// The client.
        connection: ConnectionId,
        /// The number of its request.
        id: Option<u64>,
        /// Why.
        refusal: Refusal,
    },
    /// A client brought a newer proof for a topic it subscribes to, and it was checked.
    Renewed {
        /// The client.
        connection: ConnectionId,
        /// The number of its request.
        id: Option<u64>,
        /// The filter exactly as it was subscribed.
        filter: TopicFilter,
        /// What the proof opens.
        grant: Box<Grant>,
    },
    /// A client that is in as nobody proved which user it is. It asked with a number.
    SignedIn {
        /// The client.
        connection: ConnectionId,
        /// The number of its request.
        id: Option<u64>,
        /// Who it is from now on.
        user: UserId,
        /// What is said about the user for others to see: one JSON value as text.
        info: Option<Arc<str>>,
        /// The users whose coming and going it wants to be told of.
        watchlist: Vec<UserId>,
    },
    /// A client's transport asks for a sign of life, with this payload of at most 125 bytes.
    Ping {
        /// The client.
        connection: ConnectionId,
        /// Comes back in the answer.
        payload: Box<[u8]>,
    },
    /// A client sent its close frame.
    CloseReceived {
        /// The client.
        connection: ConnectionId,
        /// [`CloseCause::Client`] when it means to leave; [`CloseCause::Failed`] when it gives up
        /// this connection alone, as after a frame that it could not read.
        cause: CloseCause,
    },
    /// A client broke the rules of its transport and is to be closed.
    Violation {
        /// The client.
        connection: ConnectionId,
        /// How.
        reason: CloseReason,
    },
    /// A client's transport is gone. The runtime has dropped it already.
    Gone {
        /// The client.
        connection: ConnectionId,
        /// [`CloseCause::Lost`] or [`CloseCause::Failed`].
        cause: CloseCause,
    },
    /// The answer to [`Output::Authenticate`](crate::Output::Authenticate).
    Authenticated {
        /// The client.
        connection: ConnectionId,
        /// The number of its request.
        id: Option<u64>,
        /// Who it is.
        result: Result<Principal, Refusal>,
    },
    /// The answer to [`Output::Call`](crate::Output::Call).
    Called {
        /// The client.
        connection: ConnectionId,
        /// The number of its request.
        id: Option<u64>,
        /// What the application says.
        result: Result<Payload, Refusal>,
    },
    /// The broker says something.
    Broker(Told),
    /// Another shard says something.
    Relay(Relay),
    /// The holder of the hub's handle asks for something.
    Request {
        /// Comes back with the answer.
        ticket: u64,
        /// The request.
        request: Request,
    },
    /// Bounds and rules were changed; they hold for what happens from now on.
    Reload {
        /// The bounds.
        limits: Arc<Limits>,
        /// The rules.
        namespaces: Arc<Namespaces>,
    },
    /// From now on, tell these things of what happens.
    Watch(OccurrenceKinds),
    /// Send everybody away.
    Drain(DrainPlan),
    /// Send nobody away any more, and let clients in again. Who was asked to move goes all the
    /// same.
    Stay,
}

/// How to send everybody away without hurting whoever takes them in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainPlan {
    /// So many clients are asked to move in a second, by this shard, each to go at a random moment
    /// within a second at most; `None` asks all at once.
    pub moves_per_second: Option<NonZeroU32>,
    /// Clients that are asked all at once are to move at a random moment within this span. It is
    /// also how long those who were asked last have before the first one is closed.
    pub spread: Duration,
    /// After the span, those who stayed are closed at this rate, by this shard.
    pub closes_per_second: u32,
    /// After this long, whoever is left is hung up on.
    pub deadline: Duration,
    /// What the close frame says.
    pub reason: CloseReason,
}
