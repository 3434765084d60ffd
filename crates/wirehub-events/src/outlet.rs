//! The way to one sink: a bounded queue, and a task that empties it.

use std::{
    slice,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{EventSink, Journal, Occurred, OutletStats, Selection, SinkError, stats::Counters};

/// The shortest and the longest pause between two attempts.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The time from one trip to the next, unless the first was full: a trip costs the same whether it
/// carries one occurrence or a hundred, and a storm would make it for each.
const GATHERING: Duration = Duration::from_millis(20);

/// How long a hub that ends waits for what is still in the queue.
const LAST_ATTEMPT: Duration = Duration::from_secs(5);

/// An outlet as it is wanted.
#[derive(Clone, Debug)]
pub struct OutletSettings {
    /// Its name in the log and in metrics.
    pub name: String,
    /// What goes through it.
    pub selection: Selection,
    /// The most occurrences that may wait; more are dropped, and counted.
    pub queue: usize,
    /// The most bytes of them.
    pub queue_bytes: usize,
    /// The most that are brought to the sink at once.
    pub batch: usize,
    /// How long the sink may not take some before they are given up.
    pub give_up_after: Duration,
    /// Where those go that are given up; without it they are counted only.
    pub dead_letters: Option<Arc<Journal>>,
}

impl OutletSettings {
    /// The defaults for an outlet with a name.
    #[must_use]
    pub fn new(name: impl Into<String>, selection: Selection) -> Self {
        Self {
            name: name.into(),
            selection,
            queue: 10_000,
            queue_bytes: 16 * 1024 * 1024,
            batch: 100,
            give_up_after: Duration::from_secs(600),
            dead_letters: None,
        }
    }
}

/// The near end of the way to a sink.
#[derive(Debug)]
pub(crate) struct Outlet {
    settings: OutletSettings,
    queue: mpsc::Sender<Arc<Occurred>>,
    shared: Arc<State>,
}

/// What both ends see.
#[derive(Debug, Default)]
struct State {
    counters: Counters,
    error: Mutex<Option<String>>,
}

impl State {
    fn set_error(&self, error: Option<String>) -> Option<String> {
        let mut place = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut place, error)
    }
}

/// The far end.
#[derive(Debug)]
pub(crate) struct Carrier {
    settings: OutletSettings,
    sink: Arc<dyn EventSink>,
    queue: mpsc::Receiver<Arc<Occurred>>,
    shared: Arc<State>,
}

/// Both ends of the way to a sink.
pub(crate) fn outlet(settings: OutletSettings, sink: Arc<dyn EventSink>) -> (Outlet, Carrier) {
    let (send, queue) = mpsc::channel(settings.queue.max(1));
    let shared = Arc::new(State::default());
    let carrier = Carrier {
        settings: settings.clone(),
        sink,
        queue,
        shared: Arc::clone(&shared),
    };
    let outlet = Outlet {
        settings,
        queue: send,
        shared,
    };
    (outlet, carrier)
}

impl Outlet {
    pub(crate) const fn selection(&self) -> &Selection {
        &self.settings.selection
    }

    /// Puts something into the queue, if it is wanted here and there is room.
    pub(crate) fn tell(&self, occurred: &Arc<Occurred>) {
        if !self.settings.selection.wants(occurred) {
            return;
        }
        let counters = &self.shared.counters;
        let weight = occurred.weight() as u64;
        let before = counters.waiting_bytes.add(weight);
        let fits = before + weight <= self.settings.queue_bytes as u64;
        counters.waiting.add(1);
        if !fits || self.queue.try_send(Arc::clone(occurred)).is_err() {
            counters.waiting_bytes.take(weight);
            counters.waiting.take(1);
            if counters.dropped.add(1) == 0 {
                let sink = &self.settings.name;
                tracing::warn!(sink, "events are dropped: the sink does not keep up");
            }
        }
    }

