//! The broker over a server.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{runtime, time};
use wirehub_broker::{Answer, Broker, BrokerError, Link, NodeName, Sink, meeting::Ahead};

use crate::{
    ConnectError, NatsSettings, connector::Connector, ear::EarCall, failure::unavailable,
    link::NatsLink, requests::Requests, seat::Seat, server::Server, streams, subjects::Subjects,
};

/// How often questions are looked at, and whether leases are due to be.
const LOOK: Duration = Duration::from_millis(100);

/// A broker for hubs on many machines that meet on NATS with JetStream.
///
/// Its threads and connections end with [`Broker::shutdown`], or when it is dropped.
pub struct NatsBroker {
    server: Arc<Server>,
    runtime: Mutex<Option<runtime::Runtime>>,
}

impl NatsBroker {
    /// Connects to the server, makes its streams when they are not there, and starts the broker.
    /// This waits for the server, as long as the settings say.
    ///
    /// # Errors
    /// When the server cannot be used; the text says what to do.
    pub fn connect(settings: NatsSettings) -> Result<Self, ConnectError> {
        Self::connect_ahead(settings, Ahead::default())
    }

    /// The same, in a time that somebody lets go by.
    ///
    /// # Errors
    /// When the server cannot be used; the text says what to do.
    pub fn connect_ahead(settings: NatsSettings, ahead: Ahead) -> Result<Self, ConnectError> {
        let subjects = Subjects::new(&settings.prefix)?;
        let connector = Arc::new(Connector::new(&settings)?);
        let thread = |error: &dyn fmt::Display| ConnectError::Thread(error.to_string());
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("broker-nats")
            .enable_all()
            .build()
            .map_err(|error| thread(&error))?;
        let (requests, driver) = Requests::begin(
            Arc::clone(&connector),
            settings.queue,
            settings.answer_timeout,
        );
        runtime.spawn(driver);
        let handle = runtime.handle().clone();
        let server = Server::new(settings, subjects, connector, requests, handle, ahead)?;
        let broker = Self {
            server: Arc::new(server),
            runtime: Mutex::new(Some(runtime)),
        };
        // Whoever waits here may be within a runtime of its own.
        let (tried, outcome) = std::sync::mpsc::sync_channel(1);
        let server = Arc::clone(&broker.server);
        broker.server.runtime.spawn(async move {
            _ = tried.send(streams::prepare(&server).await);
        });
        outcome.recv().map_err(|_| thread(&"it has panicked"))??;
        let server = Arc::clone(&broker.server);
        broker.server.runtime.spawn(look_after(server));
        Ok(broker)
    }

    fn take_runtime(&self) -> Option<runtime::Runtime> {
        let mut runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        runtime.take()
    }
}

/// Looks after questions and leases.
async fn look_after(server: Arc<Server>) {
    let mut looks = time::interval(LOOK);
    looks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    while !server.is_stopped() {
        looks.tick().await;
        let now = server.clock.elapsed();
        for seat in server.seats() {
            seat.questions.expire(now);
        }
        if let Err(error) = server.keep_house_in_turn().await {
            tracing::debug!(%error, "leases cannot be looked at");
        }
    }
}

/// Asks whether the server works, and whether the nodes hear.
async fn check(server: &Arc<Server>) -> Result<(), BrokerError> {
    for seat in server.seats() {
        let hears = time::timeout(server.settings.answer_timeout, seat.hear(EarCall::Check));
        let slow = Err(unavailable("a node does not take what is pushed to it"));
        match hears.await.unwrap_or(slow) {
            // It has just left.
            Ok(()) | Err(BrokerError::Stopped) => {}
            Err(error) => return Err(error),
        }
    }
    let now = server.clock.elapsed();
    for seat in server.seats() {
        seat.questions.expire(now);
    }
    server.see_stream().await?;
    server.keep_house_in_turn().await?;
    // What is published needs the other stream.
    match server.js.time(&server.log.stream).await? {
        Some(_) => Ok(()),
        None => Err(unavailable("the stream of what is published is not there")),
    }
}

async fn shut_down(server: &Server) -> Result<(), BrokerError> {
    server.finish().await;
    let mut outcome = Ok(());
    for seat in server.seats() {
        if let Err(error) = seat.leave().await {
            outcome = Err(error);
        }
    }
    server.finish().await;
    server.js.requests().end().await;
    outcome
}

impl Broker for NatsBroker {
    fn attach(
        &self,
        node: NodeName,
        lease: Duration,
        sink: Arc<dyn Sink>,
    ) -> Answer<Arc<dyn Link>> {
        let server = Arc::clone(&self.server);
        let handle = server.runtime.clone();
        let attached = async move {
            if server.is_stopped() {
                return Err(BrokerError::Stopped);
            }
            let seat = Seat::take(server, node, lease, sink).await?;
            let link: Arc<dyn Link> = Arc::new(NatsLink::new(seat));
            Ok(link)
        };
        let attached = handle.spawn(attached);
        Box::pin(async { attached.await.unwrap_or(Err(BrokerError::Stopped)) })
    }

    fn check(&self) -> Answer<()> {
        let server = Arc::clone(&self.server);
        let handle = server.runtime.clone();
        let checked = handle.spawn(async move {
            if server.is_stopped() {
                return Err(BrokerError::Stopped);
            }
            check(&server).await
        });
        Box::pin(async { checked.await.unwrap_or(Err(BrokerError::Stopped)) })
    }

    fn shutdown(&self) -> Answer<()> {
        let server = Arc::clone(&self.server);
        if !server.stop() {
            return Box::pin(std::future::ready(Err(BrokerError::Stopped)));
        }
        let runtime = self.take_runtime();
        let handle = server.runtime.clone();
        let ended = handle.spawn(async move { shut_down(&server).await });
        Box::pin(async move {
            let ended = ended.await.unwrap_or(Err(BrokerError::Stopped));
            if let Some(runtime) = runtime {
                runtime.shutdown_background();
            }
            ended
        })
    }
}

impl Drop for NatsBroker {
    fn drop(&mut self) {
        self.server.stop();
        if let Some(runtime) = self.take_runtime() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for NatsBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsBroker")
            .field("settings", &self.server.settings)
            .finish_non_exhaustive()
    }
}
