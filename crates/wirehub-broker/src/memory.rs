//! A broker that forgets everything with its process.

use std::{io, sync::Arc, time::Duration};

use crate::{
    Answer, Broker, BrokerMemory, Clock, Link, LocalBroker, LocalSettings, LocalStats, NodeName,
    Sink, SystemClock,
};

/// A broker for hubs of one process, which forgets everything with it.
#[derive(Debug)]
pub struct MemoryBroker(LocalBroker);

impl MemoryBroker {
    /// Starts a broker with these bounds.
    ///
    /// # Errors
    /// When its threads cannot be started.
    pub fn start(settings: LocalSettings, clock: Arc<dyn Clock>) -> io::Result<Self> {
        LocalBroker::start(settings, clock, None).map(Self)
    }

    /// Starts a broker with the default bounds and the clocks of the machine.
    ///
    /// # Errors
    /// When its threads cannot be started.
    pub fn start_default() -> io::Result<Self> {
        Self::start(LocalSettings::default(), Arc::new(SystemClock::start()))
    }

    /// What it holds and has done.
    #[must_use]
    pub fn stats(&self) -> Answer<LocalStats> {
        self.0.stats()
    }
}

impl Broker for MemoryBroker {
    fn attach(
        &self,
        node: NodeName,
        lease: Duration,
        sink: Arc<dyn Sink>,
    ) -> Answer<Arc<dyn Link>> {
        self.0.attach(node, lease, sink)
    }

    fn check(&self) -> Answer<()> {
        self.0.check()
    }

    fn memory(&self) -> Answer<BrokerMemory> {
        self.0.memory()
    }

    fn shutdown(&self) -> Answer<()> {
        self.0.shutdown()
    }
}
