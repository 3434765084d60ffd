//! The broker over a server.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{runtime, time};
use wirehub_broker::{Answer, Broker, BrokerError, Link, NodeName, Sink, meeting::Ahead};

use crate::{
    ConnectError, RedisSettings,
    command::{Command, Phrases},
    connector::Connector,
    ear::EarCall,
    failure::{answered, unavailable},
    keys::Keys,
    lane::Lane,
    layout::Layout,
    link::RedisLink,
    seat::Seat,
    server::Server,
    surveyor::Surveyor,
    wire::Office,
};

/// How often questions are looked at, and whether leases are due to be.
const LOOK: Duration = Duration::from_millis(100);

/// A broker for hubs on many machines that meet on a Redis server.
///
/// Its threads and connections end with [`Broker::shutdown`], or when it is dropped.
pub struct RedisBroker {
    server: Arc<Server>,
    runtime: Mutex<Option<runtime::Runtime>>,
}

impl RedisBroker {
    /// Connects to the server and starts the broker. This waits for the server, as long as the
    /// settings say.
    ///
    /// # Errors
    /// When the server cannot be used; the text says what to do.
    pub fn connect(settings: RedisSettings) -> Result<Self, ConnectError> {
        Self::connect_ahead(settings, Ahead::default())
    }

    /// The same, in a time that somebody lets go by.
    ///
    /// # Errors
    /// When the server cannot be used; the text says what to do.
    pub fn connect_ahead(settings: RedisSettings, ahead: Ahead) -> Result<Self, ConnectError> {
        let keys = Keys::new(&settings.prefix)?;
        let connector = Arc::new(Connector::new(&settings)?);
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("broker-redis")
            .enable_all()
            .build()
            .map_err(|error| ConnectError::Thread(error.to_string()))?;
        let (mut surveyor, layout) = Surveyor::new(Arc::clone(&connector));
        let office = Arc::new(Office {
            connector: Arc::clone(&connector),
            phrases: Phrases::new(&settings, &keys, ahead.clone()),
            is_cluster: layout.is_cluster(),
            replicas: settings.replicas,
            patience: settings.answer_timeout,
        });
        let lane = || {
            let (office, layout) = (Arc::clone(&office), Arc::clone(&layout));
            let (lane, dispatcher) =
                Lane::begin(office, layout, settings.queue, settings.queue_bytes);
            runtime.spawn(dispatcher);
            lane
        };
        let lanes = (lane(), lane());
        let handle = runtime.handle().clone();
        // Whoever waits here may be within a runtime of its own.
        let (tried, outcome) = std::sync::mpsc::sync_channel(1);
        let (trying, found) = (Arc::clone(&connector), Arc::clone(&layout));
        let home = keys.everyone();
        handle.spawn(async move {
            let outcome = match surveyor.survey().await {
                Ok(()) => greet(&trying, &found, &home).await,
                Err(error) => Err(error),
            };
            let is_used = outcome.is_ok();
            _ = tried.send(outcome);
            if is_used {
                surveyor.run().await;
            }
        });
        let outcome = outcome.recv();
        let server = Server::new(settings, keys, (connector, layout), lanes, handle, ahead);
        let broker = Self {
            server: Arc::new(server),
            runtime: Mutex::new(Some(runtime)),
        };
        match outcome {
            Ok(outcome) => outcome?,
            Err(_) => return Err(ConnectError::Thread("it has panicked".to_owned())),
        }
        let server = Arc::clone(&broker.server);
        broker.server.runtime.spawn(look_after(server));
        Ok(broker)
    }

    fn take_runtime(&self) -> Option<runtime::Runtime> {
        let mut runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        runtime.take()
    }
}

/// Opens a connection to the server where nodes meet, so that whatever is wrong is told at once.
async fn greet(connector: &Connector, layout: &Layout, home: &str) -> Result<(), ConnectError> {
    let map = layout.map();
    let nobody = || ConnectError::Unreachable("no server of the cluster has its slots".to_owned());
    let server = map.owner(layout.slot(home)).ok_or_else(nobody)?;
    connector.open(server).await.map(|_| ())
}

/// Looks after questions and leases.
async fn look_after(server: Arc<Server>) {
    let mut looks = time::interval(LOOK);
    looks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    while !server.is_stopped() {
        looks.tick().await;
        let now = server.elapsed();
        for seat in server.seats() {
            seat.questions.expire(now);
        }
        if let Err(error) = server.keep_house_in_turn().await {
            tracing::debug!(%error, "leases cannot be looked at");
        }
    }
}

/// Asks over both lanes whether the servers work, and whether the nodes hear.
async fn check(server: &Server) -> Result<(), BrokerError> {
    let map = server.layout.map();
    for lane in [&server.topics, &server.nodes] {
        let ping = |(slot, _)| Command::Server(slot, redis::cmd("PING"));
        for answer in lane.ask(map.servers().map(ping).collect(), 0).await? {
            answered(answer?)?;
        }
    }
    for seat in server.seats() {
        let hears = time::timeout(server.settings.answer_timeout, seat.hear(EarCall::Check));
        let slow = Err(unavailable("a node does not take what is pushed to it"));
        match hears.await.unwrap_or(slow) {
            // It has just left.
            Ok(()) | Err(BrokerError::Stopped) => {}
            Err(error) => return Err(error),
        }
    }
    server.keep_house_in_turn().await
}

async fn shut_down(server: &Server) -> Result<(), BrokerError> {
    let mut outcome = Ok(());
    for seat in server.seats() {
        if let Err(error) = seat.leave().await {
            outcome = Err(error);
        }
    }
    server.topics.end().await?;
    server.nodes.end().await?;
    outcome
}

impl Broker for RedisBroker {
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
            let link: Arc<dyn Link> = Arc::new(RedisLink::new(seat));
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

impl Drop for RedisBroker {
    fn drop(&mut self) {
        self.server.stop();
        if let Some(runtime) = self.take_runtime() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for RedisBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBroker")
            .field("settings", &self.server.settings)
            .finish_non_exhaustive()
    }
}
