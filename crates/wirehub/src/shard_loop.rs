//! The thread of one shard: sockets, the state machine and the inbox, in one loop.

use std::{cell::RefCell, collections::HashMap, io, rc::Rc, sync::Arc};

use tokio::{
    runtime::{Builder, LocalOptions},
    sync::{mpsc, oneshot},
    time,
};
use wirehub_core::{Answer, Relay, Shard, ShardSettings};
use wirehub_model::{ConnectionId, Moment};
use wirehub_protocol::{Dialect, Heard};
use wirehub_transport::{BoundListener, Ready, Sockets};
use wirehub_websocket::{DeflatePolicy, Inflater, Limits as FrameLimits};

use self::{streams::Streams, writing::Departures};
use crate::{
    BrokerStats, HandshakeStats, IoStats, PostStats, Transport, TransportStats,
    acceptor::{self, Newcomer},
    broker::BrokerDesk,
    flavours::FrameEncoder,
    gate::HubGate,
    letter::{Letter, ShardSender},
    pusher::Guest,
    shared::Shared,
    tasks::Tasks,
    watchdog::Pulse,
};

mod ear;
mod letters;
mod opening;
mod reading;
mod streams;
mod writing;

/// Sockets reported by one look at the poll.
const EVENTS: usize = 1_024;
/// Bytes that one read may bring; one buffer serves all connections of the shard.
const SCRATCH: usize = 64 * 1024;
/// What a turn may hold before it is sent although more could be read.
const TURN_BYTES: usize = 4 * 1024 * 1024;
/// Letters taken in one turn, so that a busy inbox cannot keep the sockets waiting.
const LETTERS: usize = 256;

/// What a shard's thread starts with.
pub(crate) struct ShardParts {
    pub(crate) core: ShardSettings,
    pub(crate) listener: Option<BoundListener>,
    pub(crate) desk: Option<BrokerDesk>,
    pub(crate) inbox: mpsc::Receiver<Letter>,
    pub(crate) peers: Vec<ShardSender>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) tasks: Tasks,
}

/// A shard at work.
struct ShardLoop {
    shard: Shard<FrameEncoder>,
    sockets: Sockets,
    /// Who is behind each socket, by slot.
    clients: Vec<Option<Client>>,
    streams: Streams,
    /// Clients of Pusher, by slot.
    guests: HashMap<u32, Guest>,
    ready: Vec<Ready>,
    departures: Departures,
    scratch: Box<[u8]>,
    inflater: Inflater,
    frame_limits: FrameLimits,
    /// What a client of a foreign dialect said; empty between messages.
    heard: Vec<Heard>,
    inbox: mpsc::Receiver<Letter>,
    newcomers: mpsc::Receiver<Newcomer>,
    /// The way to the broker, if there is one.
    desk: Option<BrokerDesk>,
    peers: Vec<ShardSender>,
    /// Relays that are to leave at the end of the turn, by shard.
    outgoing: Vec<Vec<Relay>>,
    /// A shard whose inbox was full when the last turn ended.
    congested: Option<ShardSender>,
    /// Holders of the hub's handle that wait for an answer, by ticket.
    waiting: HashMap<u64, oneshot::Sender<Answer>>,
    next_ticket: u64,
    drained: Vec<oneshot::Sender<()>>,
    io: IoStats,
    transports: TransportStats,
    posts: PostStats,
    handshakes: Rc<RefCell<HandshakeStats>>,
    broker: BrokerStats,
    pulse: Arc<Pulse>,
    index: u16,
    shared: Arc<Shared>,
    tasks: Tasks,
    stopping: bool,
}

/// What the loop has to know of a client.
#[derive(Clone, Copy, Debug)]
struct Client {
    id: ConnectionId,
    dialect: Dialect,
    transport: Transport,
}

/// Runs a shard on the current thread until it is told to stop.
pub(crate) fn run(parts: ShardParts, started: oneshot::Sender<io::Result<()>>) {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default());
    let outcome = runtime.and_then(|runtime| {
        let shard = runtime.block_on(async { ShardLoop::new(parts) })?;
        Ok((runtime, shard))
    });
    match outcome {
        Ok((runtime, shard)) => {
            let _ = started.send(Ok(()));
            runtime.block_on(shard.run());
        }
        Err(error) => {
            let _ = started.send(Err(error));
        }
    }
}

