//! What other threads send to a shard.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use wirehub_core::{Answer, AuditPlace, DrainPlan, Input, Relay, Request, Told};
use wirehub_model::{Limits, Moment, Namespaces};

use crate::{ShardReport, acceptor::Newcomer, leaks::Audited, post::Post};

/// How many letters may wait in a shard's inbox.
pub(crate) const INBOX: usize = 1_024;

/// The way to a shard.
pub(crate) type ShardSender = mpsc::Sender<Letter>;

/// A message to a shard's loop.
#[derive(Debug)]
pub(crate) enum Letter {
    /// What another shard said, in order.
    Relays(Vec<Relay>),
    /// The answer to something the shard asked for.
    Input(Input),
    /// What the broker says, and when it was asked.
    Told(Vec<Told>, Moment),
    /// The holder of the hub's handle asks for something.
    Request(Request, oneshot::Sender<Answer>),
    /// Are you there?
    Pulse(oneshot::Sender<()>),
    /// Look for what is left over, from a place on.
    Audit(AuditPlace, oneshot::Sender<Audited>),
    /// The numbers, please.
    Report(oneshot::Sender<ShardReport>),
    /// A socket that was upgraded elsewhere.
    Adopt(Box<Newcomer>),
    /// A client without a WebSocket says something.
    Post(Box<Post>),
    /// New bounds and rules.
    Reload(Arc<Limits>, Arc<Namespaces>),
    /// Look anew at what has to be told of what happens.
    Watch,
    /// Send everybody away, and say when they are gone.
    Drain(DrainPlan, oneshot::Sender<()>),
    /// Send nobody away any more.
    Stay,
    /// End.
    Stop,
}
