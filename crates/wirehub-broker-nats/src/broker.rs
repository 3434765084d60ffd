//! The broker over a server.

use std::{fmt, io, sync::Arc, time::Duration};

use wirehub_broker::{
    Answer, Broker, Link, NodeName, Sink,
    meeting::{Ahead, Meeting, Worker},
};

use crate::{
    ConnectError, NatsSettings, connector::Connector, link::NatsLink, requests::Requests,
    server::Server, streams, subjects::Subjects,
};

/// A broker for hubs on many machines that meet on NATS with JetStream.
///
/// Its threads and connections end with [`Broker::shutdown`], or when it is dropped.
pub struct NatsBroker(Meeting<Server>);

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
        let thread = |error: io::Error| ConnectError::Thread(error.to_string());
        let worker = Worker::start("broker-nats").map_err(thread)?;
        let bounds = settings.bounds;
        let (requests, driver) =
            Requests::begin(Arc::clone(&connector), bounds.queue, bounds.answer_timeout);
        worker.handle().spawn(driver);
        let handle = worker.handle().clone();
        let server = Server::new(
            settings,
            subjects,
            connector,
            requests,
            handle,
            ahead.clone(),
        )?;
        let server = Arc::new(server);
        let prepared = Arc::clone(&server);
        worker
            .wait_for(async move { streams::prepare(&prepared).await })
            .map_err(thread)??;
        Ok(Self(Meeting::begin(worker, server, bounds, ahead)))
    }
}

impl Broker for NatsBroker {
    fn attach(
        &self,
        node: NodeName,
        lease: Duration,
        sink: Arc<dyn Sink>,
    ) -> Answer<Arc<dyn Link>> {
        let seat = self.0.attach(node, lease, sink);
        Box::pin(async {
            let link: Arc<dyn Link> = Arc::new(NatsLink(seat.await?));
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

impl fmt::Debug for NatsBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsBroker")
            .field("settings", &self.0.server().settings)
            .finish_non_exhaustive()
    }
}
