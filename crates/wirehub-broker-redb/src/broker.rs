//! The broker over the file.

use std::{sync::Arc, time::Duration};

use wirehub_broker::{
    Answer, Broker, BrokerMemory, Clock, Durability, Link, LocalBroker, LocalStats, NodeName, Sink,
    SystemClock,
};

use crate::{
    Disk, FileDisk, OpenError, RedbSettings,
    store::{How, RedbStore},
};

/// A broker for one process that keeps what topics remember in a file.
#[derive(Debug)]
pub struct RedbBroker {
    local: LocalBroker,
    cache_bytes: usize,
}

impl RedbBroker {
    /// Opens the file, or makes it, and starts the broker. This reads and writes the file, and may
    /// take a while after a crash.
    ///
    /// # Errors
    /// When the file cannot be used; the text says what to do.
    pub fn open(settings: &RedbSettings) -> Result<Self, OpenError> {
        let disk = Box::new(FileDisk::new(&settings.path));
        Self::open_on(settings, disk, Arc::new(SystemClock::start()))
    }

    /// The same on any disk and with any clock. The path of the settings is used in texts alone.
    ///
    /// # Errors
    /// When the disk cannot be used; the text says what to do.
    pub fn open_on(
        settings: &RedbSettings,
        disk: Box<dyn Disk>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let how = How {
            path: settings.path.clone(),
            max_bytes: settings.max_bytes,
            cache_bytes: settings.cache_bytes,
            check: settings.check_on_open,
            relaxed: matches!(settings.local.durability, Durability::Relaxed(_)),
        };
        let store = RedbStore::new(how, disk)?;
        let local = LocalBroker::start(settings.local.clone(), clock, Some(Box::new(store)));
        let cache_bytes = settings.cache_bytes;
        local
            .map(|local| Self { local, cache_bytes })
            .map_err(|error| OpenError::of_io(settings.path.clone(), error))
    }

    /// What it holds and has done.
    #[must_use]
    pub fn stats(&self) -> Answer<LocalStats> {
        self.local.stats()
    }

    /// Gives back room of the file that is not used. Publications wait meanwhile.
    #[must_use]
    pub fn compact(&self) -> Answer<()> {
        self.local.compact()
    }
}

impl Broker for RedbBroker {
    fn attach(
        &self,
        node: NodeName,
        lease: Duration,
        sink: Arc<dyn Sink>,
    ) -> Answer<Arc<dyn Link>> {
        self.local.attach(node, lease, sink)
    }

    fn check(&self) -> Answer<()> {
        self.local.check()
    }

    fn memory(&self) -> Answer<BrokerMemory> {
        self.local.memory()
    }

    fn cache_bytes(&self) -> u64 {
        self.cache_bytes as u64
    }

    fn shutdown(&self) -> Answer<()> {
        self.local.shutdown()
    }
}
