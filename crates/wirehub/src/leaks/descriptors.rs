//! Sockets that clients opened and that nothing in the hub holds.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    time::{Duration, Instant},
};

use super::{
    Leak, LeakKind,
    ends::{self, Ends},
    target::Target,
};

/// What was seen of sockets so far. A socket is known by its inode, which no other gets while it is
/// open.
#[derive(Debug, Default)]
pub(super) struct Descriptors {
    /// Since when no shard had a socket.
    unheld: BTreeMap<u64, Instant>,
    /// Those among them that do not belong to the hub's listener.
    others: BTreeSet<u64>,
}

impl Descriptors {
    /// Names sockets of clients that are open, that for a time no shard held, and that are more
    /// than the tasks which may hold one each.
    pub(super) fn look(
        &mut self,
        unheld: &BTreeMap<i32, Target>,
        tasks: usize,
        port: u16,
        grace: Duration,
    ) -> Vec<Leak> {
        let open = unheld
            .iter()
            .filter_map(|(descriptor, target)| match target {
                Target::Socket(inode) => Some((*inode, *descriptor)),
                _ => None,
            });
        let open: BTreeMap<_, _> = open.collect();
        self.unheld.retain(|inode, _| open.contains_key(inode));
        let long = |since: &Instant| since.elapsed() > grace;
        let unheld = self.unheld.iter().filter(|(_, since)| long(since));
        let unheld = unheld.filter_map(|(inode, _)| Some((*inode, *open.get(inode)?)));
        let unheld: BTreeMap<_, _> = unheld.collect();
        for inode in open.keys() {
            self.unheld.entry(*inode).or_insert_with(Instant::now);
        }
        let peers = self.peers(port, &unheld);
        // Which of them the tasks hold cannot be seen; those that came last are likelier to be.
        let leaked = peers.len().saturating_sub(tasks);
        let mut leaks: Vec<_> = peers.into_iter().collect();
        leaks.sort_by_key(|(inode, _)| self.unheld.get(inode).copied());
        leaks.truncate(leaked);
        let leaks = leaks.into_iter();
        let leaks = leaks.filter_map(|(inode, peer)| Some((open.get(&inode)?, peer)));
        leaks
            .map(|(descriptor, peer)| Leak {
                kind: LeakKind::Descriptor,
                what: format!("descriptor {descriptor}, a socket that nothing holds"),
                born: format!("accepted at port {port} from {peer}"),
            })
            .collect()
    }

    /// Who is at the other end of those sockets that belong to the listener.
    fn peers(&mut self, port: u16, sockets: &BTreeMap<u64, i32>) -> BTreeMap<u64, SocketAddr> {
        self.others.retain(|inode| sockets.contains_key(inode));
        let unknown = sockets
            .iter()
            .filter(|(inode, _)| !self.others.contains(inode));
        let unknown: BTreeMap<_, _> = unknown.map(|(inode, at)| (*inode, *at)).collect();
        if unknown.is_empty() {
            return BTreeMap::new();
        }
        let ends = ends::of(&unknown).into_iter();
        let accepted = ends.filter(|(_, ends)| ends.local.port() == port);
        let peers: BTreeMap<_, _> = accepted
            .map(|(inode, Ends { remote, .. })| (inode, remote))
            .collect();
        let others = unknown.keys().filter(|inode| !peers.contains_key(inode));
        self.others.extend(others);
        peers
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::{TcpListener, TcpStream},
        os::fd::AsRawFd as _,
    };

    use super::*;
    use crate::leaks::target;

    #[test]
    fn a_socket_that_nothing_holds_is_found_at_the_second_look() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let client = TcpStream::connect(address).unwrap();
        // The leak that is planted: accepted, and in nobody's table.
        let (leaked, _) = listener.accept().unwrap();
        let mut descriptors = Descriptors::default();
        let mut look = |held: &[i32], tasks| {
            let mut unheld = target::targets(&target::open());
            unheld.retain(|descriptor, _| !held.contains(descriptor));
            descriptors.look(&unheld, tasks, address.port(), Duration::ZERO)
        };
        assert_eq!(look(&[], 0), [], "it may be on its way");
        assert_eq!(look(&[], 1), [], "a task may hold it");
        let found = look(&[], 0);
        let peer = client.local_addr().unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            found[0].born,
            format!("accepted at port {} from {peer}", address.port())
        );
        assert!(found[0].what.contains(&leaked.as_raw_fd().to_string()));
        assert_eq!(look(&[leaked.as_raw_fd()], 0), []);
        drop(leaked);
        assert_eq!(look(&[], 0), []);
    }
}
