//! What is left over in a running hub although nothing should keep it.

mod allowance;
mod census;
mod climb;
mod descriptors;
mod detector;
mod ends;
mod load;
mod memory;
mod target;
mod tcp_table;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use wirehub_core::Stray;

pub(crate) use self::detector::{Audited, Detector};

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
    /// A socket that was accepted and that nothing in the hub holds, or ever more descriptors that
    /// nothing explains.
    Descriptor,
    /// Ever more memory that no owner accounts for.
    Memory,
}

impl LeakKind {
    /// All of them, in the order of documents.
    pub const ALL: [Self; 6] = [
        Self::Connection,
        Self::Subscription,
        Self::Session,
        Self::Task,
        Self::Descriptor,
        Self::Memory,
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
            Self::Memory => "memory",
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
