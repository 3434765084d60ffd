//! What scenarios are set up with.

use std::{
    ops::Deref,
    sync::{Arc, Mutex},
};

use wirehub_broker::{
    Append,
    conformance::{self, Remote},
};
use wirehub_broker_nats::{NatsBroker, NatsSettings};

pub(crate) use wirehub_broker::conformance::{
    KEEP, append_at, attach, come_back, member, text, topic,
};

use crate::nats_server::{NatsServer, Sync};

/// A broker on a server of its own.
pub(crate) struct OnServer {
    pub(crate) server: Arc<Mutex<NatsServer>>,
    /// The broker, which keeps the server.
    pub(crate) there: Remote,
}

impl OnServer {
    pub(crate) fn fresh() -> Self {
        Self::on(NatsServer::start(Sync::Late, ""), |_| {})
    }

    /// A broker whose server has everything on disk that it has answered.
    pub(crate) fn durable() -> Self {
        Self::on(NatsServer::start(Sync::Always, ""), |_| {})
    }

    pub(crate) fn on(server: NatsServer, adjust: impl FnOnce(&mut NatsSettings)) -> Self {
        let mut settings = NatsSettings::new(server.url());
        adjust(&mut settings);
        let server = Arc::new(Mutex::new(server));
        let crashing = Arc::clone(&server);
        let there = Remote::new(
            move |ahead| NatsBroker::connect_ahead(settings.clone(), ahead).unwrap(),
            move || {
                let mut server = crashing.lock().unwrap();
                server.kill();
                server.start_again();
            },
        );
        Self { server, there }
    }
}

impl Deref for OnServer {
    type Target = Remote;

    fn deref(&self) -> &Remote {
        &self.there
    }
}

/// Gives a publication a name, and has it stand for a key of that name.
pub(crate) fn once(append: Append, name: &str) -> Append {
    conformance::about(conformance::once(append, "s", name), name)
}
