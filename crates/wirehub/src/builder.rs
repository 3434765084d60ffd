//! From settings to a running hub.

use std::{fmt, hash::RandomState, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};
use wirehub_broker::{Broker, Link, NodeName};
use wirehub_core::{Placement, ShardSettings};
use wirehub_events::{Outlets, Source};
use wirehub_model::{Payload, Refusal};
use wirehub_traces::{Exporter, Tracer};
use wirehub_transport::BoundListener;

use crate::{
    Call, Heap, Hub, HubSettings, StartError,
    auth::AuthSettings,
    broker::{self, Attached, BrokerDesk},
    clock::Clock,
    cluster::{Cluster, Desk, Here},
    doorkeeper::Doorkeeper,
    event_desk::EventDesk,
    files::Files,
    handlers::Handlers,
    health::{Failing, Health},
    leaks::Detector,
    letter::INBOX,
    shard_loop::{self, ShardParts},
    shards::Shards,
    shared::{Application, Shared},
    tasks::Tasks,
    watchdog,
};

/// Collects what a hub needs; made by [`Hub::builder`].
#[derive(Debug, Default)]
pub struct HubBuilder {
    settings: HubSettings,
    handlers: Handlers,
    files: Files,
    health: Health,
    broker: Option<BrokerSeat>,
    outlets: Option<Outlets>,
    traces: Option<(Tracer, Exporter)>,
    heap: Option<Arc<dyn Heap>>,
}

/// A broker, and the name by which it knows this hub.
#[derive(Clone)]
struct BrokerSeat {
    broker: Arc<dyn Broker>,
    node: NodeName,
}

impl fmt::Debug for BrokerSeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BrokerSeat").field(&self.node).finish()
    }
}

impl HubBuilder {
    /// Takes all settings at once.
    #[must_use]
    pub fn settings(mut self, settings: HubSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Listens for clients on an address.
    #[must_use]
    pub const fn listen(mut self, address: SocketAddr) -> Self {
        self.settings.listen = Some(address);
        self
    }

    /// Says how clients are authenticated. Without any way to get in the hub does not start.
    #[must_use]
    pub fn auth(mut self, auth: AuthSettings) -> Self {
        self.settings.door.auth = auth;
        self
    }

    /// Answers what clients send as `call` with this method. The handler runs on the runtime that
    /// starts the hub, never on a shard, so it may take its time.
    #[must_use]
    pub fn on_call<H, A>(mut self, method: impl Into<String>, handler: H) -> Self
    where
        H: Fn(Call) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Payload, Refusal>> + Send + 'static,
    {
        self.handlers.insert(method.into(), handler);
        self
    }

    /// Hands out a file at a path of the hub's own listener, such as a client library for pages.
    /// Everybody gets it, pages of every origin too: nothing secret belongs into it.
    #[must_use]
    pub fn file(
        mut self,
        path: &'static str,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        self.files.insert(path, content_type, body.into());
        self
    }

    /// Names something the application depends on. It is checked every five seconds, and `/ping`
    /// and
    /// `/readyz` fail while the check does.
    #[must_use]
    pub fn depends_on<C, A>(mut self, name: impl Into<String>, check: C) -> Self
    where
        C: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.health.insert(name.into(), check);
        self
    }

    /// Has a broker give topics their order and keep what they remember; it knows this hub as
    /// `node`. Without one the hub does so itself, in memory. The broker outlives the hub: whoever
    /// started it shuts it down after [`Hub::stop`].
    #[must_use]
    pub fn broker(mut self, broker: Arc<dyn Broker>, node: NodeName) -> Self {
        let checked = Arc::clone(&broker);
        self.health.insert_check("broker".to_owned(), move || {
            let check = checked.check();
            async move { check.await.map_err(|error| Failing::from(&error)) }
        });
        self.broker = Some(BrokerSeat { broker, node });
        self
    }

    /// Tells sinks what happens in the hub. Without any, nothing is told but to
    /// [onlookers](Hub::look_on).
    #[must_use]
    pub fn events(mut self, outlets: Outlets) -> Self {
        self.outlets = Some(outlets);
        self
    }