impl ShardLoop {
    fn new(parts: ShardParts) -> io::Result<Self> {
        let ShardParts {
            core,
            listener,
            desk,
            inbox,
            peers,
            shared,
            tasks,
        } = parts;
        let handshakes = Rc::new(RefCell::new(HandshakeStats::default()));
        let (upgraded, newcomers) = mpsc::channel(core.limits.handshakes.clamp(1, 1_024));
        let index = core.index;
        let centrifugo = shared.settings.dialects.centrifugo.as_ref();
        let rules = centrifugo.map_or_else(Default::default, |settings| settings.rules);
        let encoder = FrameEncoder::new(DeflatePolicy::default()).with_rules(rules);
        if let Some(listener) = listener {
            acceptor::start(
                listener.into_listener()?,
                Arc::clone(&shared.admission),
                upgraded,
                Rc::clone(&handshakes),
                HubGate::new(Arc::clone(&shared), peers.clone()),
                &tasks,
            );
        }
        Ok(Self {
            sockets: sockets(&shared)?,
            clients: Vec::new(),
            streams: Streams::default(),
            guests: HashMap::new(),
            ready: Vec::new(),
            departures: Departures::default(),
            scratch: vec![0; SCRATCH].into_boxed_slice(),
            inflater: Inflater::new(),
            frame_limits: Shared::frame_limits(&core.limits),
            heard: Vec::new(),
            inbox,
            newcomers,
            desk,
            outgoing: peers.iter().map(|_| Vec::new()).collect(),
            congested: None,
            peers,
            waiting: HashMap::new(),
            next_ticket: 0,
            drained: Vec::new(),
            io: IoStats::default(),
            transports: TransportStats::default(),
            posts: PostStats::default(),
            handshakes,
            broker: BrokerStats::default(),
            pulse: shared.pulse(index),
            index,
            shard: Shard::new(core, encoder),
            shared,
            tasks,
            stopping: false,
        })
    }

    async fn run(mut self) {
        while !self.stopping {
            self.wait().await;
            if let Err(error) = self.turn() {
                tracing::error!(shard = self.index, %error, "shard cannot poll its sockets");
                self.pulse
                    .failed(format!("cannot poll its sockets: {error}"));
                return;
            }
            self.pulse.turned();
        }
        self.pulse.stopped();
    }

    /// Waits until there is something to do, and takes in the letter that may have come.
    async fn wait(&mut self) {
        let deadline = self.shard.poll_timeout();
        let deadline = deadline.map(|moment| self.shared.clock.instant(moment).into());
        let congested = self.congested.clone();
        tokio::select! {
            biased;
            // Nothing is read while a shard takes no relays, so there is no use in looking.
            _ = self.sockets.ready(), if congested.is_none() => {}
            letter = self.inbox.recv() => match letter {
                Some(letter) => self.open_letter(letter),
                None => self.stopping = true,
            },
            // Some have said something already, and that goes where everything goes.
            Some(newcomer) = self.newcomers.recv(), if congested.is_none() => {
                self.welcome(newcomer);
            }
            () = sleep_until(deadline) => {}
            () = room_at(congested) => {}
        }
    }

    /// One turn: everything that happened, then everything that follows from it, then one write for
    /// each connection that has something to be sent.
    fn turn(&mut self) -> io::Result<()> {
        self.io.turns += 1;
        let now = self.now();
        let mut ready = std::mem::take(&mut self.ready);
        self.sockets.poll(&mut ready)?;
        for socket in &ready {
            self.socket_ready(now, *socket);
            if self.shard.turn_bytes() > TURN_BYTES {
                self.settle();
            }
        }
        self.ready = ready;
        for _ in 0..LETTERS {
            let Ok(letter) = self.inbox.try_recv() else {
                break;
            };
            self.open_letter(letter);
            if self.shard.turn_bytes() > TURN_BYTES {
                self.settle();
            }
        }
        while self.congested.is_none()
            && let Ok(newcomer) = self.newcomers.try_recv()
        {
            self.welcome(newcomer);
        }
        if self.shard.poll_timeout().is_some_and(|due| due <= now) {
            self.shard.handle_timeout(now);
        }
        self.settle();
        Ok(())
    }

    /// Does what the state machine asks for until it asks for nothing.
    fn settle(&mut self) {
        loop {
            let mut busy = false;
            while let Some(output) = self.shard.poll_output() {
                busy = true;
                self.perform(output);
            }
            busy |= self.hear_released();
            busy |= self.transmit();
            busy |= self.shard.end_turn(self.now());
            if !busy {
                break;
            }
        }
        self.publish();
        self.post_relays();
    }

    fn now(&self) -> Moment {
        self.shared.clock.moment()
    }
}

/// An empty table, which writes to many sockets at once if it may and can.
fn sockets(shared: &Shared) -> io::Result<Sockets> {
    let mut sockets = Sockets::new(EVENTS)?;
    if shared.settings.io_uring
        && let Err(error) = sockets.use_io_uring()
    {
        tracing::info!(%error, "no io_uring here: sockets are written one after the other");
    }
    Ok(sockets)
}

async fn sleep_until(deadline: Option<time::Instant>) {
    match deadline {
        Some(deadline) => time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Ends when a shard that took no more relays takes some again.
async fn room_at(congested: Option<ShardSender>) {
    match congested {
        Some(shard) => drop(shard.reserve().await),
        None => std::future::pending().await,
    }
}
