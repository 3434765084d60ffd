//! The broker of one process.

use std::{
    fmt, io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use super::{
    desk::Desk,
    engine::{self, Engine, SharedInterests},
    exchange::{self, Exchange},
    link::LocalLink,
    stats::Waiting,
};
use crate::{
    Answer, Broker, BrokerError, BrokerMemory, Clock, Link, LocalSettings, LocalStats, NodeName,
    Sink, Store,
};

/// A broker whose nodes are in its process, with or without a store.
///
/// Its threads end with [`Broker::shutdown`], or when the broker and every link are dropped.
pub struct LocalBroker {
    pub(super) desks: Arc<Desks>,
    threads: Mutex<Vec<thread::JoinHandle<()>>>,
    next_node: AtomicU64,
}

/// Where the two threads take calls.
pub(crate) struct Desks {
    pub(crate) engine: Desk<engine::Call>,
    pub(crate) exchange: Desk<exchange::Call>,
    pub(crate) waiting: Arc<Waiting>,
    pub(crate) settings: LocalSettings,
}

impl LocalBroker {
    /// Starts a broker.
    ///
    /// # Errors
    /// When its threads cannot be started.
    pub fn start(
        settings: LocalSettings,
        clock: Arc<dyn Clock>,
        store: Option<Box<dyn Store>>,
    ) -> io::Result<Self> {
        let interests = SharedInterests::default();
        let waiting = Arc::new(Waiting::default());
        let engine = Engine::new(
            settings.clone(),
            Arc::clone(&clock),
            Arc::clone(&interests),
            Arc::clone(&waiting),
            store,
        );
        let exchange = Exchange::new(settings.clone(), clock, interests);
        // Publications may fill half of the desk, so that there is room for ends of interests.
        let bound = settings.queue.saturating_mul(2);
        let (engine, engine_thread) =
            Desk::open("broker-engine", bound, move |calls| engine.run(&calls))?;
        let (exchange, exchange_thread) =
            Desk::open("broker-exchange", bound, move |calls| exchange.run(&calls))?;
        Ok(Self {
            desks: Arc::new(Desks {
                engine,
                exchange,
                waiting,
                settings,
            }),
            threads: Mutex::new(vec![engine_thread, exchange_thread]),
            next_node: AtomicU64::new(1),
        })
    }

    /// What it holds and has done.
    #[must_use]
    pub fn stats(&self) -> Answer<LocalStats> {
        self.desks.engine.ask(engine::Call::Stats)
    }

    /// Gives back room of the store that is not used. Publications wait meanwhile.
    #[must_use]
    pub fn compact(&self) -> Answer<()> {
        self.desks.engine.ask(engine::Call::Compact)
    }
}

impl Broker for LocalBroker {
    fn attach(
        &self,
        node: NodeName,
        lease: Duration,
        sink: Arc<dyn Sink>,
    ) -> Answer<Arc<dyn Link>> {
        let id = self.next_node.fetch_add(1, Ordering::Relaxed);
        let desks = Arc::clone(&self.desks);
        let name = node.clone();
        let attached = desks
            .exchange
            .ask(|reply| exchange::Call::Attach(id, name, lease, sink, reply));
        Box::pin(async move {
            attached.await?;
            let link: Arc<dyn Link> = Arc::new(LocalLink::new(desks, id, node));
            Ok(link)
        })
    }

    fn check(&self) -> Answer<()> {
        let exchange = self.desks.exchange.ask(exchange::Call::Check);
        let engine = self.desks.engine.ask(engine::Call::Check);
        Box::pin(async move {
            exchange.await?;
            engine.await
        })
    }

    fn memory(&self) -> Answer<BrokerMemory> {
        let stats = self.stats();
        Box::pin(async move {
            let LocalStats { topics, bytes, .. } = stats.await?;
            Ok(BrokerMemory { topics, bytes })
        })
    }

    fn shutdown(&self) -> Answer<()> {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let threads = std::mem::take(&mut *threads);
        let exchange = self.desks.exchange.ask(exchange::Call::Shutdown);
        let engine = self.desks.engine.ask(engine::Call::Shutdown);
        Box::pin(async move {
            let left = exchange.await;
            let stored = engine.await;
            // Both have answered last of all, so this does not wait.
            for thread in threads {
                if thread.join().is_err() {
                    let reason = "a thread of the broker has panicked".to_owned();
                    return Err(BrokerError::Unavailable { reason });
                }
            }
            left.and(stored)
        })
    }
}

impl fmt::Debug for LocalBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalBroker")
            .field("settings", &self.desks.settings)
            .finish_non_exhaustive()
    }
}
