//! All ways out of a hub.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::SystemTime,
};

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use wirehub_core::{Occurrence, OccurrenceKinds};

use crate::{
    EventSink, Occurred, OutletSettings, OutletStats, Selection, Source,
    outlet::{Carrier, Outlet, outlet},
};

/// How far a [`Tail`] may fall behind.
const TAIL: usize = 1_024;

/// All ways out of a hub.
#[derive(Debug)]
pub struct Outlets {
    source: Source,
    outlets: Vec<Outlet>,
    carriers: Mutex<Vec<Carrier>>,
    tails: broadcast::Sender<Arc<Occurred>>,
    /// What those who look on want, as long as they do.
    watched: Mutex<Vec<Weak<Selection>>>,
}

impl Outlets {
    /// No way out yet, but for [tails](Self::tail).
    #[must_use]
    pub fn new(source: Source) -> Self {
        Self {
            source,
            outlets: Vec::new(),
            carriers: Mutex::default(),
            tails: broadcast::Sender::new(TAIL),
            watched: Mutex::default(),
        }
    }

    /// Adds a way to a sink.
    pub fn add(&mut self, settings: OutletSettings, sink: Arc<dyn EventSink>) {
        let (outlet, carrier) = outlet(settings, sink);
        self.outlets.push(outlet);
        let carriers = self.carriers.get_mut();
        carriers
            .unwrap_or_else(PoisonError::into_inner)
            .push(carrier);
    }

    /// What has to be told to sinks and tails.
    #[must_use]
    pub fn wanted(&self) -> OccurrenceKinds {
        let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let tails = watched.iter().filter_map(Weak::upgrade);
        let tails = tails.map(|selection| selection.kinds);
        let outlets = self.outlets.iter().map(|outlet| outlet.selection().kinds);
        tails
            .chain(outlets)
            .fold(OccurrenceKinds::NONE, OccurrenceKinds::and)
    }

    /// Tells what happened to everybody who wants it. This never waits.
    pub fn tell(&self, at: SystemTime, occurrence: Occurrence) {
        let occurred = Arc::new(Occurred::new(&self.source, at, occurrence));
        for outlet in &self.outlets {
            outlet.tell(&occurred);
        }
        // Nobody may be listening.
        let _ = self.tails.send(occurred);
    }

    /// Hears what happens from now on.
    #[must_use]
    pub fn tail(&self, selection: Selection) -> Tail {
        let selection = Arc::new(selection);
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.retain(|watching| watching.strong_count() > 0);
        watched.push(Arc::downgrade(&selection));
        Tail {
            selection,
            heard: self.tails.subscribe(),
        }
    }

    /// The work of bringing occurrences to sinks, each until `stop` is called. They are handed out
    /// once.
    pub fn carriers(
        &self,
        stop: &CancellationToken,
    ) -> Vec<impl Future<Output = ()> + Send + use<>> {
        let mut carriers = self.carriers.lock().unwrap_or_else(PoisonError::into_inner);
        let carriers = std::mem::take(&mut *carriers);
        let work = carriers
            .into_iter()
            .map(|carrier| carrier.run(stop.clone()));
        work.collect()
    }

    /// The numbers of each outlet, in the order they were added.
    #[must_use]
    pub fn stats(&self) -> Vec<OutletStats> {
        self.outlets.iter().map(Outlet::stats).collect()
    }
}

/// Somebody who looks on. Whoever looks away too long misses something, and is told how much.
#[derive(Debug)]
pub struct Tail {
    selection: Arc<Selection>,
    heard: broadcast::Receiver<Arc<Occurred>>,
}

impl Tail {
    /// The next thing that happened; before it, how many were missed. `None` when the hub is gone.
    pub async fn next(&mut self) -> Option<Result<Arc<Occurred>, u64>> {
        loop {
            match self.heard.recv().await {
                Ok(occurred) if self.selection.wants(&occurred) => return Some(Ok(occurred)),
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(missed)) => return Some(Err(missed)),
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests;