    /// Tells a collector of traces on which way publications go. Without one, nothing is traced.
    #[must_use]
    pub fn traces(mut self, tracer: Tracer, exporter: Exporter) -> Self {
        self.traces = Some((tracer, exporter));
        self
    }

    /// Says that the whole process serves the hub, and what its allocator knows. Then the hub looks
    /// for leaks of its memory and of all its descriptors too; in a process that does other things
    /// besides, they are nothing that the hub could judge.
    #[must_use]
    pub fn whole_process(mut self, heap: Arc<dyn Heap>) -> Self {
        self.heap = Some(heap);
        self
    }

    /// Starts the hub on threads of its own. Handlers, checks and key fetches run on the runtime
    /// that this is called from.
    ///
    /// # Errors
    /// When the settings do not fit together, or the address cannot be listened on. Nothing is left
    /// running then.
    pub async fn start(self) -> Result<Hub, StartError> {
        let Self {
            mut settings,
            handlers,
            files,
            health,
            broker,
            outlets,
            traces,
            heap,
        } = self;
        check(&settings)?;
        let listen = settings.listen;
        settings.door.origins.listens_on_loopback |=
            listen.is_some_and(|address| address.ip().is_loopback());
        let (doorkeeper, refresher) = Doorkeeper::new(&settings.door)?;
        let (address, listeners) = bind(&settings)?;

        let (tasks, runtime, clock) = (Tasks::default(), Handle::current(), Clock::start());
        if let Some(refresher) = refresher {
            tasks.spawn("key-refresher", &runtime, refresher.run());
        }
        if !health.is_empty() {
            tasks.spawn("health-checks", &runtime, health.clone().run());
        }
        let tracer = traces.map(|(tracer, exporter)| {
            tasks.spawn("trace-exporter", &runtime, exporter.run());
            tracer
        });
        let outlets = outlets.unwrap_or_else(|| Outlets::new(Source::of_this_run("hub")));
        let events = EventDesk::start(outlets, &runtime);
        let shards = settings.shards;
        let placement = Placement::new(shards, RandomState::new());
        let application = Application {
            handlers,
            files,
            health,
            tracer,
            heap,
        };
        let remembers = broker.as_ref().map(|seat| Arc::clone(&seat.broker));
        let shared = Arc::new(Shared::new(
            settings,
            clock,
            application,
            events,
            runtime,
            doorkeeper,
        ));
        match start_shards(listeners, placement, broker, &shared, &tasks).await {
            Ok((shards, cluster)) => {
                let senders = shards.senders();
                watchdog::start(senders, &shared, &tasks);
                let detector = Detector {
                    shards: senders.to_vec(),
                    shared: Arc::clone(&shared),
                    tasks: tasks.clone(),
                    port: address.map(|address| address.port()),
                    broker: remembers,
                };
                tasks.spawn("leak-detector", &shared.runtime, detector.run());
                Ok(Hub::new(address, shards, cluster, shared, tasks))
            }
            Err(error) => {
                tasks.stop().await;
                shared.events.finish().await;
                Err(error)
            }
        }
    }
}

fn check(settings: &HubSettings) -> Result<(), StartError> {
    if !(1..=64).contains(&settings.shards) {
        return Err(StartError::Shards(settings.shards));
    }
    let mut paths = std::iter::once(settings.path.as_str()).chain(settings.dialects.paths());
    if let Some(path) = paths.find(|path| !path.starts_with('/')) {
        return Err(StartError::Path(path.to_owned()));
    }
    settings.check_paths()?;
    settings.tcp.check(settings.heartbeat)?;
    Ok(())
}

/// One listener for each shard, all on one address. The first one learns the port where the kernel
/// chooses it.
fn bind(
    settings: &HubSettings,
) -> Result<(Option<SocketAddr>, Vec<Option<BoundListener>>), StartError> {
    let Some(mut address) = settings.listen else {
        return Ok((None, (0..settings.shards).map(|_| None).collect()));
    };
    let mut listeners = Vec::new();
    for _ in 0..settings.shards {
        let bound = BoundListener::bind(address, &settings.tcp)
            .and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (bound, listener) = bound.map_err(|error| StartError::Listen { address, error })?;
        address = bound;
        listeners.push(Some(listener));
    }
    Ok((Some(address), listeners))
}

