//! What the nodes of one process share.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{runtime::Handle, time};

use super::{Ahead, Bounds, EarCall, Seat, Server, looks::Looks};
use crate::{Answer, BrokerError, NodeName};

/// How often questions are looked at, and whether leases are due to be.
const LOOK: Duration = Duration::from_millis(100);

/// Attempts to take a name whose former owner has left something to be looked after.
const ATTEMPTS: usize = 8;

/// What the nodes of one process share.
pub(super) struct Hall<S: Server> {
    pub(super) server: Arc<S>,
    pub(super) runtime: Handle,
    pub(super) bounds: Bounds,
    started: Instant,
    ahead: Ahead,
    looks: Looks,
    is_closed: AtomicBool,
    seats: Mutex<Vec<Weak<Seat<S>>>>,
    random: RandomState,
    stays: AtomicU64,
}

impl<S: Server> Hall<S> {
    pub(super) fn new(server: Arc<S>, runtime: Handle, bounds: Bounds, ahead: Ahead) -> Self {
        Self {
            server,
            runtime,
            bounds,
            started: Instant::now(),
            ahead,
            looks: Looks::default(),
            is_closed: AtomicBool::new(false),
            seats: Mutex::default(),
            random: RandomState::new(),
            stays: AtomicU64::new(0),
        }
    }

    /// Time since the start, for what this process measures by itself.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed() + self.ahead.get()
    }

    /// Nothing, while something may be asked.
    pub(super) fn is_open(&self) -> Result<(), BrokerError> {
        match self.is_closed.load(Ordering::SeqCst) {
            true => Err(BrokerError::Stopped),
            false => Ok(()),
        }
    }

    /// From now on nothing is asked any more; whether this is the first time.
    pub(super) fn close(&self) -> bool {
        !self.is_closed.swap(true, Ordering::SeqCst)
    }

    /// Does something that goes on when nobody waits for it.
    pub(super) fn steps<T: Send + 'static>(
        &self,
        steps: impl Future<Output = Result<T, BrokerError>> + Send + 'static,
    ) -> Answer<T> {
        let done = self.runtime.spawn(steps);
        Box::pin(async { done.await.unwrap_or(Err(BrokerError::Stopped)) })
    }

    fn lock_seats(&self) -> MutexGuard<'_, Vec<Weak<Seat<S>>>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add_seat(&self, seat: &Arc<Seat<S>>) {
        let mut seats = self.lock_seats();
        seats.retain(|seat| seat.strong_count() > 0);
        seats.push(Arc::downgrade(seat));
    }

    fn seats(&self) -> Vec<Arc<Seat<S>>> {
        self.lock_seats().iter().filter_map(Weak::upgrade).collect()
    }

    /// Takes a name, and looks after whatever its former owner has left.
    pub(super) async fn claim(
        &self,
        node: &NodeName,
        lease: Duration,
    ) -> Result<S::Stay, BrokerError> {
        // No other stay is called so.
        let number = self.stays.fetch_add(1, Ordering::Relaxed);
        let stay = format!("{:016x}", self.random.hash_one(number));
        for _ in 0..ATTEMPTS {
            self.keep_house().await?;
            if let Some(stay) = self.server.claim(node, &stay, lease).await? {
                return Ok(stay);
            }
        }
        Err(BrokerError::Overloaded)
    }

    async fn keep_house(&self) -> Result<(), BrokerError> {
        let leases = self.server.keep_house().await?;
        self.looks.looked(self.elapsed(), leases);
        Ok(())
    }

    /// Ends questions that are too old, and looks at leases when that is due: unless it was done a
    /// moment ago, or the many other nodes see to it.
    async fn look(&self) -> Result<(), BrokerError> {
        let now = self.elapsed();
        for seat in self.seats() {
            seat.questions.expire(now);
        }
        match self.looks.is_due(now) {
            true => self.keep_house().await,
            false => Ok(()),
        }
    }

    /// Looks after questions and leases.
    pub(super) async fn look_after(self: Arc<Self>) {
        let mut looks = time::interval(LOOK);
        looks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        while self.is_open().is_ok() {
            looks.tick().await;
            if let Err(error) = self.look().await {
                tracing::debug!(%error, "leases cannot be looked at");
            }
        }
    }

    /// Asks whether the server works, and whether the nodes hear.
    pub(super) async fn check(&self) -> Result<(), BrokerError> {
        self.server.check().await?;
        for seat in self.seats() {
            let hears = time::timeout(self.bounds.answer_timeout, seat.hear(EarCall::Check));
            let slow = Err(BrokerError::Unavailable {
                reason: "a node does not take what is pushed to it".to_owned(),
            });
            match hears.await.unwrap_or(slow) {
                // It has just left.
                Ok(()) | Err(BrokerError::Stopped) => {}
                Err(error) => return Err(error),
            }
        }
        self.look().await
    }

    /// Takes the nodes out and ends.
    pub(super) async fn end(&self) -> Result<(), BrokerError> {
        let leaving = async {
            let mut outcome = Ok(());
            for seat in self.seats() {
                if let Err(error) = seat.leave().await {
                    outcome = Err(error);
                }
            }
            outcome
        };
        self.server.end(leaving).await
    }
}
