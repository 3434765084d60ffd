//! What all shards of a hub look at.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{runtime::Handle, sync::watch};
use wirehub_traces::Tracer;
use wirehub_transport::{Admission, AdmissionLimits};
use wirehub_websocket::Limits as FrameLimits;

use crate::{
    DependencyStatus, Heap, HubSettings, ShardHealth, clock::Clock, departure::Departure,
    doorkeeper::Doorkeeper, event_desk::EventDesk, files::Files, handlers::Handlers,
    health::Health, intake_desk::IntakeDesk, leaks::Leaks, watchdog::Pulse,
};

/// The parts of a hub that do not belong to one shard. They are read when a connection comes or
/// asks for something rare, never for a message on its way.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: HubSettings,
    pub(crate) clock: Clock,
    /// The name of this hub among others, for requests that have to come to it. It says nothing.
    pub(crate) node: String,
    pub(crate) handlers: Handlers,
    pub(crate) files: Files,
    pub(crate) events: EventDesk,
    pub(crate) intakes: IntakeDesk,
    /// Who records the ways of publications; `None` for nobody.
    pub(crate) tracer: Option<Tracer>,
    /// The heap of the process, if all of it is the hub's.
    pub(crate) heap: Option<Arc<dyn Heap>>,
    /// Where the application's handlers run: never on a shard.
    pub(crate) runtime: Handle,
    /// Who may come in, by how many there are.
    pub(crate) admission: Arc<Admission>,
    doorkeeper: Doorkeeper,
    health: Health,
    pub(crate) leaks: Leaks,
    /// What shows that a shard turns, by its number.
    pulses: Vec<Arc<Pulse>>,
    pub(crate) departure: Departure,
    /// The bound on what a client may say at once, which may change while the hub runs.
    message_bytes: AtomicUsize,
    doors: watch::Sender<()>,
    /// The hub is no part of its cluster any more.
    lost: watch::Sender<bool>,
}

/// What the application brings along.
#[derive(Debug)]
pub(crate) struct Application {
    pub(crate) handlers: Handlers,
    pub(crate) files: Files,
    pub(crate) health: Health,
    pub(crate) tracer: Option<Tracer>,
    pub(crate) heap: Option<Arc<dyn Heap>>,
}

/// Held by whoever accepts connections.
#[derive(Debug)]
pub(crate) struct Doors(watch::Receiver<()>);

impl Doors {
    /// Waits until no more connections are to be accepted.
    pub(crate) async fn closed(&mut self) {
        // An error means that the hub is gone, and nobody is to be let in either.
        let _ = self.0.changed().await;
    }
}

impl Shared {
    pub(crate) fn new(
        settings: HubSettings,
        clock: Clock,
        application: Application,
        events: EventDesk,
        runtime: Handle,
        doorkeeper: Doorkeeper,
    ) -> Self {
        let Application {
            handlers,
            files,
            health,
            tracer,
            heap,
        } = application;
        let limits = &settings.limits;
        let admission = Admission::new(AdmissionLimits {
            connections: limits.connections,
            connections_per_ip: limits.connections_per_ip,
            handshakes: limits.handshakes,
            http_connections: limits.http_connections,
        });
        Self {
            message_bytes: AtomicUsize::new(settings.limits.message_bytes),
            pulses: (0..settings.shards).map(|_| Arc::default()).collect(),
            leaks: Leaks::default(),
            departure: Departure::new(settings.drain),
            settings,
            clock,
            node: format!("{:016x}", RandomState::new().hash_one("node")),
            handlers,
            files,
            events,
            intakes: IntakeDesk::default(),
            tracer,
            heap,
            runtime,
            admission,
            doorkeeper,
            health,
            doors: watch::Sender::new(()),
            lost: watch::Sender::new(false),
        }
    }

    /// Who decides whether a client comes in.
    pub(crate) const fn doorkeeper(&self) -> &Doorkeeper {
        &self.doorkeeper
    }

    pub(crate) fn dependencies(&self) -> Vec<DependencyStatus> {
        let keys = self.doorkeeper.dependency();
        keys.into_iter().chain(self.health.statuses()).collect()
    }

    /// What shows that a shard turns.
    pub(crate) fn pulse(&self, shard: u16) -> Arc<Pulse> {
        let pulse = self.pulses.get(usize::from(shard));
        pulse.map(Arc::clone).unwrap_or_default()
    }

    /// How each shard is doing, in the order of their numbers.
    pub(crate) fn shard_health(&self) -> Vec<ShardHealth> {
        self.pulses.iter().map(|pulse| pulse.health()).collect()
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.departure.is_on()
    }

    /// The hub cannot go on: says why, and whoever runs it should start it anew.
    pub(crate) fn fail(&self, why: &str) {
        tracing::error!("the hub has lost its place among others: {why}");
        self.lost.send_replace(true);
    }

    /// Waits until the hub cannot go on.
    pub(crate) async fn failed(&self) {
        let mut lost = self.lost.subscribe();
        // The sender lives as long as this.
        let _ = lost.wait_for(|lost| *lost).await;
    }

    pub(crate) fn message_bytes(&self) -> usize {
        self.message_bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn set_message_bytes(&self, bytes: usize) {
        self.message_bytes.store(bytes, Ordering::Relaxed);
    }

    pub(crate) fn doors(&self) -> Doors {
        Doors(self.doors.subscribe())
    }

    /// Has all listeners closed, and waits until they are.
    pub(crate) async fn close_doors(&self) {
        self.doors.send_replace(());
        self.doors.closed().await;
    }

    /// The bounds on what clients send, in the codec's terms.
    pub(crate) fn frame_limits(limits: &wirehub_model::Limits) -> FrameLimits {
        FrameLimits {
            frame_bytes: limits.frame_bytes,
            message_bytes: limits.message_bytes,
            fragments: limits.fragments,
        }
    }
}
