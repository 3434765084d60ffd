//! The broker over a server.

use std::{fmt, io, sync::Arc, time::Duration};

use wirehub_broker::{
    Answer, Broker, Link, NodeName, Sink,
    meeting::{Ahead, Meeting, Worker},
};

use crate::{
    ConnectError, RedisSettings, command::Phrases, connector::Connector, keys::Keys, lane::Lane,
    layout::Layout, link::RedisLink, server::Server, surveyor::Surveyor, wire::Office,
};

/// A broker for hubs on many machines that meet on a Redis server.
///
/// Its threads and connections end with [`Broker::shutdown`], or when it is dropped.
pub struct RedisBroker(Meeting<Server>);

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
        let thread = |error: io::Error| ConnectError::Thread(error.to_string());
        let worker = Worker::start("broker-redis").map_err(thread)?;
        let (mut surveyor, layout) = Surveyor::new(Arc::clone(&connector));
        let (trying, found) = (Arc::clone(&connector), Arc::clone(&layout));
        let home = keys.everyone();
        let surveyed = worker.wait_for(async move {
            surveyor.survey().await?;
            greet(&trying, &found, &home).await?;
            Ok::<_, ConnectError>(surveyor)
        });
        let surveyor = surveyed.map_err(thread)??;
        worker.handle().spawn(surveyor.run());
        let bounds = settings.bounds;
        let office = Arc::new(Office {
            connector: Arc::clone(&connector),
            phrases: Phrases::new(&settings, &keys, ahead.clone()),
            is_cluster: layout.is_cluster(),
            replicas: settings.replicas,
            patience: bounds.answer_timeout,
        });
        let lane = || {
            let (office, layout) = (Arc::clone(&office), Arc::clone(&layout));
            let (lane, dispatcher) = Lane::begin(office, layout, bounds.queue, bounds.queue_bytes);
            worker.handle().spawn(dispatcher);
            lane
        };
        let lanes = (lane(), lane());
        let server = Server::new(settings, keys, (connector, layout), lanes, ahead.clone());
        Ok(Self(Meeting::begin(
            worker,
            Arc::new(server),
            bounds,
            ahead,
        )))
    }
}

/// Opens a connection to the server where nodes meet, so that whatever is wrong is told at once.
async fn greet(connector: &Connector, layout: &Layout, home: &str) -> Result<(), ConnectError> {
    let map = layout.map();
    let nobody = || ConnectError::Unreachable("no server of the cluster has its slots".to_owned());
    let server = map.owner(layout.slot(home)).ok_or_else(nobody)?;
    connector.open(server).await.map(|_| ())
}

impl Broker for RedisBroker {
    fn attach(
        &self,
        node: NodeName,
        lease: Duration,
        sink: Arc<dyn Sink>,
    ) -> Answer<Arc<dyn Link>> {
        let seat = self.0.attach(node, lease, sink);
        Box::pin(async {
            let link: Arc<dyn Link> = Arc::new(RedisLink(seat.await?));
            Ok(link)
        })
    }

    fn check(&self) -> Answer<()> {
        self.0.check()
    }

    fn shutdown(&self) -> Answer<()> {
        self.0.shutdown()
    }
}

impl fmt::Debug for RedisBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBroker")
            .field("settings", &self.0.server().settings)
            .finish_non_exhaustive()
    }
}
