//! A node of this process.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{OnceCell, mpsc, oneshot};
use wirehub_broker::{Answer, BrokerError, NodeName, Sink, meeting::Questions};

use crate::{
    ear::{Ear, EarCall},
    failure::unavailable,
    hearing::Hearing,
    node_calls,
    reply::text,
    server::Server,
};

/// A node of this process, as long as it stays.
pub(crate) struct Seat {
    pub(crate) server: Arc<Server>,
    pub(crate) node: NodeName,
    pub(crate) questions: Arc<Questions>,
    lease: Duration,
    ear: mpsc::Sender<EarCall>,
    stay: Mutex<Stay>,
    /// How leaving went, once it is done; whoever asks meanwhile waits for that.
    left: OnceCell<Result<(), BrokerError>>,
}

/// How long the node stays, as far as it knows.
struct Stay {
    incarnation: String,
    /// When the lease ends, reckoned from before it was asked for.
    until: Duration,
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
        let incarnation = server.incarnation();
        let until = server.elapsed().saturating_add(lease);
        server.claim(&node, &incarnation, lease).await?;
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
                let quit = node_calls::quit(&server.keys, (&node, &incarnation));
                // Otherwise its lease runs out.
                _ = server.ask_nodes(quit).await;
                return Err(error);
            }
        };
        let seat = Arc::new(Self {
            server,
            node,
            questions,
            lease,
            ear,
            stay: Mutex::new(Stay {
                incarnation,
                until,
                is_over: false,
            }),
            left: OnceCell::new(),
        });
        seat.server.add_seat(&seat);
        Ok(seat)
    }

    /// Locks the stay. It is sound after a panic: every change is made in one go.
    fn stay(&self) -> MutexGuard<'_, Stay> {
        self.stay.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing, while the node may ask.
    pub(crate) fn check(&self) -> Result<(), BrokerError> {
        if self.server.is_stopped() || self.stay().is_over {
            return Err(BrokerError::Stopped);
        }
        Ok(())
    }

    /// The incarnation of the node, while it has a lease.
    pub(crate) fn incarnation(&self) -> Result<String, BrokerError> {
        self.check()?;
        let stay = self.stay();
        if self.server.elapsed() >= stay.until {
            return Err(BrokerError::LeaseExpired);
        }
        Ok(stay.incarnation.clone())
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
        let incarnation = self.stay().incarnation.clone();
        let until = self.server.elapsed().saturating_add(self.lease);
        let me = (&self.node, incarnation.as_str());
        let renew = node_calls::renew(&self.server.keys, me, self.lease);
        let answer = self.server.ask_nodes(renew).await?;
        match text(Some(answer))?.as_str() {
            "ok" => {
                let mut stay = self.stay();
                if stay.incarnation == incarnation {
                    stay.until = until;
                }
                Ok(())
            }
            "gone" => self.come_back(&incarnation).await,
            // Another node has the name now.
            _ => {
                self.end();
                Err(BrokerError::Stopped)
            }
        }
    }

    async fn come_back(&self, former: &str) -> Result<(), BrokerError> {
        self.check()?;
        self.server.sweep(&self.node, former).await?;
        let incarnation = self.server.incarnation();
        let until = self.server.elapsed().saturating_add(self.lease);
        let claimed = self
            .server
            .claim(&self.node, &incarnation, self.lease)
            .await;
        match claimed {
            Ok(()) => {
                let mut stay = self.stay();
                (stay.incarnation, stay.until) = (incarnation, until);
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
        self.stay().is_over = true;
    }

    /// Takes the node out.
    pub(crate) async fn leave(&self) -> Result<(), BrokerError> {
        self.left.get_or_init(|| self.go()).await.clone()
    }

    async fn go(&self) -> Result<(), BrokerError> {
        self.end();
        let incarnation = self.stay().incarnation.clone();
        let swept = self.server.sweep(&self.node, &incarnation).await;
        let quit = node_calls::quit(&self.server.keys, (&self.node, &incarnation));
        let quit = self.server.ask_nodes(quit).await.map(|_| ());
        let (reply, quiet) = oneshot::channel();
        // Unlike other calls this one may wait for room.
        let stopped = self.ear.send(EarCall::Stop(reply)).await;
        if stopped.is_ok() {
            _ = quiet.await;
        }
        swept.and(quit)
    }
}
