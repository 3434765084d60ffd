//! What is left over in a running hub although nothing should keep it.

mod allowance;
mod descriptors;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::oneshot,
    task,
    time::{self, Instant},
};
use wirehub_core::{Audit, AuditPlace, Stray};

use self::descriptors::{Descriptors, Holders};
use crate::{
    letter::{Letter, ShardSender},
    shared::Shared,
    tasks::Tasks,
};

/// How long a shard that is being looked through may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a socket may be on its way from one holder to another.
const UNHELD: Duration = Duration::from_secs(30);

/// What can be left over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LeakKind {
    /// A connection without traffic or heartbeat that nobody ends.
    Connection,
    /// A subscription without a connection.
    Subscription,
    /// A session that is kept for longer than its client may stay away.
    Session,
    /// A task that is older, or waits for longer, than its kind ever should.
    Task,
    /// A socket that was accepted and that nothing in the hub holds.
    Descriptor,
}

impl LeakKind {
    /// All of them, in the order of documents.
    pub const ALL: [Self; 5] = [
        Self::Connection,
        Self::Subscription,
        Self::Session,
        Self::Task,
        Self::Descriptor,
    ];

    /// Its name in metrics and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Subscription => "subscription",
            Self::Session => "session",
            Self::Task => "task",
            Self::Descriptor => "descriptor",
        }
    }
}

/// Something that is left over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leak {
    /// What kind of thing it is.
    pub kind: LeakKind,
    /// Which one.
    pub what: String,
    /// Where it came from.
    pub born: String,
}

/// What the detector knows.
#[derive(Clone, Debug, Default)]
pub struct LeakReport {
    /// How often the hub was looked through.
    pub checks: u64,
    /// How long ago the last time was; `None` before the first.
    pub checked: Option<Duration>,
    /// What was left over then.
    pub leaks: Vec<Leak>,
    /// How many were ever found, by kind.
    pub found: BTreeMap<LeakKind, u64>,
}

/// Where the detector keeps what it knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leaks(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    checks: u64,
    checked: Option<Instant>,
    /// Seen once: things that come and go may look like a leak for a moment.
    suspects: BTreeSet<Leak>,
    leaks: BTreeSet<Leak>,
    found: BTreeMap<LeakKind, u64>,
}

impl Leaks {
    pub(crate) fn report(&self) -> LeakReport {
        let known = self.known();
        LeakReport {
            checks: known.checks,
            checked: known.checked.map(|checked| checked.elapsed()),
            leaks: known.leaks.iter().cloned().collect(),
            found: known.found.clone(),
        }
    }

    /// Takes in what one look found. A leak is what was found twice in a row; each is told of once.
    fn found(&self, suspects: BTreeSet<Leak>) {
        let mut known = self.known();
        let confirmed = suspects.intersection(&known.suspects);
        let confirmed: BTreeSet<_> = confirmed.cloned().collect();
        for leak in confirmed.difference(&known.leaks.clone()) {
            *known.found.entry(leak.kind).or_default() += 1;
            let Leak { kind, what, born } = leak;
            tracing::error!(kind = kind.name(), what, born, "leak");
        }
        known.checks += 1;
        known.checked = Some(Instant::now());
        known.suspects = suspects;
        known.leaks = confirmed;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks through a hub again and again.
pub(crate) struct Detector {
    pub(crate) shards: Vec<ShardSender>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) tasks: Tasks,
    /// The port of the hub's own listener.
    pub(crate) port: Option<u16>,
}

impl Detector {
    /// Looks once in each interval, for ever.
    pub(crate) async fn run(self) {
        let mut interval = time::interval(self.shared.settings.leak_check);
        interval.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        let mut descriptors = Descriptors::default();
        loop {
            interval.tick().await;
            descriptors = self.look(descriptors).await;
        }
    }

    async fn look(&self, descriptors: Descriptors) -> Descriptors {
        // First what is open, then who may have it: what comes meanwhile is not looked at.
        let open = task::spawn_blocking(descriptors::open);
        let open = open.await.unwrap_or_default();
        let tasks = self.tasks.list();
        let mut suspects = allowance::overdue(&tasks, &self.shared.settings);
        let mut held = BTreeSet::new();
        let mut all_answered = true;
        for shard in &self.shards {
            match look_through(shard, &mut suspects).await {
                Some(sockets) => held.extend(sockets),
                // What a silent shard holds is not known, so nothing can be missed.
                None => all_answered = false,
            }
        }
        let Some(port) = self.port.filter(|_| all_answered) else {
            self.shared.leaks.found(suspects);
            return descriptors;
        };
        let tasks = tasks.iter().filter(|task| allowance::holds_a_socket(task));
        let holders = Holders {
            held,
            tasks: tasks.count(),
        };
        let look = move || {
            let mut descriptors = descriptors;
            let leaks = descriptors.look(&open, &holders, port, UNHELD);
            (descriptors, leaks)
        };
        let (descriptors, leaks) = task::spawn_blocking(look).await.unwrap_or_default();
        suspects.extend(leaks);
        self.shared.leaks.found(suspects);
        descriptors
    }
}

/// Looks through one shard, a part at a time; returns the descriptors of its sockets, or `None`
/// when it does not answer.
async fn look_through(shard: &ShardSender, suspects: &mut BTreeSet<Leak>) -> Option<Vec<i32>> {
    let (mut place, mut sockets) = (Some(AuditPlace::default()), None);
    while let Some(from) = place {
        let audited = ask(shard, from).await?;
        suspects.extend(audited.audit.strays.iter().map(Leak::from));
        sockets = sockets.or(audited.sockets);
        place = audited.audit.next;
    }
    sockets
}

/// What a shard answers.
#[derive(Debug)]
pub(crate) struct Audited {
    pub(crate) audit: Audit,
    /// The descriptors of all sockets of the shard, with the first part.
    pub(crate) sockets: Option<Vec<i32>>,
}

async fn ask(shard: &ShardSender, from: AuditPlace) -> Option<Audited> {
    let (answer, answered) = oneshot::channel();
    let asked = async {
        shard.send(Letter::Audit(from, answer)).await.ok()?;
        answered.await.ok()
    };
    time::timeout(PATIENCE, asked).await.ok()?
}

impl From<&Stray> for Leak {
    fn from(stray: &Stray) -> Self {
        let (kind, what, born) = match stray {
            Stray::Connection { connection, .. } => (
                LeakKind::Connection,
                format!("connection {connection}, which no timer looks at"),
                format!("shard {}", connection.shard()),
            ),
            Stray::Subscriber { filter, slot } => (
                LeakKind::Subscription,
                format!("a subscription to {filter} without a connection"),
                format!("slot {slot}"),
            ),
            Stray::Subscription { connection } => (
                LeakKind::Subscription,
                format!("a subscription of {connection} to nothing"),
                format!("shard {}", connection.shard()),
            ),
            Stray::Session { connection, .. } => (
                LeakKind::Session,
                format!("the session of {connection}, past its end"),
                format!("shard {}", connection.shard()),
            ),
            other => (LeakKind::Connection, other.name().to_owned(), String::new()),
        };
        Self { kind, what, born }
    }
}

#[cfg(test)]
mod tests;
