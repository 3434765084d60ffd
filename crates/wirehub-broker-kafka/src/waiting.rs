//! Words that wait to be read back.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use wirehub_broker::{Appended, BrokerError, Reply, Sink};

/// Who waits for what a word came to.
pub(crate) enum Awaited {
    Published(Reply<Vec<Result<Appended, BrokerError>>>),
    Done(Reply<()>),
    /// A node, and where it receives.
    Attached(Arc<dyn Sink>, Reply<()>),
    Answered(Reply<Bytes>),
    /// It is done once it is in its topic, at that Kafka offset: it is not read back.
    Stored(Reply<i64>),
    /// Nobody.
    Nothing,
}

impl Awaited {
    /// It came to nothing. Whoever waited may have gone.
    pub(crate) fn fail(self, error: BrokerError) {
        match self {
            Self::Published(reply) => _ = reply.send(Err(error)),
            Self::Done(reply) | Self::Attached(_, reply) => _ = reply.send(Err(error)),
            Self::Answered(reply) => _ = reply.send(Err(error)),
            Self::Stored(reply) => _ = reply.send(Err(error)),
            Self::Nothing => {}
        }
    }
}

/// The words of this process that wait to be read back, by their numbers.
pub(crate) struct Waiting {
    words_max: usize,
    bytes_max: usize,
    state: Mutex<State>,
    left: Condvar,
}

#[derive(Default)]
struct State {
    last: u64,
    words: HashMap<u64, (usize, Awaited)>,
    bytes: usize,
    /// Why nothing is read back any more.
    ended: Option<BrokerError>,
}

impl Waiting {
    pub(crate) fn new(words_max: usize, bytes_max: usize) -> Self {
        Self {
            words_max,
            bytes_max,
            state: Mutex::default(),
            left: Condvar::new(),
        }
    }

    /// Locks the state. It is sound after a panic: every change is made in one go.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is room for so many words with so many bytes. What is larger than the bound
    /// passes when nothing else waits.
    pub(crate) fn has_room(&self, words: usize, bytes: usize) -> bool {
        let state = self.state();
        let fits = state.words.len() + words <= self.words_max
            && state.bytes.saturating_add(bytes) <= self.bytes_max;
        fits || state.words.is_empty()
    }

    /// A word waits from now on; returns its number, or nothing when no word is read back any more.
    pub(crate) fn enter(&self, bytes: usize, awaited: Awaited) -> Option<u64> {
        let mut state = self.state();
        if let Some(error) = state.ended.clone() {
            drop(state);
            awaited.fail(error);
            return None;
        }
        state.last += 1;
        let number = state.last;
        state.bytes += bytes;
        state.words.insert(number, (bytes, awaited));
        Some(number)
    }

    /// A word was read back, or will not be.
    pub(crate) fn take(&self, number: u64) -> Option<Awaited> {
        let mut state = self.state();
        let (bytes, awaited) = state.words.remove(&number)?;
        state.bytes -= bytes;
        if state.words.is_empty() {
            self.left.notify_all();
        }
        Some(awaited)
    }

    /// Waits until no word does; says whether that came about in time.
    pub(crate) fn all_left(&self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        let mut state = self.state();
        while !state.words.is_empty() {
            let Some(rest) = deadline.checked_duration_since(Instant::now()) else {
                return false;
            };
            let waited = self.left.wait_timeout(state, rest);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Nothing is read back any more, for a reason.
    pub(crate) fn end(&self, error: &BrokerError) {
        let words = {
            let mut state = self.state();
            state.ended.get_or_insert_with(|| error.clone());
            state.bytes = 0;
            self.left.notify_all();
            std::mem::take(&mut state.words)
        };
        for (_, awaited) in words.into_values() {
            awaited.fail(error.clone());
        }
    }

    /// Whether a word waits still.
    pub(crate) fn has(&self, number: u64) -> bool {
        self.state().words.contains_key(&number)
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting")
            .field("words", &self.state().words.len())
            .finish_non_exhaustive()
    }
}
