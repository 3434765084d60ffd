//! A node of this process.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{OnceCell, mpsc, oneshot};
use wirehub_broker::{Answer, BrokerError, NodeName, Sink, meeting::Questions};

use crate::{
    crowd_job::Stay,
    ear::{Ear, EarCall},
    failure::unavailable,
    hearing::Hearing,
    nodes::{Claimed, Renewed},
    server::Server,
};

/// A node of this process, as long as it stays.
pub(crate) struct Seat {
    pub(crate) server: Arc<Server>,
    pub(crate) node: NodeName,
    pub(crate) questions: Arc<Questions>,
    lease: Duration,
    ear: mpsc::Sender<EarCall>,
    state: Mutex<State>,
    /// How leaving went, once it is done; whoever asks meanwhile waits for that.
    left: OnceCell<Result<(), BrokerError>>,
}

/// How long the node stays, as far as it knows.
struct State {
    claimed: Claimed,
    is_over: bool,
}

impl Seat {
    /// Lets a node in.
    pub(crate) async fn take(
        server: Arc<Server>,
        node: NodeName,
        lease: Duration,
        sink: Arc<dyn Sink>,
    ) -> Result<Arc<Self>, BrokerError> {
        let claimed = server.claim(&node, lease).await?;
        let questions = Arc::new(Questions::new(server.settings.questions));
        let hearing = Hearing::new(
            Arc::clone(&server),
            node.clone(),
            sink,
            Arc::clone(&questions),
        );
        let started = match Ear::start(Arc::clone(&server), hearing) {
            Ok((ear, ready)) => {
                let ready = ready.await.unwrap_or(Err(BrokerError::Stopped));
                ready.map(|()| ear)
            }
            Err(error) => Err(unavailable(&format!("a thread does not start: {error}"))),
        };
        let ear = match started {
            Ok(ear) => ear,
            Err(error) => {
                // Otherwise its lease runs out.
                _ = server.nodes.quit(&claimed.stay).await;
                return Err(error);
            }
        };
        let seat = Arc::new(Self {
            server,
            node,
            questions,
            lease,
            ear,
            state: Mutex::new(State {
                claimed,
                is_over: false,
            }),
            left: OnceCell::new(),
        });
        seat.server.add_seat(&seat);
        Ok(seat)
    }

    /// Locks the state. It is sound after a panic: every change is made in one go.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing, while the node may ask.
    pub(crate) fn check(&self) -> Result<(), BrokerError> {
        if self.server.is_stopped() || self.state().is_over {
            return Err(BrokerError::Stopped);
        }
        Ok(())
    }

    /// The stay of the node, while it has a lease.
    pub(crate) fn stay(&self) -> Result<Stay, BrokerError> {
        self.check()?;
        let state = self.state();
        if self.server.clock.now() >= state.claimed.until {
            return Err(BrokerError::LeaseExpired);
        }
        Ok(state.claimed.stay.clone())
    }

    /// Asks the ear; the place is taken here.
    pub(crate) fn hear<T>(
        &self,
        call: impl FnOnce(oneshot::Sender<Result<T, BrokerError>>) -> EarCall,
    ) -> Answer<T>
    where
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let asked = self.check().and_then(|()| self.tell_ear(call(reply)));
        Box::pin(async move {
            asked?;
            answer.await.unwrap_or(Err(BrokerError::Stopped))
        })
    }

    pub(crate) fn tell_ear(&self, call: EarCall) -> Result<(), BrokerError> {
        self.ear.try_send(call).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => BrokerError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => BrokerError::Stopped,
        })
    }

    /// Renews the lease, or begins another one when that is too late.
    pub(crate) async fn renew(&self) -> Result<(), BrokerError> {
        self.check()?;
        let claimed = self.state().claimed.clone();
        match self.server.nodes.renew(&claimed, self.lease).await? {
            Renewed::Until(until, number) => {
                let mut state = self.state();
                if state.claimed.stay == claimed.stay {
                    (state.claimed.until, state.claimed.number) = (until, number);
                }
                Ok(())
            }
            Renewed::Over => self.come_back().await,
            Renewed::Other => {
                self.end();
                Err(BrokerError::Stopped)
            }
        }
    }

    async fn come_back(&self) -> Result<(), BrokerError> {
        self.check()?;
        match self.server.claim(&self.node, self.lease).await {
            Ok(claimed) => {
                self.state().claimed = claimed;
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
    pub(crate) async fn leave(&self) -> Result<(), BrokerError> {
        self.left.get_or_init(|| self.go()).await.clone()
    }

    async fn go(&self) -> Result<(), BrokerError> {
        self.end();
        let stay = self.state().claimed.stay.clone();
        let quit = self.server.nodes.quit(&stay).await;
        let swept = self.server.keep_house().await;
        let (reply, quiet) = oneshot::channel();
        // Unlike other calls this one may wait for room.
        if self.ear.send(EarCall::Stop(reply)).await.is_ok() {
            _ = quiet.await;
        }
        quit.and(swept)
    }
}
