//! What the application asks, until it is answered.

use super::{Object, ordered::Ordered};

/// Requests that may wait for a connection.
const QUEUE: usize = 1_000;

/// How long an answer may take, in milliseconds.
const TIMEOUT: f64 = 10_000.0;
const CALL_TIMEOUT: f64 = 30_000.0;

/// A publication with a name of its own can be said twice.
const NAME: &str = "idempotency_key";

#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) ticket: u64,
    pub(crate) message: Object,
    deadline: f64,
    /// The link it was sent on; nothing while it waits.
    pub(crate) link: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct Requests {
    all: Ordered<u64, Request>,
    idempotency: Option<String>,
    named: u64,
}

impl Requests {
    /// `idempotency` is what the names of publications begin with; without it they have none.
    pub(crate) fn new(idempotency: Option<String>) -> Self {
        Self {
            all: Ordered::default(),
            idempotency,
            named: 0,
        }
    }

    /// Takes a request in; returns whether there was room. Publications get a name, so that they
    /// can be said again. `timeout` is in milliseconds.
    pub(crate) fn add(
        &mut self,
        now: f64,
        ticket: u64,
        mut message: Object,
        timeout: Option<f64>,
        queued: bool,
    ) -> bool {
        if queued && self.waiting().len() >= QUEUE {
            return false;
        }
        let kind = message.get("type").and_then(serde_json::Value::as_str);
        let patience = if kind == Some("call") {
            CALL_TIMEOUT
        } else {
            TIMEOUT
        };
        if let Some(name) = &self.idempotency
            && kind == Some("publish")
            && !message.contains_key(NAME)
        {
            self.named += 1;
            message.insert(NAME.to_owned(), format!("{name}-{}", self.named).into());
        }
        let request = Request {
            ticket,
            message,
            deadline: now + timeout.unwrap_or(patience),
            link: None,
        };
        self.all.insert(ticket, request);
        true
    }

    pub(crate) fn get_mut(&mut self, ticket: u64) -> Option<&mut Request> {
        self.all.get_mut(&ticket)
    }

    /// Those that wait for a connection, in their order.
    pub(crate) fn waiting(&self) -> Vec<u64> {
        self.tickets(|one| one.link.is_none())
    }

    /// Whether a link owes answers.
    pub(crate) fn is_owed(&self, link: u64) -> bool {
        self.all.values().any(|one| one.link == Some(link))
    }

    /// Ends a request; returns whether there was one.
    pub(crate) fn take(&mut self, ticket: u64) -> bool {
        self.all.remove(&ticket).is_some()
    }

    /// A link is gone. What can be said again waits for the next one; returns the rest.
    pub(crate) fn lost(&mut self, link: u64) -> Vec<u64> {
        let lost = self.tickets(|one| one.link == Some(link) && !one.message.contains_key(NAME));
        self.remove(&lost);
        for one in self.all.values_mut().filter(|one| one.link == Some(link)) {
            one.link = None;
        }
        lost
    }

    /// Those that waited too long.
    pub(crate) fn take_due(&mut self, now: f64) -> Vec<u64> {
        let due = self.tickets(|one| one.deadline <= now);
        self.remove(&due);
        due
    }

    pub(crate) fn take_all(&mut self) -> Vec<u64> {
        let all = self.all.take_all();
        all.into_iter().map(|one| one.ticket).collect()
    }

    /// When the first one has waited too long.
    pub(crate) fn due(&self) -> Option<f64> {
        let all = self.all.values();
        all.map(|one| one.deadline).min_by(f64::total_cmp)
    }

    fn tickets(&self, which: impl Fn(&Request) -> bool) -> Vec<u64> {
        let all = self.all.values().filter(|one| which(one));
        all.map(|one| one.ticket).collect()
    }

    fn remove(&mut self, tickets: &[u64]) {
        for ticket in tickets {
            self.all.remove(ticket);
        }
    }
}
