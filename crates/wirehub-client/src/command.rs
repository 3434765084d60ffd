//! What handles ask of the driver.

use std::{sync::Arc, time::Duration};

use tokio::sync::oneshot;

use crate::{
    Error, Event, Subscribed, Update,
    ask::{Ask, Wish},
    inbox::Inbox,
    reply::Reply,
};

/// Where the answer to a request goes.
pub(crate) type Answer = oneshot::Sender<Result<Reply, Error>>;

/// One thing for the driver to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Ask the server.
    Ask {
        ticket: u64,
        ask: Ask,
        timeout: Option<Duration>,
        answer: Answer,
    },
    /// Nobody waits for that answer any more.
    Cancel(u64),
    /// Subscribe, or join a subscription that is there.
    Subscribe {
        /// Names the reader.
        reader: u64,
        topic: String,
        wish: Wish,
        inbox: Arc<Inbox<Update>>,
        /// Told once, when the server has answered.
        began: oneshot::Sender<Result<Subscribed, Error>>,
    },
    /// A reader has gone; with the last one the subscription ends.
    Unsubscribe { reader: u64, topic: String },
    /// Give everything that belongs to no subscription to this reader too.
    Listen { inbox: Arc<Inbox<Event>> },
    /// What the application knows of the network.
    Online(bool),
    /// Close the connection and end.
    Stop,
}
