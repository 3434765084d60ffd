//! What scenarios are set up with.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use wirehub_broker::{
    Append, Appended, Broker, BrokerError, Clock, Durability, Link, LocalStats, ManualClock,
    NodeName, Record, Retention,
    conformance::{Ending, Inbox, Subject},
};
use wirehub_broker_redb::{Disk, RedbBroker, RedbSettings};
use wirehub_model::{HistoryRules, Message, Payload, Topic};

use crate::virtual_disk::VirtualDisk;

/// A broker on a virtual disk.
pub(crate) struct OnDisk {
    pub(crate) disk: VirtualDisk,
    pub(crate) clock: ManualClock,
    pub(crate) settings: RedbSettings,
    broker: Mutex<Arc<RedbBroker>>,
}

impl OnDisk {
    pub(crate) fn fresh() -> Self {
        Self::with(1, |_| {})
    }

    /// A broker whose disk loses what a seed says, with settings of its own.
    pub(crate) fn with(seed: u64, adjust: impl FnOnce(&mut RedbSettings)) -> Self {
        let disk = VirtualDisk::new(seed);
        let clock = ManualClock::at(Duration::from_secs(1_800_000_000));
        let mut settings = RedbSettings::new("virtual");
        settings.cache_bytes = 1024 * 1024;
        adjust(&mut settings);
        let broker = open(&settings, &disk, &clock);
        Self {
            disk,
            clock,
            settings,
            broker: Mutex::new(Arc::new(broker)),
        }
    }

    /// Whether a broker that answers early is meant.
    pub(crate) fn relaxed(settings: &mut RedbSettings) {
        settings.local.durability = Durability::Relaxed(Duration::from_millis(100));
    }

    pub(crate) fn redb(&self) -> Arc<RedbBroker> {
        Arc::clone(&self.broker.lock().unwrap())
    }

    pub(crate) async fn stats(&self) -> LocalStats {
        self.redb().stats().await.unwrap()
    }

    /// A node that has a topic open.
    pub(crate) async fn node(&self, name: &str) -> (Arc<dyn Link>, Arc<Inbox>) {
        let inbox = Inbox::new();
        let sink = Arc::clone(&inbox);
        let name = NodeName::parse(name).unwrap();
        let lease = Duration::from_secs(1_000_000_000);
        let link = self.redb().attach(name, lease, sink).await.unwrap();
        (link, inbox)
    }

    /// A publication of a text.
    pub(crate) fn append(&self, topic: &Topic, text: &str) -> Append {
        Append {
            topic: topic.clone(),
            message: Message::of(Payload::Binary(Bytes::copy_from_slice(text.as_bytes()))),
            key: None,
            idempotency: None,
            from: None,
            accepted_at: self.clock.wall(),
            expires_at: None,
            echo: true,
            retention: KEEP,
        }
    }

    /// Publishes one text.
    pub(crate) async fn publish(
        &self,
        link: &Arc<dyn Link>,
        topic: &Topic,
        text: &str,
    ) -> Result<Appended, BrokerError> {
        let batch = vec![self.append(topic, text)];
        link.append(batch).await.unwrap().remove(0)
    }
}

fn open(settings: &RedbSettings, disk: &VirtualDisk, clock: &ManualClock) -> RedbBroker {
    let disk: Box<dyn Disk> = Box::new(disk.clone());
    RedbBroker::open_on(settings, disk, Arc::new(clock.clone())).unwrap()
}

impl Subject for OnDisk {
    fn broker(&self) -> Arc<dyn Broker> {
        self.redb()
    }

    fn wall(&self) -> Duration {
        self.clock.wall()
    }

    fn advance(&self, by: Duration) -> BoxFuture<'_, ()> {
        self.clock.advance(by);
        // The answer comes after what is due; it may well be that the store does not work.
        Box::pin(async { _ = self.redb().check().await })
    }

    fn restart(&self, ending: Ending) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if ending == Ending::Crash {
                self.disk.lose_power();
            }
            let ended = self.redb().shutdown().await;
            if ending == Ending::Orderly {
                ended.unwrap();
            }
            let broker = open(&self.settings, &self.disk, &self.clock);
            *self.broker.lock().unwrap() = Arc::new(broker);
        })
    }
}

/// Keeps the last thousand publications for some minutes.
pub(crate) const KEEP: Retention = Retention {
    history: HistoryRules {
        size: 1000,
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

/// The texts of publications.
pub(crate) fn texts(records: &[Arc<Record>]) -> Vec<String> {
    records.iter().map(|record| text(record)).collect()
}

pub(crate) fn text(record: &Record) -> String {
    String::from_utf8(record.message.payload.bytes().to_vec()).unwrap()
}
