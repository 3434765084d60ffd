//! Where a node of the suite receives.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use crate::{Delivery, Record, Sink};

/// How long a case waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A sink that keeps deliveries until the case looks at them, a bounded number if it is to be slow.
#[derive(Debug)]
pub struct Inbox {
    deliveries: Mutex<VecDeque<Delivery>>,
    came: Notify,
    room: Condvar,
    bound: usize,
}

impl Inbox {
    /// A sink with plenty of room.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Self::with_room(usize::MAX)
    }

    /// A sink that lets the broker wait when so many deliveries are in it.
    #[must_use]
    pub fn with_room(bound: usize) -> Arc<Self> {
        Arc::new(Self {
            deliveries: Mutex::default(),
            came: Notify::new(),
            room: Condvar::new(),
            bound,
        })
    }

    /// The next delivery, as soon as it is there.
    pub async fn next(&self) -> Delivery {
        let next = async {
            loop {
                if let Some(delivery) = self.take() {
                    return delivery;
                }
                self.came.notified().await;
            }
        };
        let next = tokio::time::timeout(PATIENCE, next).await;
        next.expect("a delivery has to come")
    }

    /// The next delivery, if there is one.
    pub fn take(&self) -> Option<Delivery> {
        let mut deliveries = self
            .deliveries
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let first = deliveries.pop_front();
        self.room.notify_all();
        first
    }

    /// The next publication; news of nodes and members are passed over.
    pub async fn next_record(&self) -> Arc<Record> {
        loop {
            if let Delivery::Publication(record) = self.next().await {
                return record;
            }
        }
    }

    /// The next delivery that is not about nodes coming and going.
    pub async fn next_but_nodes(&self) -> Delivery {
        loop {
            match self.next().await {
                Delivery::NodeJoined(_) | Delivery::NodeLeft(_) => {}
                other => return other,
            }
        }
    }
}

impl Sink for Inbox {
    fn push(&self, delivery: Delivery) {
        let mut deliveries = self
            .deliveries
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        while deliveries.len() >= self.bound {
            deliveries = self
                .room
                .wait(deliveries)
                .unwrap_or_else(PoisonError::into_inner);
        }
        deliveries.push_back(delivery);
        self.came.notify_one();
    }
}