/// Takes the hub's seat at its broker, and keeps it.
async fn attach(
    seat: BrokerSeat,
    shards: &Shards,
    placement: &Placement,
    shared: &Arc<Shared>,
    tasks: &Tasks,
) -> Result<(Arc<dyn Link>, Cluster), StartError> {
    let BrokerSeat { broker, node } = seat;
    let (placement, clock) = (placement.clone(), shared.clock);
    let Attached {
        link,
        heard,
        changed,
    } = broker::attach(&*broker, node, shards.clone(), placement, clock).await?;
    let cluster = Cluster::join(Arc::clone(&link), changed, clock).await?;
    let shards = shards.clone().on_node(cluster.number());
    let runtime = &shared.runtime;
    let lease = broker::keep_lease(
        Arc::clone(&link),
        cluster.clone(),
        shards.clone(),
        Arc::clone(shared),
    );
    tasks.spawn("broker-lease", runtime, lease);
    tasks.spawn("cluster-directory", runtime, cluster.keep_directory());
    let desk = Desk {
        heard,
        link: Arc::clone(&link),
        here: Here::new(shards, shared, tasks),
        tasks: tasks.clone(),
        runtime: runtime.clone(),
    };
    tasks.spawn("cluster-desk", runtime, desk.run());
    Ok((link, cluster))
}

async fn start_shards(
    listeners: Vec<Option<BoundListener>>,
    mut placement: Placement,
    broker: Option<BrokerSeat>,
    shared: &Arc<Shared>,
    tasks: &Tasks,
) -> Result<(Shards, Option<Cluster>), StartError> {
    let settings = &shared.settings;
    let limits = Arc::new(settings.limits.clone());
    let namespaces = Arc::new(settings.pusher.named(settings.namespaces.clone()));
    let (senders, inboxes): (Vec<_>, Vec<_>) =
        listeners.iter().map(|_| mpsc::channel(INBOX)).unzip();
    let mut shards = Shards::new(senders.clone(), placement.clone());
    let seat = match broker {
        Some(seat) => Some(attach(seat, &shards, &placement, shared, tasks).await?),
        None => None,
    };
    if let Some((_, cluster)) = &seat {
        placement = placement.on_node(cluster.number());
        shards = shards.on_node(cluster.number());
    }
    for ((index, listener), inbox) in (0..).zip(listeners).zip(inboxes) {
        let parts = ShardParts {
            core: ShardSettings {
                index,
                placement: placement.clone(),
                limits: Arc::clone(&limits),
                namespaces: Arc::clone(&namespaces),
                brokered: seat.is_some(),
                heartbeat: settings.heartbeat,
                expiry_grace: settings.expiry_grace,
                resume_within: settings.sessions.resume_within,
                reconnects_per_second: settings.sessions.reconnects_per_second,
                occurrences: shared.events.wanted(),
                seed: std::hash::BuildHasher::hash_one(&RandomState::new(), index),
                now: shared.clock.moment(),
            },
            listener,
            desk: seat.clone().map(|(link, cluster)| {
                let namespaces = Arc::clone(&namespaces);
                BrokerDesk::new(link, cluster, shared.clock, namespaces)
            }),
            inbox,
            peers: senders.clone(),
            shared: Arc::clone(shared),
            tasks: tasks.clone(),
        };
        let (started, ready) = oneshot::channel();
        let failed = |error| StartError::Shard {
            shard: index,
            error,
        };
        tasks
            .thread("wirehub-shard", index, move || {
                shard_loop::run(parts, started);
            })
            .map_err(failed)?;
        let outcome = ready.await;
        outcome
            .unwrap_or_else(|_| Err(std::io::Error::other("the shard's thread failed")))
            .map_err(failed)?;
    }
    Ok((shards, seat.map(|(_, cluster)| cluster)))
}
