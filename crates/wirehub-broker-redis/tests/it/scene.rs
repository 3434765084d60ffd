//! What scenarios are set up with.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_util::future::BoxFuture;
use wirehub_broker::{
    Broker,
    conformance::{Ending, Subject},
};
use wirehub_broker_redis::{Ahead, RedisBroker, RedisSettings};

use crate::redis_server::{DURABLE, FORGETFUL, RedisServer};

/// A broker on a server of its own.
pub(crate) struct OnServer {
    pub(crate) server: Mutex<RedisServer>,
    pub(crate) ahead: Ahead,
    settings: RedisSettings,
    broker: Mutex<Arc<RedisBroker>>,
}

impl OnServer {
    pub(crate) fn fresh() -> Self {
        Self::with(FORGETFUL, |_| {})
    }

    /// A broker whose server loses nothing that it answered.
    pub(crate) fn durable() -> Self {
        Self::with(DURABLE, |settings| settings.durable = true)
    }

    pub(crate) fn with(
        options: &'static [&'static str],
        adjust: impl FnOnce(&mut RedisSettings),
    ) -> Self {
        let server = RedisServer::start(options);
        let ahead = Ahead::default();
        let mut settings = RedisSettings::new(server.url());
        adjust(&mut settings);
        let broker = RedisBroker::connect_ahead(settings.clone(), ahead.clone()).unwrap();
        Self {
            server: Mutex::new(server),
            ahead,
            settings,
            broker: Mutex::new(Arc::new(broker)),
        }
    }

    pub(crate) fn redis(&self) -> Arc<RedisBroker> {
        Arc::clone(&self.broker.lock().unwrap())
    }
}

impl Subject for OnServer {
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

    fn restart(&self, ending: Ending) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // A hub that ends takes its node out; what crashes is the server.
            self.redis().shutdown().await.unwrap();
            if ending == Ending::Crash {
                let mut server = self.server.lock().unwrap();
                server.kill();
                server.start_again();
            }
            let broker = RedisBroker::connect_ahead(self.settings.clone(), self.ahead.clone());
            *self.broker.lock().unwrap() = Arc::new(broker.unwrap());
        })
    }
}
