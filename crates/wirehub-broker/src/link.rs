//! What a node may ask of its broker.

use std::time::Duration;

use bytes::Bytes;
use wirehub_model::{ConnectionId, HistoryPage, Member, Topic, TopicFilter};

use crate::{
    Answer, Append, Appended, BrokerError, Members, MembersQuery, NodeName, Opened, RecordPage,
    RequestId, Retention,
};

/// A node's link to its broker.
///
/// No method waits: what is asked takes its place when the method is called, and the future brings
/// the answer. A future that is dropped undoes nothing. Everything may be answered with
/// [`BrokerError::Overloaded`], [`BrokerError::Unavailable`] or [`BrokerError::Stopped`]. Dropping
/// the link detaches the node.
///
/// # Topics
///
/// - A topic has one order. The offsets of an epoch have no gap, begin at 1 and are never given
///   twice, whichever node publishes. An epoch ends only when the topic is forgotten or
///   publications could not be stored; after the latter the offsets go on under a new epoch.
/// - What one node publishes to a topic stands in the order of its calls.
/// - A publication is pushed to every node with interest once, in the order of offsets, before or
///   after its publisher has the answer. It is never dropped: where a sink is slow, the broker
///   waits.
/// - A broker that stores pushes and answers when the publication is safe, unless it was set up to
///   be quicker than that.
pub trait Link: Send + Sync {
    /// The node.
    fn node(&self) -> &NodeName;

    /// Publishes. The answers stand in the order of the publications, and each one succeeds or
    /// fails by itself.
    ///
    /// A publication whose [`Idempotency`](crate::Idempotency) is remembered for its topic is not
    /// published again: it is answered with the place of the first one. It is remembered for the
    /// time its retention says, at least as far as the broker's bound of names for a topic.
    ///
    /// # Errors
    /// Of one publication: [`BrokerError::TooManyTopics`], [`BrokerError::TooLarge`],
    /// [`BrokerError::Damaged`], and
    /// [`BrokerError::NotStored`] for one that was delivered nevertheless.
    fn append(&self, batch: Vec<Append>) -> Answer<Vec<Result<Appended, BrokerError>>>;

    /// Begins interest in a topic, and tells how it stands. Opening an open topic tells it anew.
    ///
    /// Everything after the position that is answered is pushed to the sink, and nothing in between
    /// is missed. What was pushed with an offset up to the position, or with another epoch, before
    /// the answer came is in the answer. The retention holds for the topic from now on.
    ///
    /// # Errors
    /// [`BrokerError::TooManyTopics`], [`BrokerError::TooManyInterests`],
    /// [`BrokerError::Damaged`].
    fn open(&self, topic: Topic, retention: Retention) -> Answer<Opened>;

    /// Ends interest in a topic: after the answer nothing is pushed for it, unless a filter matches
    /// it. Closing one that is not open is fine.
    fn close(&self, topic: Topic) -> Answer<()>;

    /// Begins interest in all topics that a filter matches. What is published after the answer is
    /// pushed.
    ///
    /// # Errors
    /// [`BrokerError::TooManyInterests`].
    fn subscribe(&self, filter: TopicFilter) -> Answer<()>;

    /// Ends interest in what a filter matches.
    fn unsubscribe(&self, filter: TopicFilter) -> Answer<()>;

    /// Reads a page of what is kept of a topic's history. A topic that is not known is answered
    /// like an empty one, and stays unknown as far as its bound is concerned.
    ///
    /// # Errors
    /// [`BrokerError::Damaged`].
    fn read(&self, topic: Topic, page: HistoryPage, limit: usize) -> Answer<RecordPage>;

    /// Forgets what is kept of a topic: its history and its values. Where it stands stays, and
    /// names of publications are remembered as long as before, except over the end of the process.
    /// Every node with interest gets [`Delivery::Forgotten`](crate::Delivery::Forgotten). After the
    /// answer nothing of it is given out again, by this process or a later one.
    ///
    /// # Errors
    /// [`BrokerError::Damaged`]; [`BrokerError::Degraded`] when it may come back with the next
    /// start, because the store does not work.
    fn forget(&self, topic: Topic) -> Answer<()>;

    /// Says that a connection of this node is on a topic, or says something else about it. Nodes
    /// that opened the topic are told.
    ///
    /// Members last as long as the node's lease. When it runs out they are gone, and those nodes
    /// are told that each one left.
    ///
    /// # Errors
    /// [`BrokerError::TooManyMembers`]; [`BrokerError::LeaseExpired`] when the lease has run out.
    fn enter(&self, topic: Topic, member: Member) -> Answer<()>;

    /// Says that a connection of this node is on a topic no longer. Leaving twice is fine.
    fn leave(&self, topic: Topic, connection: ConnectionId) -> Answer<()>;

    /// Renews the node's lease.
    ///
    /// # Errors
    /// [`BrokerError::LeaseExpired`] when it came too late; the node has a new lease, and its
    /// members must enter again.
    fn renew(&self) -> Answer<()>;

    /// Who is on a topic, over all nodes.
    fn members(&self, query: MembersQuery) -> Answer<Members>;

    /// Tells a node something; what one node tells another arrives in order.
    ///
    /// # Errors
    /// [`BrokerError::UnknownNode`].
    fn tell(&self, node: NodeName, bytes: Bytes) -> Answer<()>;

    /// Tells every other node something.
    fn tell_all(&self, bytes: Bytes) -> Answer<()>;

    /// Asks a node something and waits for its answer that long.
    ///
    /// # Errors
    /// [`BrokerError::UnknownNode`]; [`BrokerError::NoAnswer`] when the time is up or the node has
    /// left; [`BrokerError::TooManyQuestions`].
    fn ask(&self, node: NodeName, bytes: Bytes, timeout: Duration) -> Answer<Bytes>;

    /// Answers a [`Delivery::Request`](crate::Delivery::Request). An answer that comes too late is
    /// dropped.
    fn answer(&self, request: RequestId, bytes: Bytes) -> Answer<()>;

    /// The nodes with a lease, in the order of their names; this one too.
    fn nodes(&self) -> Answer<Vec<NodeName>>;

    /// Takes the node out: its interests and members end, and nothing is pushed after the answer.
    fn detach(&self) -> Answer<()>;
}
