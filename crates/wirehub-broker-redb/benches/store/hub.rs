//! The store, as a hub uses it.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use futures_util::{FutureExt, future::BoxFuture};
use wirehub_broker::{Append, Broker, Delivery, Link, NodeName, Retention};
use wirehub_broker_redb::{RedbBroker, RedbSettings};
use wirehub_model::{HistoryRules, Message, Payload, Topic};

use crate::{PAYLOAD, Subject, TOPICS};

/// Everything is kept, as in the bare loop.
const KEEP: Retention = Retention {
    history: HistoryRules {
        size: usize::MAX,
        ttl: Duration::MAX,
        bytes: usize::MAX,
    },
    retained: false,
    keys: 0,
    retained_ttl: None,
    idempotency_ttl: Duration::from_secs(300),
};

/// The store with one node that has every topic open and counts what comes.
pub(crate) struct Hub {
    broker: RedbBroker,
    link: Arc<dyn Link>,
    topics: Vec<Topic>,
}

impl Hub {
    pub(crate) fn open(path: &Path) -> Self {
        let broker = RedbBroker::open(&RedbSettings::new(path)).unwrap();
        let received = AtomicU64::new(0);
        let sink = Arc::new(move |_: Delivery| {
            received.fetch_add(1, Ordering::Relaxed);
        });
        let name = NodeName::parse("bench").unwrap();
        let topics = (0..TOPICS).map(|number| format!("bench/{number}"));
        let topics: Vec<_> = topics.map(|name| Topic::parse(&name).unwrap()).collect();
        let attached = broker.attach(name, Duration::from_secs(3600), sink);
        let link = wait(attached).unwrap();
        for topic in &topics {
            wait(link.open(topic.clone(), KEEP)).unwrap();
        }
        Self {
            broker,
            link,
            topics,
        }
    }
}

/// Waits outside of the runtime, before the measurement.
fn wait<T>(mut future: BoxFuture<'static, T>) -> T {
    loop {
        if let Some(done) = (&mut future).now_or_never() {
            return done;
        }
        std::thread::yield_now();
    }
}

impl Subject for Hub {
    fn publish(&self, publisher: usize) -> BoxFuture<'static, ()> {
        let accepted_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let append = Append {
            topic: self.topics[publisher % TOPICS as usize].clone(),
            message: Message::of(Payload::Binary(Bytes::from(vec![publisher as u8; PAYLOAD]))),
            key: None,
            idempotency: None,
            from: None,
            accepted_at,
            expires_at: None,
            echo: true,
            retention: KEEP,
        };
        let answer = self.link.append(vec![append]);
        Box::pin(async {
            answer.await.unwrap().remove(0).unwrap();
        })
    }

    fn end(self: Box<Self>) -> BoxFuture<'static, ()> {
        let ended = self.broker.shutdown();
        Box::pin(async { ended.await.unwrap() })
    }
}
