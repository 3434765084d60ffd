//! How far the logs are read.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use wirehub_broker::{BrokerError, Reply};

use crate::logs::Lane;

/// How far each lane is read, and who waits until it is read further.
#[derive(Debug)]
pub(crate) struct Progress(Vec<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// The Kafka offset of the next record.
    next: i64,
    /// By the offset that has to be next.
    waiting: BTreeMap<i64, Vec<(Instant, Reply<()>)>>,
    /// Why it is read no further.
    failure: Option<BrokerError>,
}

impl Progress {
    pub(crate) fn new(lanes: usize) -> Self {
        Self((0..lanes).map(|_| Mutex::default()).collect())
    }

    /// Locks a lane. It is sound after a panic: every change is made in one go.
    fn lane(&self, lane: Lane) -> Option<MutexGuard<'_, State>> {
        let state = self.0.get(lane.0)?;
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
        if let Some(failure) = &state.failure {
            _ = reply.send(Err(failure.clone()));
        } else if state.next >= end {
            _ = reply.send(Ok(()));
        } else {
            state.waiting.entry(end).or_default().push((until, reply));
        }
    }

    /// Why nothing is read any more, if that is so.
    pub(crate) fn failure(&self) -> Option<BrokerError> {
        let lanes = self.0.iter();
        let mut failures = lanes.filter_map(|lane| {
            let state = lane.lock().unwrap_or_else(PoisonError::into_inner);
            state.failure.clone()
        });
        failures.next()
    }

    /// A lane is read no further, ever.
    pub(crate) fn fail(&self, lane: Lane, error: &BrokerError) {
        let Some(mut state) = self.lane(lane) else {
            return;
        };
        state.failure = Some(error.clone());
        for (_, reply) in std::mem::take(&mut state.waiting).into_values().flatten() {
            _ = reply.send(Err(error.clone()));
        }
    }

    /// Who has waited long enough learns that the cluster does not answer.
    pub(crate) fn expire(&self, now: Instant) {
        for lane in &self.0 {
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
