//! A broker whose server is elsewhere.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_util::future::BoxFuture;
use wirehub_model::Topic;

use super::{
    Ending, Inbox, Subject,
    scene::{KEEP, append_at, attach},
};
use crate::{Append, Broker, Link, meeting::Ahead};

/// How often a server that is away is looked for.
const AGAIN: Duration = Duration::from_millis(10);

/// Waits until a broker has found its server again.
pub async fn come_back(broker: &dyn Broker) {
    while broker.check().await.is_err() {
        tokio::time::sleep(AGAIN).await;
    }
}

/// A broker whose server is elsewhere, in the time of that server and whatever a case lets go by.
pub struct Remote {
    connect: Box<dyn Fn() -> Arc<dyn Broker> + Send + Sync>,
    crash: Box<dyn Fn() + Send + Sync>,
    ahead: Ahead,
    broker: Mutex<Arc<dyn Broker>>,
}

impl Remote {
    /// Connects in this way, and kills the server and starts it again in that one.
    pub fn new<B: Broker + 'static>(
        connect: impl Fn(Ahead) -> B + Send + Sync + 'static,
        crash: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let ahead = Ahead::default();
        let time = ahead.clone();
        let connect = move || -> Arc<dyn Broker> { Arc::new(connect(time.clone())) };
        Self {
            broker: Mutex::new(connect()),
            connect: Box::new(connect),
            crash: Box::new(crash),
            ahead,
        }
    }

    /// The broker of another process: with connections of its own to the same server.
    #[must_use]
    pub fn another(&self) -> Arc<dyn Broker> {
        (self.connect)()
    }

    /// Attaches a node with a lease that does not run out.
    pub async fn attach(&self, name: &str) -> (Arc<dyn Link>, Arc<Inbox>) {
        attach(&*self.broker(), name).await
    }

    /// A publication of a text, of which everything is kept.
    #[must_use]
    pub fn append(&self, topic: &Topic, text: &str) -> Append {
        append_at(self.wall(), topic, text, KEEP)
    }
}

impl Subject for Remote {
    fn broker(&self) -> Arc<dyn Broker> {
        Arc::clone(&self.broker.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn wall(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + self.ahead.get()
    }

    fn advance(&self, by: Duration) -> BoxFuture<'_, ()> {
        self.ahead.advance(by);
        // The answer comes after what is due.
        Box::pin(async { self.broker().check().await.unwrap() })
    }

    fn restart(&self, ending: Ending) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // A hub that ends takes its node out; what crashes is the server.
            self.broker().shutdown().await.unwrap();
            if ending == Ending::Crash {
                (self.crash)();
            }
            let broker = self.another();
            *self.broker.lock().unwrap_or_else(PoisonError::into_inner) = broker;
        })
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").finish_non_exhaustive()
    }
}
