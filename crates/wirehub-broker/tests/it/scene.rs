//! What scenarios are set up with.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use wirehub_broker::{
    Append, Appended, Broker, BrokerError, Clock, Link, LocalSettings, LocalStats, ManualClock,
    MemoryBroker, NodeName, Retention, Sink, conformance::Inbox,
};
use wirehub_model::{HistoryRules, Message, Payload, Topic};

/// A broker in memory with clocks that are turned by hand.
pub(crate) struct Scene {
    pub(crate) broker: MemoryBroker,
    pub(crate) clock: ManualClock,
}

impl Scene {
    pub(crate) fn with(adjust: impl FnOnce(&mut LocalSettings)) -> Self {
        let mut settings = LocalSettings::default();
        adjust(&mut settings);
        let clock = ManualClock::at(Duration::from_secs(1_800_000_000));
        let broker = MemoryBroker::start(settings, Arc::new(clock.clone())).unwrap();
        Self { broker, clock }
    }

    pub(crate) async fn attach(
        &self,
        name: &str,
        sink: Arc<dyn Sink>,
    ) -> Result<Arc<dyn Link>, BrokerError> {
        let name = NodeName::parse(name).unwrap();
        let lease = Duration::from_secs(1_000_000);
        self.broker.attach(name, lease, sink).await
    }

    pub(crate) async fn node(&self, name: &str) -> (Arc<dyn Link>, Arc<Inbox>) {
        let inbox = Inbox::new();
        let sink = Arc::clone(&inbox);
        (self.attach(name, sink).await.unwrap(), inbox)
    }

    pub(crate) async fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.broker.check().await.unwrap();
    }

    pub(crate) async fn stats(&self) -> LocalStats {
        self.broker.stats().await.unwrap()
    }

    /// A publication of some bytes.
    pub(crate) fn append(&self, topic: &Topic, bytes: usize) -> Append {
        Append {
            topic: topic.clone(),
            message: Message::of(Payload::Binary(Bytes::from(vec![b'x'; bytes]))),
            key: None,
            idempotency: None,
            from: None,
            accepted_at: self.clock.wall(),
            expires_at: None,
            echo: true,
            retention: KEEP,
        }
    }
}

/// Publishes one.
pub(crate) async fn publish(link: &Arc<dyn Link>, append: Append) -> Result<Appended, BrokerError> {
    link.append(vec![append]).await.unwrap().remove(0)
}

/// Keeps the last hundred publications for some minutes.
pub(crate) const KEEP: Retention = Retention {
    history: HistoryRules {
        size: 100,
        ttl: Duration::from_secs(300),
        bytes: 10 * 1024 * 1024,
    },
    retained: false,
    keys: 0,
    retained_ttl: None,
    idempotency_ttl: Duration::from_secs(300),
};

pub(crate) fn topic(name: &str) -> Topic {
    Topic::parse(name).unwrap()
}
