//! What scenarios are set up with.

use std::{
    ops::Deref,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use wirehub_broker::{conformance::Remote, meeting::Ahead};
use wirehub_broker_redis::{RedisBroker, RedisSettings};

pub(crate) use wirehub_broker::conformance::{KEEP, attach, come_back, member, text, topic};

use crate::redis_server::{DURABLE, FORGETFUL, RedisServer};

fn connecting(settings: RedisSettings) -> impl Fn(Ahead) -> RedisBroker {
    move |ahead| RedisBroker::connect_ahead(settings.clone(), ahead).unwrap()
}

/// A broker on servers that are there, and that nobody kills.
pub(crate) fn on_servers(settings: RedisSettings) -> Remote {
    Remote::new(connecting(settings), || panic!("nobody kills them"))
}

/// The same, whose keys nobody has used yet.
pub(crate) fn fresh_on(settings: &RedisSettings) -> Remote {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    on_servers(RedisSettings {
        prefix: format!("{}{number}", settings.prefix),
        ..settings.clone()
    })
}

/// A broker on a server of its own.
pub(crate) struct OnServer {
    pub(crate) server: Arc<Mutex<RedisServer>>,
    /// The broker, which keeps the server.
    pub(crate) there: Remote,
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
        let server = Arc::new(Mutex::new(server));
        let crashing = Arc::clone(&server);
        let there = Remote::new(connecting(settings), move || {
            let mut server = crashing.lock().unwrap();
            server.kill();
            server.start_again();
        });
        Self { server, there }
    }

    /// Cuts the connections over which nodes hear.
    pub(crate) fn cut_ears(&self) {
        let kill = ["CLIENT", "KILL", "TYPE", "PUBSUB"];
        let _: usize = self.server.lock().unwrap().ask(&kill).unwrap();
    }
}

impl Deref for OnServer {
    type Target = Remote;

    fn deref(&self) -> &Remote {
        &self.there
    }
}
