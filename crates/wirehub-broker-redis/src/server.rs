//! The server, as this process knows it.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::runtime::Handle;
use wirehub_broker::{
    BrokerError, NodeName,
    meeting::{Ahead, Looks},
};

use crate::{
    RedisSettings,
    command::Command,
    connector::Connector,
    crowd_calls::{self, Held},
    failure::{answered, answered_of},
    keys::Keys,
    lane::Lane,
    layout::Layout,
    node_calls,
    reply::{list, one, text},
    seat::Seat,
};

/// Members that are taken out together.
const TOGETHER: usize = 256;

/// Whatever was noted was noted before this: scripts count exactly so far.
const LAST_NOTE: u64 = 1 << 53;

/// Attempts to take a name whose former owner has left something to be looked after.
const ATTEMPTS: usize = 4;

/// What all nodes of this process share.
pub(crate) struct Server {
    pub(crate) settings: RedisSettings,
    pub(crate) keys: Keys,
    pub(crate) connector: Arc<Connector>,
    pub(crate) layout: Arc<Layout>,
    /// Publications and whatever has to keep its order with them.
    pub(crate) topics: Lane,
    /// Members, nodes and words between nodes.
    pub(crate) nodes: Lane,
    pub(crate) runtime: Handle,
    ahead: Ahead,
    looks: Looks,
    started: Instant,
    stopped: AtomicBool,
    seats: Mutex<Vec<Weak<Seat>>>,
    random: RandomState,
    incarnations: AtomicU64,
    notes: AtomicU64,
}

impl Server {
    pub(crate) fn new(
        settings: RedisSettings,
        keys: Keys,
        (connector, layout): (Arc<Connector>, Arc<Layout>),
        (topics, nodes): (Lane, Lane),
        runtime: Handle,
        ahead: Ahead,
    ) -> Self {
        Self {
            settings,
            keys,
            connector,
            layout,
            topics,
            nodes,
            runtime,
            ahead,
            looks: Looks::default(),
            started: Instant::now(),
            stopped: AtomicBool::new(false),
            seats: Mutex::default(),
            random: RandomState::new(),
            incarnations: AtomicU64::new(0),
            notes: AtomicU64::new(0),
        }
    }

    /// Time since the start, for what this process measures by itself.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed() + self.ahead.get()
    }

    /// The name of one stay of a node, which no other stay has.
    pub(crate) fn incarnation(&self) -> String {
        let number = self.incarnations.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}", self.random.hash_one(number))
    }

    /// A number that is larger than all that were given before.
    pub(crate) fn note(&self) -> u64 {
        self.notes.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// From now on nothing is asked any more; whether this is the first time.
    pub(crate) fn stop(&self) -> bool {
        !self.stopped.swap(true, Ordering::SeqCst)
    }

    fn lock_seats(&self) -> MutexGuard<'_, Vec<Weak<Seat>>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add_seat(&self, seat: &Arc<Seat>) {
        let mut seats = self.lock_seats();
        seats.retain(|seat| seat.strong_count() > 0);
        seats.push(Arc::downgrade(seat));
    }

    /// The nodes of this process.
    pub(crate) fn seats(&self) -> Vec<Arc<Seat>> {
        self.lock_seats().iter().filter_map(Weak::upgrade).collect()
    }

    /// Asks about nodes and members, one command.
    pub(crate) async fn ask_nodes(&self, command: Command) -> Result<redis::Value, BrokerError> {
        one(self.nodes.ask(vec![command], 0).await?).and_then(answered)
    }

    /// Takes a name, and looks after whatever its former owner has left.
    pub(crate) async fn claim(
        &self,
        node: &NodeName,
        incarnation: &str,
        lease: Duration,
    ) -> Result<(), BrokerError> {
        for _ in 0..ATTEMPTS {
            self.keep_house().await?;
            let bound = self.settings.nodes;
            let claim = node_calls::claim(&self.keys, (node, incarnation), lease, bound);
            let answer = self.ask_nodes(claim).await?;
            match text(Some(answer))?.as_str() {
                "ok" => return Ok(()),
                "many" => return Err(BrokerError::TooManyNodes(bound)),
                // Its lease ended just now.
                "over" => {}
                _ => return Err(BrokerError::NameTaken(node.clone())),
            }
        }
        Err(BrokerError::Overloaded)
    }

    /// Ends leases that are over, and takes out the members that their nodes had.
    pub(crate) async fn keep_house(&self) -> Result<(), BrokerError> {
        let expire = node_calls::expire(&self.keys);
        let (leases, ended) = node_calls::ended(self.ask_nodes(expire).await?)?;
        self.looks.looked(self.elapsed(), leases);
        for (node, incarnation) in ended {
            self.sweep(&node, &incarnation).await?;
        }
        Ok(())
    }

    /// The same, unless it is not due: it was done a moment ago, or the many other nodes see to it.
    pub(crate) async fn keep_house_in_turn(&self) -> Result<(), BrokerError> {
        match self.looks.is_due(self.elapsed()) {
            true => self.keep_house().await,
            false => Ok(()),
        }
    }

    /// Takes out all members of a node's stay.
    pub(crate) async fn sweep(
        &self,
        node: &NodeName,
        incarnation: &str,
    ) -> Result<(), BrokerError> {
        let held = self
            .ask_nodes(crowd_calls::holds(&self.keys, incarnation))
            .await?;
        let mut members = Vec::new();
        for row in list(held)? {
            // What is not a row of ours is left alone.
            members.extend(Held::read(&text(Some(row))?));
        }
        for some in members.chunks(TOGETHER) {
            self.part_with(some, (node, incarnation), LAST_NOTE).await?;
        }
        Ok(())
    }

    /// Takes out members of a node's stay that were noted up to this number.
    pub(crate) async fn part_with(
        &self,
        members: &[Held],
        (node, incarnation): (&NodeName, &str),
        number: u64,
    ) -> Result<(), BrokerError> {
        let leave = |held| crowd_calls::leave(&self.keys, held, (node, incarnation));
        let answers = self
            .nodes
            .ask(members.iter().map(leave).collect(), 0)
            .await?;
        let (mut gone, mut outcome) = (Vec::new(), Ok(()));
        for (held, answer) in members.iter().zip(answers) {
            match answer.and_then(|answer| answered_of(&held.topic, answer)) {
                Ok(_) => gone.push(held),
                // A topic whose members are damaged does not keep the others, nor the node.
                Err(error @ BrokerError::Damaged { .. }) => {
                    gone.push(held);
                    tracing::warn!(%error, "a member cannot be taken out");
                }
                Err(error) => outcome = Err(error),
            }
        }
        let gone = gone.into_iter();
        let release = crowd_calls::release(&self.keys, incarnation, gone, number);
        self.ask_nodes(release).await.and(outcome)
    }
}
