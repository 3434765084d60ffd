//! How far the logs are read.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::Instant,
};

use wirehub_broker::{BrokerError, Reply};

use crate::logs::Lane;

/// How far each lane is read, and who waits until it is read further.
#[derive(Debug)]
pub(crate) struct Progress {
    lanes: Vec<Mutex<State>>,
    /// Why nothing is read any further.
    failure: OnceLock<BrokerError>,
}

#[derive(Debug, Default)]
struct State {
    /// The Kafka offset of the next record.
    next: i64,
    /// By the offset that has to be next.
    waiting: BTreeMap<i64, Vec<(Instant, Reply<()>)>>,
}

impl Progress {
    pub(crate) fn new(lanes: usize) -> Self {
        Self {
            lanes: (0..lanes).map(|_| Mutex::default()).collect(),
            failure: OnceLock::new(),
        }
    }

    /// Locks a lane. It is sound after a panic: every change is made in one go.
    fn lane(&self, lane: Lane) -> Option<MutexGuard<'_, State>> {
        let state = self.lanes.get(lane.0)?;
        Some(state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A lane is read up to there.
    pub(crate) fn reach(&self, lane: Lane, next: i64) {
        let Some(mut state) = self.lane(lane) else {
            return;
        };
        state.next = next;
        while let Some(first) = state.waiting.first_entry()
            && *first.key() <= next
        {
            for (_, reply) in first.remove() {
                // Whoever waited may have gone.
                _ = reply.send(Ok(()));
            }
        }
    }

    /// Waits until a lane is read up to there.
    pub(crate) fn wait(&self, lane: Lane, end: i64, until: Instant, reply: Reply<()>) {
        let Some(mut state) = self.lane(lane) else {
            return;
        };
        if let Some(failure) = self.failure.get() {
            _ = reply.send(Err(failure.clone()));
        } else if state.next >= end {
            _ = reply.send(Ok(()));
        } else {
            state.waiting.entry(end).or_default().push((until, reply));
        }
    }

    /// Whether what stands there is read.
    pub(crate) fn is_past(&self, lane: Lane, offset: i64) -> bool {
        self.lane(lane).is_some_and(|state| state.next > offset)
    }

    /// Why nothing is read any more, if that is so.
    pub(crate) fn failure(&self) -> Option<BrokerError> {
        self.failure.get().cloned()
    }

    /// Nothing is read any further, ever; says whether that is new.
    pub(crate) fn fail(&self, error: &BrokerError) -> bool {
        let is_new = self.failure.set(error.clone()).is_ok();
        for lane in &self.lanes {
            let mut state = lane.lock().unwrap_or_else(PoisonError::into_inner);
            for (_, reply) in std::mem::take(&mut state.waiting).into_values().flatten() {
                _ = reply.send(Err(error.clone()));
            }
        }
        is_new
    }

    /// Who has waited long enough learns that the cluster does not answer.
    pub(crate) fn expire(&self, now: Instant) {
        for lane in &self.lanes {
            let mut state = lane.lock().unwrap_or_else(PoisonError::into_inner);
            for waiting in state.waiting.values_mut() {
                for (_, reply) in waiting.extract_if(.., |(until, _)| *until <= now) {
                    let reason = "the log is not read as far as it goes".to_owned();
                    _ = reply.send(Err(BrokerError::Unavailable { reason }));
                }
            }
            state.waiting.retain(|_, waiting| !waiting.is_empty());
        }
    }
}
