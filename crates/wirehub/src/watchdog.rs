//! Whether every shard still turns, and which one does not.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::oneshot,
    time::{self, Instant},
};

use crate::{
    letter::{Letter, ShardSender},
    shared::Shared,
    tasks::Tasks,
};

/// How often an idle shard is woken to say that it is there.
const INTERVAL: Duration = Duration::from_secs(2);
/// How long the watchdog sleeps between two looks at a shard that owes an answer.
const LOOK: Duration = Duration::from_secs(1);
/// So many looks in a row without a turn are a stall. Looks are counted rather than time: after a
/// machine was suspended, time has passed and nobody is to blame.
const LOOKS: u32 = 5;

/// How a shard is doing, as the watchdog found it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShardHealth {
    /// How long the shard took to answer when it was last asked; `None` before the first time.
    pub latency: Option<Duration>,
    /// For how long no turn has ended although one was due; `None` while the shard turns.
    pub stalled: Option<Duration>,
    /// How often it stalled since the hub started.
    pub stalls: u64,
    /// What was wrong the last time that something was. It may be over.
    pub last_error: Option<String>,
}

/// What one shard shows of itself, and what is known of it. The thread of the shard writes, and
/// waits for nobody.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    turns: AtomicU64,
    /// The shard ended because it was told to.
    stopped: AtomicBool,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    latency: Option<Duration>,
    stalled_since: Option<Instant>,
    stalls: u64,
    last_error: Option<String>,
}

impl Pulse {
    /// A turn ended. Only the shard's own thread calls this, so it need not be one atomic step.
    pub(crate) fn turned(&self) {
        let turns = self.turns.load(Ordering::Relaxed);
        self.turns.store(turns + 1, Ordering::Relaxed);
    }

    /// The shard ends as it was told to.
    pub(crate) fn stopped(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    /// The shard cannot go on.
    pub(crate) fn failed(&self, error: String) {
        self.found().last_error = Some(error);
    }

    pub(crate) fn health(&self) -> ShardHealth {
        let found = self.found();
        ShardHealth {
            latency: found.latency,
            stalled: found.stalled_since.map(|since| since.elapsed()),
            stalls: found.stalls,
            last_error: found.last_error.clone(),
        }
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins to watch all shards.
pub(crate) fn start(shards: &[ShardSender], shared: &Shared, tasks: &Tasks) {
    for (shard, inbox) in (0..).zip(shards) {
        let watch = watch(shard, inbox.clone(), shared.pulse(shard));
        tasks.spawn("watchdog", &shared.runtime, watch);
    }
}

/// Asks a shard again and again whether it is there, until it has ended.
async fn watch(shard: u16, inbox: ShardSender, pulse: Arc<Pulse>) {
    let watchdog = Watchdog { shard, pulse };
    while let Some(latency) = watchdog.ask(&inbox).await {
        watchdog.answered(latency);
        time::sleep(INTERVAL).await;
    }
    if !watchdog.pulse.stopped.load(Ordering::Acquire) {
        watchdog.ended();
    }
}

struct Watchdog {
    shard: u16,
    pulse: Arc<Pulse>,
}

impl Watchdog {
    /// Waits for an answer, and watches meanwhile. `None` when the shard has ended.
    async fn ask(&self, inbox: &ShardSender) -> Option<Duration> {
        let asked = Instant::now();
        let mut answer = std::pin::pin!(async {
            let (answer, answered) = oneshot::channel();
            inbox.send(Letter::Pulse(answer)).await.ok()?;
            answered.await.ok()
        });
        let (mut turns, mut silent) = (self.turns(), 0);
        loop {
            if let Ok(answer) = time::timeout(LOOK, &mut answer).await {
                return answer.map(|()| asked.elapsed());
            }
            // A busy shard may be long in coming to the letter, and turns all the same.
            let now = self.turns();
            silent = if now == turns { silent + 1 } else { 0 };
            turns = now;
            match silent {
                0 => self.turns_again(),
                LOOKS => self.stalls(LOOK * LOOKS),
                _ => {}
            }
        }
    }

    fn turns(&self) -> u64 {
        self.pulse.turns.load(Ordering::Relaxed)
    }

    fn answered(&self, latency: Duration) {
        self.turns_again();
        self.pulse.found().latency = Some(latency);
    }

    fn stalls(&self, silence: Duration) {
        let shard = self.shard;
        let error = format!("no turn ended for {} s", silence.as_secs());
        tracing::error!(shard, error, "shard stalls");
        let mut found = self.pulse.found();
        found.stalled_since = Instant::now().checked_sub(silence);
        found.stalls += 1;
        found.last_error = Some(error);
    }

    fn turns_again(&self) {
        let shard = self.shard;
        let mut found = self.pulse.found();
        if let Some(since) = found.stalled_since.take() {
            let seconds = since.elapsed().as_secs_f64();
            found.last_error = Some(format!("no turn ended for {seconds:.1} s"));
            tracing::warn!(shard, seconds, "shard turns again");
        }
    }

    fn ended(&self) {
        let mut found = self.pulse.found();
        let error = found
            .last_error
            .get_or_insert_with(|| "its thread failed".to_owned());
        tracing::error!(shard = self.shard, error, "shard has ended");
        found.stalled_since = Some(Instant::now());
        found.stalls += 1;
    }
}

#[cfg(test)]
mod tests;
