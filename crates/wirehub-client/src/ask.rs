//! What can be asked of the server, with everything that may go with it.

use std::time::Duration;

use crate::{Payload, Position};

/// One request.
#[derive(Debug)]
pub(crate) enum Ask {
    Publish(Publish),
    Send(Send),
    Call(Call),
    Presence {
        topic: String,
        limit: Option<u32>,
        after: Option<String>,
    },
    History {
        topic: String,
        limit: Option<u32>,
        page: Page,
    },
    State {
        topic: String,
        data: Payload,
    },
}

/// Something for every subscriber of a topic.
#[derive(Debug)]
pub(crate) struct Publish {
    pub(crate) topic: String,
    pub(crate) event: Option<String>,
    pub(crate) data: Payload,
    pub(crate) key: Option<String>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) ttl: Option<Duration>,
    pub(crate) echo: Option<bool>,
}

impl Publish {
    pub(crate) fn new(topic: &str, data: Payload) -> Self {
        Self {
            topic: topic.to_owned(),
            event: None,
            data,
            key: None,
            idempotency_key: None,
            ttl: None,
            echo: None,
        }
    }
}

/// Something for one user or one connection.
#[derive(Debug)]
pub(crate) struct Send {
    pub(crate) to: Recipient,
    pub(crate) event: Option<String>,
    pub(crate) data: Payload,
}

/// Whom it is for.
#[derive(Debug)]
pub(crate) enum Recipient {
    User(String),
    Connection(String),
}

/// A method of the application and its argument.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) data: Payload,
}

/// Which part of a topic's past.
#[derive(Debug)]
pub(crate) enum Page {
    Newest,
    After(Position),
    Before(Position),
}

/// How to be subscribed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) since: Option<Position>,
    pub(crate) presence: bool,
    pub(crate) state: Option<Payload>,
    pub(crate) ack: bool,
    pub(crate) throttle: Option<Duration>,
    pub(crate) level: Option<u32>,
}
