//! The way from a log to the hub.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use tokio::{
    select,
    time::{Instant, sleep, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    BadRecords, IntakeCounters, Publisher, Reader, Record, RecordLog, Unpublished,
    lanes::Lanes,
    stats::{Trouble, count},
};

/// The shortest and the longest pause between two attempts.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How long an intake that ends waits for what is on its way.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// An intake as it is wanted.
#[derive(Clone, Debug)]
pub struct IntakeSettings {
    /// Its name in the log, in metrics and in idempotency keys.
    pub name: String,
    /// What makes publications of records.
    pub reader: Reader,
    /// What becomes of those that cannot be published.
    pub bad: BadRecords,
    /// From how many records on their way the log is to hold back more.
    pub room: usize,
    /// From how many bytes of them.
    pub room_bytes: usize,
    /// How long the hub may not take a record before it counts as one that cannot be published.
    pub give_up_after: Duration,
}

impl IntakeSettings {
    /// The defaults for an intake with a name.
    #[must_use]
    pub fn new(name: impl Into<String>, reader: Reader) -> Self {
        Self {
            name: name.into(),
            reader,
            bad: BadRecords::Skip,
            room: 1_000,
            room_bytes: 16 * 1024 * 1024,
            give_up_after: Duration::from_secs(600),
        }
    }
}

/// The way from a log to the hub.
#[derive(Debug)]
pub struct Intake {
    settings: IntakeSettings,
    counters: Arc<IntakeCounters>,
    hasher: RandomState,
}

impl Intake {
    /// An intake that has not begun.
    #[must_use]
    pub fn new(settings: IntakeSettings) -> Self {
        let counters = Arc::new(IntakeCounters::new(settings.name.clone()));
        Self {
            settings,
            counters,
            hasher: RandomState::new(),
        }
    }

    /// Its numbers, while it runs and after.
    #[must_use]
    pub fn counters(&self) -> Arc<IntakeCounters> {
        Arc::clone(&self.counters)
    }

    /// Takes records in until `stop` is called; what is on its way then has five seconds.
    pub async fn run(self, log: &dyn RecordLog, hub: &dyn Publisher, stop: CancellationToken) {
        let mut lanes = Lanes::new(|record| Box::pin(self.done(record, log, hub)));
        let (mut holds, mut trouble) = (false, Trouble::none(&self.counters));
        loop {
            holds = self.hold(holds, &lanes, log);
            // A log that was asked to hold back may have had some on their way.
            let has_room = lanes.count() < 2 * self.settings.room.max(1);
            select! {
                biased;
                () = stop.cancelled() => break,
                Some(record) = lanes.next() => log.settle(&record.place),
                next = log.next(), if has_room => match next {
                    Ok(record) => {
                        trouble.is_over();
                        self.counters.waiting.fetch_add(1, Ordering::Relaxed);
                        lanes.push(self.lane(&record), record);
                    }
                    Err(error) => trouble.tell(&error),
                },
            }
        }
        let end = Instant::now() + LAST_WORDS;
        while let Ok(Some(record)) = timeout_at(end, lanes.next()).await {
            log.settle(&record.place);
        }
        drop(lanes);
        log.close().await;
    }

    /// Tells the log to hold back when there is much on its way, and to go on when half is done.
    fn hold(&self, holds: bool, lanes: &Lanes<'_>, log: &dyn RecordLog) -> bool {
        let (room, bytes) = (self.settings.room.max(1), self.settings.room_bytes);
        let full = lanes.count() >= room || lanes.weight() >= bytes;
        let half = lanes.count() <= room / 2 && lanes.weight() <= bytes / 2;
        let now = if holds { !half } else { full };
        if now != holds {
            log.hold(now);
        }
        now
    }

    fn lane(&self, record: &Record) -> u64 {
        let place = &record.place;
        self.hasher
            .hash_one((&place.topic, place.partition, &record.key))
    }

    /// Does what is to be done with a record.
    async fn done(&self, record: Record, log: &dyn RecordLog, hub: &dyn Publisher) -> Record {
        let bad = match self.settings.reader.read(&record) {
            Ok(publish) => self.publish(publish, hub).await.err(),
            Err(bad) => Some(bad.to_string()),
        };
        if let Some(reason) = bad {
            self.put_aside(&record, &reason, log).await;
        }
        self.counters.waiting.fetch_sub(1, Ordering::Relaxed);
        record
    }

    /// Publishes until the hub acknowledges it, or says why it never will.
    async fn publish(
        &self,
        publish: wirehub_model::Publish,
        hub: &dyn Publisher,
    ) -> Result<(), String> {
        let begun = Instant::now();
        let (mut pauses, mut trouble) = (pauses(), Trouble::none(&self.counters));
        loop {
            let error = match hub.publish(publish.clone()).await {
                Ok(published) => {
                    let counter = match published.duplicate {
                        true => &self.counters.duplicates,
                        false => &self.counters.published,
                    };
                    count(counter);
                    return Ok(());
                }
                Err(Unpublished::Never(reason)) => return Err(reason),
                Err(Unpublished::Later(reason)) => reason,
            };
            trouble.tell(&error);
            let pause = pauses.next().unwrap_or(LONGEST_PAUSE);
            if begun.elapsed() + pause > self.settings.give_up_after {
                return Err(error);
            }
            sleep(pause).await;
        }
    }

    async fn put_aside(&self, record: &Record, reason: &str, log: &dyn RecordLog) {
        let (intake, place) = (&self.settings.name, &record.place);
        match self.settings.bad {
            BadRecords::Skip => {
                tracing::debug!(intake, %place, reason, "a record is left out");
                if self.counters.skipped.fetch_add(1, Ordering::Relaxed) == 0 {
                    tracing::warn!(
                        intake, %place, reason,
                        "a record cannot be published; such are left out and counted"
                    );
                }
            }
            BadRecords::Park => {
                tracing::debug!(intake, %place, reason, "a record is parked");
                let (mut pauses, mut trouble) = (pauses(), Trouble::none(&self.counters));
                while let Err(error) = log.park(record, reason).await {
                    trouble.tell(&error);
                    sleep(pauses.next().unwrap_or(LONGEST_PAUSE)).await;
                }
                count(&self.counters.parked);
            }
        }
    }
}

fn pauses() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .without_max_times()
        .with_jitter()
        .build()
}

#[cfg(test)]
mod tests;
