//! Which publications were published before.

use std::collections::{BTreeMap, VecDeque};

use wirehub_model::{Key, Moment, Position, Publisher, UserId};

/// The idempotency keys of a topic's publications, for as long as a retry may come.
#[derive(Debug, Default)]
pub(crate) struct Receipts {
    /// Where each was published, and until when that is remembered.
    found: BTreeMap<Receipt, (Position, Moment)>,
    /// In the order they came.
    order: VecDeque<Receipt>,
}

/// An idempotency key with whose it is: nobody can use up the keys of others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Receipt {
    owner: Owner,
    key: Key,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Application,
    Anonymous,
    User(UserId),
}

impl Receipt {
    /// The key of a publication by `from`.
    pub(crate) fn new(from: Option<&Publisher>, key: Key) -> Self {
        let owner = match from {
            None => Owner::Application,
            Some(Publisher { user: None, .. }) => Owner::Anonymous,
            Some(Publisher {
                user: Some(user), ..
            }) => Owner::User(user.clone()),
        };
        Self { owner, key }
    }
}

impl Receipts {
    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Where it was published before, if it was.
    pub(crate) fn find(&self, now: Moment, receipt: &Receipt) -> Option<Position> {
        let (position, end) = self.found.get(receipt)?;
        (*end > now).then_some(*position)
    }

    /// Remembers a publication until `end`, and at most `limit` of them.
    pub(crate) fn push(&mut self, end: Moment, receipt: Receipt, position: Position, limit: usize) {
        if limit == 0 {
            return;
        }
        while self.order.len() >= limit {
            self.forget_oldest();
        }
        // A key that is due may come again before it is forgotten.
        if self
            .found
            .insert(receipt.clone(), (position, end))
            .is_some()
        {
            self.order.retain(|known| *known != receipt);
        }
        self.order.push_back(receipt);
    }

    /// Forgets what is due.
    pub(crate) fn trim(&mut self, now: Moment) {
        while self.due().is_some_and(|end| end <= now) {
            self.forget_oldest();
        }
    }

    /// When the oldest is forgotten.
    pub(crate) fn due(&self) -> Option<Moment> {
        let oldest = self.order.front()?;
        self.found.get(oldest).map(|(_, end)| *end)
    }

    fn forget_oldest(&mut self) {
        if let Some(receipt) = self.order.pop_front() {
            self.found.remove(&receipt);
        }
    }
}
