//! Which number is which node.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::{Mutex as Turn, Notify};
use wirehub_broker::{BrokerError, Link, MembersQuery, NodeName, Retention};
use wirehub_model::{ConnectionId, Member, Namespace, Topic, TopicFilter};

/// The topic whose members are the nodes themselves. Nobody may publish or subscribe there without
/// a right to exactly this name, as to all that begin with a dollar sign.
const NODES: &str = "$wirehub/nodes";
/// How often a number is tried before somebody is told that there is none.
const TRIES: usize = 32;
/// Nodes that are listed at a time.
const PAGE: usize = 256;

/// The numbers of the nodes of a cluster, which are in the names of their connections.
///
/// A number is held like a place on a topic, with the node's lease. A node takes one that it finds
/// free, and then looks again: of two that took the same at once, each sees the other and both try
/// another. So a number whose holder found itself alone stays its own as long as it has its lease.
pub(crate) struct Directory {
    link: Arc<dyn Link>,
    topic: Topic,
    known: Mutex<BTreeMap<u16, NodeName>>,
    /// Held while the list is read.
    turn: Turn<()>,
    /// How many readings have begun.
    readings: AtomicU64,
    /// Somebody came or went.
    pub(crate) changed: Arc<Notify>,
}

impl Directory {
    /// Opens the list. `changed` is told when a node comes or goes.
    pub(crate) async fn open(
        link: Arc<dyn Link>,
        changed: Arc<Notify>,
    ) -> Result<Self, BrokerError> {
        let topic = nodes_topic();
        // Nothing is published there.
        let nothing = Retention::from(&Namespace::new(TopicFilter::from(&topic)));
        link.open(topic.clone(), nothing).await?;
        let directory = Self {
            link,
            topic,
            known: Mutex::default(),
            turn: Turn::default(),
            readings: AtomicU64::new(0),
            changed,
        };
        directory.read().await?;
        Ok(directory)
    }

    /// Takes a number that no other node has; `None` when all are taken.
    pub(crate) async fn claim(&self) -> Result<Option<u16>, BrokerError> {
        for _ in 0..TRIES {
            let taken: BTreeSet<u16> = self.rows().await?.into_iter().map(|(n, _)| n).collect();
            let free: Vec<u16> = (0..ConnectionId::NODES_MAX as u16)
                .filter(|number| !taken.contains(number))
                .collect();
            // Those who look at the same time should not see the same number first.
            let draw = RandomState::new().hash_one(self.link.node().as_str());
            let Some(number) = free.get((draw % free.len().max(1) as u64) as usize) else {
                return Ok(None);
            };
            if self.hold(*number).await? {
                self.read().await?;
                return Ok(Some(*number));
            }
        }
        Ok(None)
    }

    /// Takes a number, or again after the lease had run out. Returns whether it is nobody else's;
    /// otherwise it is not held.
    pub(crate) async fn hold(&self, number: u16) -> Result<bool, BrokerError> {
        let place = ConnectionId::from_number(number.into());
        let member = Member {
            connection: place,
            user: None,
            info: None,
            state: None,
        };
        self.link.enter(self.topic.clone(), member).await?;
        let me = self.link.node();
        let mut rows = self.rows().await?.into_iter();
        let alone = !rows.any(|(held, node)| held == number && node != *me);
        if !alone {
            self.link.leave(self.topic.clone(), place).await?;
        }
        Ok(alone)
    }

    /// The node with a number. Who is not known may have come just now: then the list is read.
    pub(crate) async fn find(&self, number: u16) -> Result<Option<NodeName>, BrokerError> {
        if let Some(node) = self.name(number) {
            return Ok(Some(node));
        }
        self.read().await?;
        Ok(self.name(number))
    }

    /// Whether there is a node of a name. Who is not known may have come just now: then the list
    /// is read.
    pub(crate) async fn has(&self, node: &NodeName) -> Result<bool, BrokerError> {
        if self.knows(node) {
            return Ok(true);
        }
        self.read().await?;
        Ok(self.knows(node))
    }

    fn knows(&self, node: &NodeName) -> bool {
        self.known().values().any(|known| known == node)
    }

    /// The node with a number, as far as is known here.
    pub(crate) fn name(&self, number: u16) -> Option<NodeName> {
        self.known().get(&number).cloned()
    }

    /// All nodes that are known here, by their numbers.
    pub(crate) fn all(&self) -> BTreeMap<u16, NodeName> {
        self.known().clone()
    }

    /// Reads the list again whenever a node came or went.
    pub(crate) async fn keep(self: Arc<Self>) {
        loop {
            self.changed.notified().await;
            if let Err(error) = self.read().await {
                tracing::debug!(%error, "the list of nodes cannot be read yet");
            }
        }
    }

    /// Reads the list. Whoever asks while it is read waits for one reading that begins later, and
    /// all who do share it.
    async fn read(&self) -> Result<(), BrokerError> {
        let before = self.readings.load(Ordering::Relaxed);
        let _turn = self.turn.lock().await;
        if self.readings.load(Ordering::Relaxed) > before {
            return Ok(());
        }
        self.readings.fetch_add(1, Ordering::Relaxed);
        let rows = self.rows().await?;
        *self.known() = rows.into_iter().collect();
        Ok(())
    }

    async fn rows(&self) -> Result<Vec<(u16, NodeName)>, BrokerError> {
        let mut rows = Vec::new();
        let mut after = None;
        loop {
            let query = MembersQuery {
                topic: self.topic.clone(),
                limit: PAGE,
                after,
            };
            let page = self.link.members(query).await?;
            let last = page.members.last();
            after = last.map(|(node, member)| (member.connection, node.clone()));
            rows.extend(page.members.into_iter().filter_map(|(node, member)| {
                let number = u16::try_from(member.connection.number()).ok()?;
                Some((number, node))
            }));
            // A list that grows without end is not one of nodes.
            if !page.more || rows.len() > 2 * ConnectionId::NODES_MAX {
                return Ok(rows);
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<u16, NodeName>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The topic whose members are the nodes.
pub(crate) fn nodes_topic() -> Topic {
    Topic::parse(NODES).expect("it is a topic")
}
