//! What scenarios are set up with.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_util::future::BoxFuture;
use wirehub_broker::{
    Append, Broker, Link, Record,
    conformance::{self, Ending, Inbox, Subject},
    meeting::Ahead,
};
use wirehub_broker_nats::{NatsBroker, NatsSettings};
use wirehub_model::{ConnectionId, Member, Topic};

pub(crate) use wirehub_broker::conformance::{KEEP, topic};

use crate::nats_server::{NatsServer, Sync};

/// A broker on a server of its own.
pub(crate) struct OnServer {
    pub(crate) server: Mutex<NatsServer>,
    ahead: Ahead,
    pub(crate) settings: NatsSettings,
    broker: Mutex<Arc<NatsBroker>>,
}

impl OnServer {
    pub(crate) fn fresh() -> Self {
        Self::with(Sync::Late, "", |_| {})
    }

    /// A broker whose server has everything on disk that it has answered.
    pub(crate) fn durable() -> Self {
        Self::with(Sync::Always, "", |_| {})
    }

    pub(crate) fn with(sync: Sync, lines: &str, adjust: impl FnOnce(&mut NatsSettings)) -> Self {
        Self::on(NatsServer::start(sync, lines), adjust)
    }

    pub(crate) fn on(server: NatsServer, adjust: impl FnOnce(&mut NatsSettings)) -> Self {
        let ahead = Ahead::default();
        let mut settings = NatsSettings::new(server.url());
        adjust(&mut settings);
        let broker = NatsBroker::connect_ahead(settings.clone(), ahead.clone()).unwrap();
        Self {
            server: Mutex::new(server),
            ahead,
            settings,
            broker: Mutex::new(Arc::new(broker)),
        }
    }

    pub(crate) fn nats(&self) -> Arc<NatsBroker> {
        Arc::clone(&self.broker.lock().unwrap())
    }
}

impl Subject for OnServer {
    fn broker(&self) -> Arc<dyn Broker> {
        self.nats()
    }

    fn wall(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + self.ahead.get()
    }

    fn advance(&self, by: Duration) -> BoxFuture<'_, ()> {
        self.ahead.advance(by);
        // The answer comes after what is due.
        Box::pin(async { self.nats().check().await.unwrap() })
    }

    fn restart(&self, ending: Ending) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // A hub that ends takes its node out; what crashes is the server.
            self.nats().shutdown().await.unwrap();
            if ending == Ending::Crash {
                let mut server = self.server.lock().unwrap();
                server.kill();
                server.start_again();
            }
            let broker = NatsBroker::connect_ahead(self.settings.clone(), self.ahead.clone());
            *self.broker.lock().unwrap() = Arc::new(broker.unwrap());
        })
    }
}

/// Waits until a broker has found its server again.
pub(crate) async fn come_back(subject: &OnServer) {
    while subject.nats().check().await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A node with a lease that does not run out.
pub(crate) async fn attach(broker: &NatsBroker, name: &str) -> (Arc<dyn Link>, Arc<Inbox>) {
    conformance::attach(broker, name).await
}

/// A publication of a text.
pub(crate) fn append(subject: &OnServer, topic: &Topic, text: &str) -> Append {
    append_at(subject.wall(), topic, text)
}

/// The same, accepted at some time since the Unix epoch.
pub(crate) fn append_at(now: Duration, topic: &Topic, text: &str) -> Append {
    conformance::append_at(now, topic, text, KEEP)
}

/// Gives a publication a name, and has it stand for a key of that name.
pub(crate) fn once(append: Append, name: &str) -> Append {
    conformance::about(conformance::once(append, "s", name), name)
}

/// The member of a connection with this number.
pub(crate) fn member(number: u32) -> Member {
    Member {
        connection: ConnectionId::new(0, number, 1),
        user: None,
        info: None,
        state: None,
    }
}

pub(crate) fn text(record: &Record) -> String {
    String::from_utf8(record.message.payload.bytes().to_vec()).unwrap()
}