    pub(crate) fn stats(&self) -> OutletStats {
        let counters = &self.shared.counters;
        let error = self.shared.error.lock();
        OutletStats {
            name: self.settings.name.clone(),
            waiting: counters.waiting.get(),
            waiting_bytes: counters.waiting_bytes.get(),
            delivered: counters.delivered.get(),
            failures: counters.failures.get(),
            dropped: counters.dropped.get(),
            given_up: counters.given_up.get(),
            error: error.unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

impl Carrier {
    /// Brings what is in the queue to the sink until the queue is closed; what is left when `stop`
    /// is called gets one more attempt.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut batch = Vec::new();
        loop {
            let most = self.settings.batch.max(1);
            let came = stop
                .run_until_cancelled(self.queue.recv_many(&mut batch, most))
                .await;
            match came {
                Some(0) => return,
                Some(_) => self.make_trip(&batch, &stop).await,
                None => return self.bring_the_rest().await,
            }
            batch.clear();
        }
    }

    /// Brings some, and then lets others gather.
    async fn make_trip(&self, batch: &[Arc<Occurred>], stop: &CancellationToken) {
        let begun = Instant::now();
        self.bring(batch, stop).await;
        self.done_with(batch);
        if batch.len() < self.settings.batch {
            stop.run_until_cancelled(sleep_until(begun + GATHERING))
                .await;
        }
    }

    /// Brings some until the sink takes them, or it is time to give up.
    async fn bring(&self, batch: &[Arc<Occurred>], stop: &CancellationToken) {
        let begun = Instant::now();
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .without_max_times()
            .with_jitter()
            .build();
        loop {
            let error = match self.sink.bring(batch).await {
                Ok(()) => return self.delivered(batch),
                Err(error) => error,
            };
            self.failed(&error);
            let asked = match error {
                SinkError::Apart(_) if batch.len() > 1 => {
                    return self.bring_each(batch, stop).await;
                }
                SinkError::Never(_) | SinkError::Apart(_) => return self.give_up(batch).await,
                SinkError::Later { after, .. } => after.unwrap_or_default(),
            };
            let pause = pauses.next().unwrap_or(LONGEST_PAUSE).max(asked);
            let too_late = begun.elapsed() + pause > self.settings.give_up_after;
            if too_late || stop.run_until_cancelled(sleep(pause)).await.is_none() {
                return self.give_up(batch).await;
            }
        }
    }

    /// Brings each by itself, so that one which is not taken does not take others along.
    async fn bring_each(&self, batch: &[Arc<Occurred>], stop: &CancellationToken) {
        for one in batch {
            Box::pin(self.bring(slice::from_ref(one), stop)).await;
        }
    }

    /// The hub ends: one attempt each for what is left.
    async fn bring_the_rest(&mut self) {
        self.queue.close();
        let end = Instant::now() + LAST_ATTEMPT;
        let mut batch = Vec::new();
        let most = self.settings.batch.max(1);
        while self.queue.recv_many(&mut batch, most).await > 0 {
            let left = end.saturating_duration_since(Instant::now());
            match timeout(left, self.sink.bring(&batch)).await {
                Ok(Ok(())) => self.delivered(&batch),
                _ => self.give_up(&batch).await,
            }
            self.done_with(&batch);
            batch.clear();
        }
    }

    fn delivered(&self, batch: &[Arc<Occurred>]) {
        self.shared.counters.delivered.add(batch.len() as u64);
        if self.shared.set_error(None).is_some() {
            tracing::info!(sink = self.settings.name, "the sink takes events again");
        }
    }

    /// The log has a line for each episode, not for each attempt.
    fn failed(&self, error: &SinkError) {
        self.shared.counters.failures.add(1);
        let before = self.shared.set_error(Some(error.to_string()));
        if before.is_none() {
            tracing::warn!(sink = self.settings.name, %error, "the sink takes no events");
        }
    }

    async fn give_up(&self, batch: &[Arc<Occurred>]) {
        self.shared.counters.given_up.add(batch.len() as u64);
        let Some(journal) = &self.settings.dead_letters else {
            return;
        };
        if let Err(error) = journal.bring(batch).await {
            let sink = &self.settings.name;
            tracing::error!(sink, %error, "dead letters cannot be kept");
        }
    }

    fn done_with(&self, batch: &[Arc<Occurred>]) {
        let counters = &self.shared.counters;
        let weight: usize = batch.iter().map(|occurred| occurred.weight()).sum();
        counters.waiting.take(batch.len() as u64);
        counters.waiting_bytes.take(weight as u64);
    }
}

#[cfg(test)]
mod tests;
