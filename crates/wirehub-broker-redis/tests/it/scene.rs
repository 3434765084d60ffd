//! What scenarios are set up with.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_util::future::BoxFuture;
use wirehub_broker::{
    Append, Broker, Link, Record,
    conformance::{self, Ending, Inbox, Subject},
    meeting::Ahead,
};
use wirehub_broker_redis::{RedisBroker, RedisSettings};
use wirehub_model::Topic;

pub(crate) use wirehub_broker::conformance::{KEEP, attach as attach_to, topic};

use crate::redis_server::{DURABLE, FORGETFUL, RedisServer};

/// A broker on servers that are there.
pub(crate) struct OnServers {
    pub(crate) ahead: Ahead,
    settings: RedisSettings,
    broker: Mutex<Arc<RedisBroker>>,
}

impl OnServers {
    pub(crate) fn new(settings: RedisSettings) -> Self {
        let ahead = Ahead::default();
        let broker = RedisBroker::connect_ahead(settings.clone(), ahead.clone()).unwrap();
        Self {
            ahead,
            settings,
            broker: Mutex::new(Arc::new(broker)),
        }
    }

    /// A broker whose keys nobody has used yet.
    pub(crate) fn fresh(settings: &RedisSettings) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self::new(RedisSettings {
            prefix: format!("{}{number}", settings.prefix),
            ..settings.clone()
        })
    }

    /// The broker of another process: with connections of its own to the same servers.
    pub(crate) fn another(&self) -> RedisBroker {
        RedisBroker::connect_ahead(self.settings.clone(), self.ahead.clone()).unwrap()
    }

    pub(crate) fn redis(&self) -> Arc<RedisBroker> {
        Arc::clone(&self.broker.lock().unwrap())
    }
}

impl Subject for OnServers {
    fn broker(&self) -> Arc<dyn Broker> {
        self.redis()
    }

    fn wall(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + self.ahead.get()
    }

    fn advance(&self, by: Duration) -> BoxFuture<'_, ()> {
        self.ahead.advance(by);
        // The answer comes after what is due.
        Box::pin(async { self.redis().check().await.unwrap() })
    }

    fn restart(&self, _: Ending) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.redis().shutdown().await.unwrap();
            *self.broker.lock().unwrap() = Arc::new(self.another());
        })
    }
}

/// A broker on a server of its own.
pub(crate) struct OnServer {
    pub(crate) server: Mutex<RedisServer>,
    there: OnServers,
}

impl OnServer {
    pub(crate) fn fresh() -> Self {
        Self::with(FORGETFUL, |_| {})
    }

    /// A broker whose server loses nothing that it answered.
    pub(crate) fn durable() -> Self {
        Self::with(DURABLE, |settings| settings.durable = true)
    }

    pub(crate) fn with(options: &[&str], adjust: impl FnOnce(&mut RedisSettings)) -> Self {
        let server = RedisServer::start(options);
        let mut settings = RedisSettings::new(server.url());
        adjust(&mut settings);
        Self {
            server: Mutex::new(server),
            there: OnServers::new(settings),
        }
    }

    pub(crate) fn another(&self) -> RedisBroker {
        self.there.another()
    }

    pub(crate) fn redis(&self) -> Arc<RedisBroker> {
        self.there.redis()
    }
}

impl Subject for OnServer {
    fn broker(&self) -> Arc<dyn Broker> {
        self.there.broker()
    }

    fn wall(&self) -> Duration {
        self.there.wall()
    }

    fn advance(&self, by: Duration) -> BoxFuture<'_, ()> {
        self.there.advance(by)
    }

    fn restart(&self, ending: Ending) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // A hub that ends takes its node out; what crashes is the server.
            self.redis().shutdown().await.unwrap();
            if ending == Ending::Crash {
                let mut server = self.server.lock().unwrap();
                server.kill();
                server.start_again();
            }
            *self.there.broker.lock().unwrap() = Arc::new(self.another());
        })
    }
}

impl OnServer {
    /// Cuts the connections over which nodes hear.
    pub(crate) fn cut_ears(&self) {
        let kill = ["CLIENT", "KILL", "TYPE", "PUBSUB"];
        let _: usize = self.server.lock().unwrap().ask(&kill).unwrap();
    }
}

/// Waits until a broker has found its servers again.
pub(crate) async fn come_back(broker: &RedisBroker) {
    while broker.check().await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A node with a lease that does not run out.
pub(crate) async fn attach(subject: &impl Subject, name: &str) -> (Arc<dyn Link>, Arc<Inbox>) {
    attach_to(subject.broker().as_ref(), name).await
}

/// A publication of a text.
pub(crate) fn append(subject: &impl Subject, topic: &Topic, text: &str) -> Append {
    conformance::append_at(subject.wall(), topic, text, KEEP)
}

pub(crate) fn text(record: &Record) -> String {
    String::from_utf8(record.message.payload.bytes().to_vec()).unwrap()
}
