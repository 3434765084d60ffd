//! One connection on its way from being opened to being live.

use std::collections::HashMap;

use serde_json::Value;

use super::Heartbeat;

/// What an answer will be about.
#[derive(Debug)]
pub(crate) enum Purpose {
    Connect,
    Resume,
    Refresh,
    /// Nobody asks for the answer.
    Ignore,
    Subscribe {
        topic: String,
        number: u64,
    },
    Request {
        ticket: u64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Opening,
    Authenticating,
    Welcomed,
    Resuming,
    Live,
}

/// Why the server said no to `connect`.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) code: String,
    pub(crate) message: String,
}

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) number: u64,
    pub(crate) endpoint: usize,
    pub(crate) transport: usize,
    pub(crate) stage: Stage,
    /// It asked to resume in `connect`.
    pub(crate) resumes: bool,
    /// By when the step that is on has to be done.
    pub(crate) deadline: Option<f64>,
    pub(crate) heartbeat: Option<Heartbeat>,
    /// What the server calls its session; absent where it keeps none.
    pub(crate) session: Option<String>,
    pub(crate) refused: Option<Refused>,
    pub(crate) live_since: Option<f64>,
    /// Another connection has asked for the session of this one.
    pub(crate) contested: bool,
    /// Direct messages that may come again: see "Coming back" in the protocol.
    pub(crate) aside: Vec<Value>,
    pending: HashMap<u64, Purpose>,
    next_id: u64,
}

impl Link {
    pub(crate) fn new(number: u64, endpoint: usize, transport: usize) -> Self {
        Self {
            number,
            endpoint,
            transport,
            stage: Stage::Opening,
            resumes: false,
            deadline: None,
            heartbeat: None,
            session: None,
            refused: None,
            live_since: None,
            contested: false,
            aside: Vec::new(),
            pending: HashMap::new(),
            next_id: 2,
        }
    }

    /// Notes what the answer will be about, and gives the request its number.
    pub(crate) fn expect(&mut self, purpose: Purpose) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.pending.insert(id, purpose);
        id
    }

    /// Notes what the answer to the first request, `connect`, will be about.
    pub(crate) fn expect_first(&mut self, purpose: Purpose) {
        self.pending.insert(1, purpose);
    }

    /// What was set aside and came to this connection alone; the user's others have the rest.
    pub(crate) fn take_only_here(&mut self) -> Vec<Value> {
        let mut aside = std::mem::take(&mut self.aside);
        aside.retain(|message| message["to"] == "connection");
        aside
    }

    pub(crate) fn take(&mut self, id: u64) -> Option<Purpose> {
        self.pending.remove(&id)
    }
}
