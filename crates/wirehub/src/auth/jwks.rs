//! An identity provider's keys, fetched and kept.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, Semaphore, watch},
    time::{self, Instant},
};

use super::{AuthSettingsError, JwksSettings, key_ring::KeyRing};
use endpoint::{Endpoint, FetchError, Fetched};

mod document;
mod endpoint;

/// The keys of a key set as tokens are checked with them; the other end of a [`KeyRefresher`].
#[derive(Debug)]
pub(crate) struct KeySet {
    state: watch::Receiver<State>,
    wanted: Arc<Wanted>,
    patience: Duration,
    places: Semaphore,
}

/// What a client that waited for keys learns.
#[derive(Debug)]
pub(crate) struct News {
    /// The keys there are.
    pub(crate) keys: Arc<KeyRing>,
    /// Whether the last fetch failed, so that newer keys may exist.
    pub(crate) failed: bool,
}

/// How a key set is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySetStatus {
    /// Keys in use.
    pub keys: usize,
    /// Fetches that ended, well or not.
    pub fetches: u64,
    /// How long the last one took; `None` before the first.
    pub latency: Option<Duration>,
    /// Fetches that failed since the last one that did not.
    pub failures: u32,
    /// What went wrong the last time, if it did.
    pub error: Option<String>,
}

#[derive(Debug)]
struct State {
    keys: Arc<KeyRing>,
    phase: Phase,
    status: KeySetStatus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Whoever asks starts a fetch.
    Ready,
    /// A fetch is on its way; whoever asks shares it.
    Fetching,
    /// The last fetch began less than the refresh interval ago; whoever asks gets what it brought.
    Cooling,
}

impl KeySet {
    /// The most clients that wait for a fetch; more are told at once to try again.
    pub(crate) const WAITING_MAX: usize = 1024;

    /// Makes both ends.
    ///
    /// # Errors
    /// When the address does not serve or the HTTP client cannot be made.
    pub(crate) fn new(settings: &JwksSettings) -> Result<(Self, KeyRefresher), AuthSettingsError> {
        let endpoint = Endpoint::new(settings)?;
        let wanted = Arc::<Wanted>::default();
        let (sender, receiver) = watch::channel(State {
            keys: Arc::default(),
            phase: Phase::Ready,
            status: KeySetStatus::default(),
        });
        let refresher = KeyRefresher {
            state: sender,
            wanted: Arc::clone(&wanted),
            endpoint,
            settings: settings.clone(),
        };
        let key_set = Self {
            state: receiver,
            wanted,
            // The fetch has a time limit of its own; this one is for a refresher that nobody runs.
            patience: settings.timeout + Duration::from_secs(1),
            places: Semaphore::new(Self::WAITING_MAX),
        };
        Ok((key_set, refresher))
    }

    /// The keys at hand.
    pub(crate) fn keys(&self) -> Arc<KeyRing> {
        Arc::clone(&self.state.borrow().keys)
    }

    pub(crate) fn status(&self) -> KeySetStatus {
        self.state.borrow().status.clone()
    }

    /// Asks for newer keys and waits for the fetch that may bring them. Within the refresh interval
    /// it answers at once with the keys at hand, and the fetch follows when the interval has
    /// passed.
    pub(crate) async fn newer(&self) -> News {
        let mut state = self.state.clone();
        let (phase, seen) = {
            let state = state.borrow_and_update();
            (state.phase, state.status.fetches)
        };
        if phase != Phase::Fetching {
            self.wanted.ask();
        }
        let waited = phase == Phase::Cooling || self.wait_past(seen, state).await;
        let state = self.state.borrow();
        News {
            keys: Arc::clone(&state.keys),
            failed: !waited || state.status.error.is_some(),
        }
    }

    /// Whether a fetch after the first `seen` ones ended in time. It does not when there are too
    /// many who wait, or when the refresher is gone or was never run.
    async fn wait_past(&self, seen: u64, mut state: watch::Receiver<State>) -> bool {
        let Ok(_place) = self.places.try_acquire() else {
            return false;
        };
        let fetched = state.wait_for(|state| state.status.fetches > seen);
        matches!(time::timeout(self.patience, fetched).await, Ok(Ok(_)))
    }
}

