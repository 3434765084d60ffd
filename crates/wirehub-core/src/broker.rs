//! What a shard asks of the broker that gives topics their order, and what it is told.
//!
//! Without a broker the home of a topic gives the offsets and keeps the memory. With one, the
//! broker does, for all nodes; the home keeps a copy of what it needs to let subscribers begin.
//! Through the broker, too, nodes know who is on a topic with the others, and tell each other's
//! clients something.

use std::sync::Arc;

use wirehub_model::{
    ConnectionId, Direct, Key, Member, Message, Moment, Position, PresenceChange, PresencePage,
    PresenceQuery, Publication, Published, Publisher, Refusal, Topic, TopicFilter, UserId,
};

use crate::{Draft, Handover, Origin, SessionSearch};

/// Something a shard asks of the broker.
#[derive(Debug)]
pub enum Ask {
    /// Give this its place; the answer is [`Told::Appended`].
    Append(Box<Append>, Origin),
    /// Tell how a topic stands, and from then on what is published to it; the answer is
    /// [`Told::Opened`].
    Open {
        /// The topic.
        topic: Topic,
        /// Tell also who is on it.
        crowd: bool,
    },
    /// Tell of it no longer.
    Close(Topic),
    /// Tell what is published to the topics that a filter matches; the answer is
    /// [`Told::Subscribed`].
    Subscribe(TopicFilter),
    /// Tell of them no longer.
    Unsubscribe(TopicFilter),
    /// Forget what is kept of a topic; the answer is [`Told::Forgotten`].
    Forget(Topic, Origin),
    /// Take in a connection of this node as a member, or what is new about it. Only a failure is
    /// told: [`Told::Unheard`].
    Enter(Topic, Arc<Member>),
    /// Take a connection of this node out. Only a failure is told: [`Told::Unheard`].
    Leave(Topic, ConnectionId),
    /// Tell who is on a topic, on all nodes; the answer is [`Told::Crowd`].
    Crowd(Topic),
    /// List some of those who are on a topic, on all nodes; the answer is [`Told::Listed`].
    Members(PresenceQuery, Origin),
    /// Tell a user's connections on other nodes; the answer is [`Told::UserTold`].
    TellUser(UserId, Arc<Direct>, Origin),
    /// Tell a connection on another node; the answer is [`Told::ConnectionTold`].
    TellConnection(ConnectionId, Arc<Direct>, Origin),
    /// Tell a connection on another node to which a session went what came late for it. Nothing is
    /// answered.
    TellAfter(ConnectionId, Arc<Direct>),
    /// Have another node hand over the session that a client presents; the answer is
    /// [`Told::SessionFound`], whether it was there or not.
    TakeSession(Box<SessionSearch>),
}

/// A publication that wants its place.
#[derive(Clone, Debug)]
pub struct Append {
    /// Where it is published.
    pub topic: Topic,
    /// What is said.
    pub message: Message,
    /// What it is about.
    pub key: Option<Key>,
    /// Names it among those of its publisher, so that it is published once.
    pub idempotency_key: Option<Key>,
    /// Who says it; `None` when the application's own servers do.
    pub from: Option<Publisher>,
    /// When the hub took it in.
    pub accepted_at: Moment,
    /// From when on it is worth nothing.
    pub expires_at: Option<Moment>,
    /// Whether the publisher receives it too.
    pub echo: bool,
}

impl From<Draft> for Append {
    fn from(draft: Draft) -> Self {
        Self {
            topic: draft.topic,
            message: draft.message,
            key: draft.key,
            idempotency_key: draft.idempotency_key,
            from: draft.from,
            accepted_at: draft.accepted_at,
            expires_at: draft.expires_at,
            echo: draft.exclude.is_none(),
        }
    }
}

/// Something the broker tells a shard.
#[derive(Debug)]
pub enum Told {
    /// What became of a publication; to the shard that asked.
    Appended(Origin, Result<Published, Refusal>),
    /// How a topic stands; to its home.
    Opened(Topic, Result<Opened, Refusal>),
    /// A filter is known, or why not; to the shard that asked.
    Subscribed(TopicFilter, Result<(), Refusal>),
    /// A topic was forgotten, or why not; to the shard that asked.
    Forgotten(Origin, Result<(), Refusal>),
    /// What was published up to there is not kept any more; to the topic's home.
    Emptied(Topic, Position),
    /// Something was published; to the topic's home. The connection does not get it.
    Publication(Arc<Publication>, Option<ConnectionId>),
    /// Somebody came, changed or went on a topic, on any node; to the topic's home. The number
    /// grows with each change of the topic.
    Presence(PresenceChange, u64),
    /// Who is on a topic, or why that is not told; to the topic's home.
    Crowd(Topic, Result<Crowd, Refusal>),
    /// Some who are on a topic, or why that is not told; to the shard that asked.
    Listed(Origin, Result<PresencePage, Refusal>),
    /// What was said of a member did not arrive; to the topic's home.
    Unheard(Topic),
    /// News of members may have been missed, or the broker has forgotten those of this node; to
    /// every shard.
    Missed,
    /// Other nodes tell a user's connections, or why not; to the shard that asked.
    UserTold(UserId, Arc<Direct>, Origin, Result<(), Refusal>),
    /// Whether another node has told a connection; to the shard that asked.
    ConnectionTold(Origin, Result<bool, Refusal>),
    /// What another node handed over of a session, if it has it and answers; to the shard that
    /// asked.
    SessionFound(Box<SessionSearch>, Option<Box<Handover>>),
}

/// How a topic stands when a home begins to follow it.
#[derive(Debug)]
pub struct Opened {
    /// Where it stands: everything after it is told.
    pub position: Position,
    /// What is kept of its history, without a gap, the oldest first.
    pub history: Vec<Arc<Publication>>,
    /// What was said last, and last with each key.
    pub values: Vec<Arc<Publication>>,
    /// Who is on it, if that was asked for.
    pub crowd: Option<Crowd>,
}

/// Who is on a topic, on all nodes.
#[derive(Debug)]
pub struct Crowd {
    /// Everybody.
    pub members: Vec<Arc<Member>>,
    /// Changes up to this number are in it.
    pub version: u64,
}
