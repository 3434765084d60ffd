//! A node of this process.

mod words;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{OnceCell, mpsc, oneshot};
use wirehub_model::Topic;

use super::{EarCall, Guest, Renewed, Seated, Server, hall::Hall, questions::Questions};
use crate::{Answer, BrokerError, NodeName, Opened, Reply, Sink, coming, ready};

/// A node of this process, as long as it stays.
///
/// What stands in [`Link`](crate::Link) under the same name is explained there.
pub struct Seat<S: Server> {
    hall: Arc<Hall<S>>,
    node: NodeName,
    pub(super) questions: Arc<Questions>,
    lease: Duration,
    ear: mpsc::Sender<EarCall<S::Place>>,
    state: Mutex<State<S::Stay>>,
    /// How leaving went, once it is done; whoever asks meanwhile waits for that.
    left: OnceCell<Result<(), BrokerError>>,
}

/// How long the node stays, as far as it knows.
struct State<T> {
    stay: T,
    /// Which of its stays that is.
    number: u64,
    is_over: bool,
}

impl<S: Server> Seat<S> {
    /// Lets a node in.
    pub(super) async fn take(
        hall: Arc<Hall<S>>,
        node: NodeName,
        lease: Duration,
        sink: Arc<dyn Sink>,
    ) -> Result<Seated<S>, BrokerError> {
        let stay = hall.claim(&node, lease).await?;
        let guest = Guest::new(node.clone(), sink, hall.bounds.questions);
        let questions = Arc::clone(&guest.questions);
        let (ear, calls) = mpsc::channel(hall.bounds.queue.max(1));
        let (reply, hears) = oneshot::channel();
        let heard = match hall.server.listen(guest, calls, reply) {
            Ok(()) => coming(hears).await,
            Err(error) => Err(BrokerError::Unavailable {
                reason: format!("a thread does not start: {error}"),
            }),
        };
        if let Err(error) = heard {
            // Otherwise its lease runs out.
            _ = hall.server.quit(&stay).await;
            return Err(error);
        }
        let state = State {
            stay,
            number: 0,
            is_over: false,
        };
        let seat = Arc::new(Self {
            hall,
            node,
            questions,
            lease,
            ear,
            state: Mutex::new(state),
            left: OnceCell::new(),
        });
        seat.hall.add_seat(&seat);
        Ok(Seated(seat))
    }

    /// The server.
    #[must_use]
    pub fn server(&self) -> &Arc<S> {
        &self.hall.server
    }

    /// The node.
    #[must_use]
    pub const fn node(&self) -> &NodeName {
        &self.node
    }

    /// Locks the state. It is sound after a panic: every change is made in one go.
    fn state(&self) -> MutexGuard<'_, State<S::Stay>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing, while the node may ask.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`] when it may not any more.
    pub fn check(&self) -> Result<(), BrokerError> {
        self.hall.is_open()?;
        match self.state().is_over {
            true => Err(BrokerError::Stopped),
            false => Ok(()),
        }
    }

    /// The stay of the node, while it has a lease.
    ///
    /// # Errors
    /// [`BrokerError::LeaseExpired`], and [`BrokerError::Stopped`] when it may ask nothing any
    /// more.
    pub fn stay(&self) -> Result<S::Stay, BrokerError> {
        self.check()?;
        let stay = self.state().stay.clone();
        match self.hall.server.lasts(&stay) {
            true => Ok(stay),
            false => Err(BrokerError::LeaseExpired),
        }
    }

    /// Does something in more than one step, which goes on when nobody waits for it.
    pub fn steps<T: Send + 'static>(
        &self,
        steps: impl Future<Output = Result<T, BrokerError>> + Send + 'static,
    ) -> Answer<T> {
        self.hall.steps(steps)
    }

    /// Asks the ear; the place is taken here.
    pub fn hear<T: Send + 'static>(
        &self,
        call: impl FnOnce(Reply<T>) -> EarCall<S::Place>,
    ) -> Answer<T> {
        let (reply, answer) = oneshot::channel();
        match self.check().and_then(|()| self.tell_ear(call(reply))) {
            Ok(()) => coming(answer),
            Err(error) => ready(Err(error)),
        }
    }

    fn tell_ear(&self, call: EarCall<S::Place>) -> Result<(), BrokerError> {
        self.ear.try_send(call).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => BrokerError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => BrokerError::Stopped,
        })
    }

    /// Opens a topic that the server is asked about in this way, once it is heard.
    pub fn open(
        self: &Arc<Self>,
        topic: Topic,
        asking: impl Future<Output = Result<(Opened, S::Place), BrokerError>> + Send + 'static,
    ) -> Answer<Opened> {
        let heard = self.hear(|reply| EarCall::Open(topic.clone(), reply));
        let seat = Arc::clone(self);
        self.steps(async move {
            // Whatever is published after the next answer is pushed because of this one.
            let is_new = heard.await?;
            match asking.await {
                Ok((opened, place)) => {
                    // Without this, what is missed before the first publication comes is not found.
                    _ = seat.tell_ear(EarCall::Stands(topic, place));
                    Ok(opened)
                }
                Err(error) => {
                    if is_new {
                        let (reply, _) = oneshot::channel();
                        _ = seat.tell_ear(EarCall::Close(topic, reply));
                    }
                    Err(error)
                }
            }
        })
    }

    /// Renews the lease, or begins another one when that is too late.
    pub fn renew(self: &Arc<Self>) -> Answer<()> {
        let seat = Arc::clone(self);
        self.steps(async move { seat.stay_on().await })
    }

    async fn stay_on(&self) -> Result<(), BrokerError> {
        self.check()?;
        let (stay, number) = {
            let state = self.state();
            (state.stay.clone(), state.number)
        };
        match self.hall.server.renew(&stay, self.lease).await? {
            Renewed::Lasts(stay) => {
                let mut state = self.state();
                // Unless another one has begun meanwhile.
                if state.number == number {
                    state.stay = stay;
                }
                Ok(())
            }
            Renewed::Over => self.come_back().await,
            Renewed::Taken => {
                self.end();
                Err(BrokerError::Stopped)
            }
        }
    }

    async fn come_back(&self) -> Result<(), BrokerError> {
        self.check()?;
        match self.hall.claim(&self.node, self.lease).await {
            Ok(stay) => {
                let mut state = self.state();
                state.stay = stay;
                state.number += 1;
                Err(BrokerError::LeaseExpired)
            }
            Err(BrokerError::NameTaken(_)) => {
                self.end();
                Err(BrokerError::Stopped)
            }
            Err(error) => Err(error),
        }
    }

    /// The node may ask nothing any more.
    fn end(&self) {
        self.questions.stop();
        self.state().is_over = true;
    }

    /// Takes the node out.
    pub fn detach(self: &Arc<Self>) -> Answer<()> {
        let seat = Arc::clone(self);
        self.steps(async move { seat.leave().await })
    }

    pub(super) async fn leave(&self) -> Result<(), BrokerError> {
        self.left.get_or_init(|| self.go()).await.clone()
    }

    async fn go(&self) -> Result<(), BrokerError> {
        self.end();
        let stay = self.state().stay.clone();
        let quit = self.hall.server.quit(&stay).await;
        let (reply, quiet) = oneshot::channel();
        // Unlike other calls this one may wait for room.
        if self.ear.send(EarCall::Stop(reply)).await.is_ok() {
            _ = quiet.await;
        }
        quit
    }
}

impl<S: Server> fmt::Debug for Seat<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Seat").field(&self.node).finish()
    }
}