/// Keeps a key set up to date: fetches it at the start, when it is due, and when a token names a
/// key that is not in it, the last no more often than the refresh interval allows.
///
/// There is one refresher for all shards, so that a fetch happens once however many clients wait
/// for it, and none of them can cancel it by going away. Keys that were fetched stay in use while
/// the endpoint fails.
#[derive(Debug)]
#[must_use = "the key set stays empty until its refresher runs"]
pub struct KeyRefresher {
    state: watch::Sender<State>,
    wanted: Arc<Wanted>,
    endpoint: Endpoint,
    settings: JwksSettings,
}

impl KeyRefresher {
    /// Runs until the authenticator is gone or the future is dropped. Its owner spawns it, on a
    /// runtime with timers and IO.
    pub async fn run(self) {
        let mut due = Instant::now();
        loop {
            tokio::select! {
                () = time::sleep_until(due) => {}
                () = self.wanted.asked() => {}
                () = self.state.closed() => return,
            }
            let started = Instant::now();
            let lifetime = self.refresh().await;
            due = started + lifetime;
            time::sleep_until(started + self.settings.refresh_interval).await;
            self.state.send_modify(|state| state.phase = Phase::Ready);
        }
    }

    /// Fetches once, publishes the outcome and says how long it is good for.
    async fn refresh(&self) -> Duration {
        self.state
            .send_modify(|state| state.phase = Phase::Fetching);
        self.wanted.forget();
        let started = Instant::now();
        let fetched = self.endpoint.fetch().await;
        self.state
            .send_modify(|state| state.status.latency = Some(started.elapsed()));
        match fetched {
            Ok(fetched) => self.publish(fetched),
            Err(error) => self.fail(&error),
        }
    }

    fn publish(&self, fetched: Fetched) -> Duration {
        let keys = fetched.keys.len();
        tracing::debug!(keys, skipped = fetched.skipped, "fetched the key set");
        if keys == 0 {
            tracing::warn!(
                skipped = fetched.skipped,
                "the key set holds no key that can verify tokens"
            );
        }
        self.state.send_modify(|state| {
            state.keys = Arc::new(fetched.keys);
            state.phase = Phase::Cooling;
            state.status = KeySetStatus {
                keys,
                fetches: state.status.fetches + 1,
                latency: state.status.latency,
                failures: 0,
                error: None,
            };
        });
        let (shortest, longest) = self.settings.cache_ttl_bounds;
        let asked = fetched.max_age.unwrap_or(self.settings.cache_ttl);
        asked.clamp(shortest, longest)
    }

    /// Tries again after the refresh interval, then after twice as long, and so on up to the time
    /// that a set is usually kept.
    fn fail(&self, error: &FetchError) -> Duration {
        self.state.send_modify(|state| {
            state.phase = Phase::Cooling;
            state.status.fetches += 1;
            state.status.failures = state.status.failures.saturating_add(1);
            state.status.error = Some(error.to_string());
        });
        let KeySetStatus { keys, failures, .. } = self.state.borrow().status;
        tracing::warn!(%error, failures, keys, "cannot fetch the key set; known keys stay in use");
        let doublings = failures.saturating_sub(1).min(16);
        let wait = self.settings.refresh_interval * 2_u32.pow(doublings);
        wait.min(self.settings.cache_ttl)
    }
}

/// A wish that is either there or not, however often it is made.
#[derive(Debug, Default)]
struct Wanted {
    flag: AtomicBool,
    bell: Notify,
}

impl Wanted {
    fn ask(&self) {
        self.flag.store(true, Ordering::Release);
        self.bell.notify_one();
    }

    fn forget(&self) {
        self.flag.store(false, Ordering::Release);
    }

    async fn asked(&self) {
        while !self.flag.load(Ordering::Acquire) {
            self.bell.notified().await;
        }
    }
}

#[cfg(test)]
mod tests;
