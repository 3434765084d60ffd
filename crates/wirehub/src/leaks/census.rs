//! Descriptors of the whole process that the hub's registry does not explain, by kind.
//!
//! A healthy process has a few of each kind: listeners, the admin side's connections, polls, files
//! that are written. How many is nobody's rule; that they become more and more while the load does
//! not is one.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Leak, LeakKind,
    climb::{Climb, Found, Margin},
    target::Target,
    tcp_table::{self, Row, State},
};

/// How many more than ever may be open of a kind.
const LEAST: u64 = 16;
/// The same for sockets, which others open too.
const SOCKETS: u64 = 64;
/// How many places are named.
const NAMED: usize = 3;

/// Kinds of descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Socket,
    Pipe,
    Poll,
    Nameless,
    File,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::Socket,
        Self::Pipe,
        Self::Poll,
        Self::Nameless,
        Self::File,
    ];

    fn of(target: &Target) -> Self {
        match target {
            Target::Socket(_) => Self::Socket,
            Target::Pipe => Self::Pipe,
            Target::Nameless(name) if name == "eventpoll" => Self::Poll,
            Target::Nameless(_) => Self::Nameless,
            Target::File(_) => Self::File,
        }
    }

    const fn plural(self) -> &'static str {
        match self {
            Self::Socket => "sockets",
            Self::Pipe => "ends of pipes",
            Self::Poll => "epoll descriptors",
            Self::Nameless => "descriptors without a file",
            Self::File => "files",
        }
    }

    const fn margin(self) -> Margin {
        let least = match self {
            Self::Socket => SOCKETS,
            _ => LEAST,
        };
        Margin { least, caches: 0 }
    }
}

/// What was seen of them so far.
#[derive(Debug)]
pub(super) struct Census(BTreeMap<Kind, Watched>);

/// One kind.
#[derive(Debug)]
struct Watched {
    climb: Climb,
    leak: Option<Leak>,
}

impl Default for Census {
    fn default() -> Self {
        let watched = |kind: Kind| Watched {
            climb: Climb::new(kind.margin()),
            leak: None,
        };
        Self(Kind::ALL.map(|kind| (kind, watched(kind))).into())
    }
}

impl Census {
    /// Names kinds of which more and more are open. So many sockets are in the hands of tasks.
    pub(super) fn look(
        &mut self,
        unheld: &BTreeMap<i32, Target>,
        tasks: usize,
        is_record: bool,
    ) -> Vec<Leak> {
        let mut leaks = Vec::new();
        for (kind, watched) in &mut self.0 {
            let targets = unheld.values().filter(|target| Kind::of(target) == *kind);
            let targets: Vec<_> = targets.collect();
            let explained = if *kind == Kind::Socket { tasks } else { 0 };
            let level = targets.len().saturating_sub(explained) as u64;
            watched.leak = match watched.climb.look(level, is_record) {
                Found::Nothing | Found::Learned => None,
                Found::Climbs(_) | Found::StaysUp => watched.leak.take().or_else(|| {
                    let bound = watched.climb.bound() + explained as u64;
                    leak(*kind, &targets, bound)
                }),
            };
            leaks.extend(watched.leak.clone());
        }
        leaks
    }
}

/// The leak that these are, unless not even the bound is left of them without those that others
/// keep open. Its words stay the same for as long as it is there.
fn leak(kind: Kind, targets: &[&Target], bound: u64) -> Option<Leak> {
    let names = match kind {
        Kind::Socket => places(targets),
        _ => targets.iter().map(|target| name(target)).collect(),
    };
    let count = names.len();
    if count as u64 <= bound {
        return None;
    }
    let mut counts = BTreeMap::<_, usize>::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let named = counts.iter().take(NAMED);
    let named: Vec<_> = named
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    let plural = kind.plural();
    Some(Leak {
        kind: LeakKind::Descriptor,
        what: format!("{count} {plural} that nothing explains, and still more"),
        born: named.join(", "),
    })
}

fn name(target: &Target) -> String {
    match target {
        Target::File(path) => format!("of {path}"),
        Target::Nameless(name) => format!("of {name}"),
        Target::Pipe => "of pipes".to_owned(),
        Target::Socket(_) => "not of TCP".to_owned(),
    }
}

/// Where sockets lead to. Those are left out that somebody else opened and keeps open: connections
/// to a port on which this process listens. They end when their peers end.
fn places(targets: &[&Target]) -> Vec<String> {
    let inodes = targets.iter().filter_map(|target| match target {
        Target::Socket(inode) => Some(*inode),
        _ => None,
    });
    let inodes: BTreeSet<_> = inodes.collect();
    let rows = tcp_table::rows(|row| inodes.contains(&row.inode));
    let listening = rows.iter().filter(|row| row.state == State::Listens);
    let listening: BTreeSet<_> = listening.map(|row| row.local.port()).collect();
    let rows: BTreeMap<_, _> = rows.iter().map(|row| (row.inode, row)).collect();
    let place = |inode: &u64| match rows.get(inode) {
        None => Some("not of TCP, or not connected".to_owned()),
        Some(row) => place(row, &listening),
    };
    inodes.iter().filter_map(place).collect()
}

fn place(row: &Row, listening: &BTreeSet<u16>) -> Option<String> {
    let port = row.local.port();
    let is_incoming = listening.contains(&port);
    match row.state {
        State::Listens => Some(format!("that listen at port {port}")),
        State::Established if is_incoming => None,
        State::Other if is_incoming => Some(format!("at port {port}, whose peers are gone")),
        State::Established | State::Other => Some(format!("to {}", row.remote)),
    }
}

#[cfg(test)]
mod tests;
