//! Sockets that clients opened and that nothing in the hub holds.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::{Duration, Instant},
};

use super::{Leak, LeakKind};

/// The state of a socket that listens (include/net/tcp_states.h).
const LISTENS: &str = "0A";

/// What was seen of sockets so far. A socket is known by its inode, which no other gets while it is
/// open.
#[derive(Debug, Default)]
pub(super) struct Descriptors {
    /// Since when no shard had a socket.
    unheld: BTreeMap<u64, Instant>,
    /// Those among them that do not belong to the hub's listener.
    others: BTreeSet<u64>,
}

/// Who holds sockets of clients.
#[derive(Clone, Debug, Default)]
pub(super) struct Holders {
    /// The descriptors of all shards.
    pub(super) held: BTreeSet<i32>,
    /// Tasks that may hold one each.
    pub(super) tasks: usize,
}

/// The descriptors that this process has open (proc_pid_fd(5)).
pub(super) fn open() -> BTreeSet<i32> {
    let open = fs::read_dir("/proc/self/fd").into_iter().flatten();
    let names = open.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter_map(|name| name.parse().ok()).collect()
}

impl Descriptors {
    /// Names sockets of clients that are open, that for a time no shard held, and that are more
    /// than the tasks which may hold one each.
    pub(super) fn look(
        &mut self,
        open: &BTreeSet<i32>,
        holders: &Holders,
        port: u16,
        grace: Duration,
    ) -> Vec<Leak> {
        let open = open.difference(&holders.held);
        let open = open.filter_map(|descriptor| Some((inode(*descriptor)?, *descriptor)));
        let open: BTreeMap<_, _> = open.collect();
        self.unheld.retain(|inode, _| open.contains_key(inode));
        let long = |since: &Instant| since.elapsed() > grace;
        let unheld = self.unheld.iter().filter(|(_, since)| long(since));
        let unheld: BTreeSet<_> = unheld.map(|(inode, _)| *inode).collect();
        for inode in open.keys() {
            self.unheld.entry(*inode).or_insert_with(Instant::now);
        }
        let peers = self.peers(port, &unheld);
        // Which of them the tasks hold cannot be seen; those that came last are likelier to be.
        let leaked = peers.len().saturating_sub(holders.tasks);
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
    fn peers(&mut self, port: u16, sockets: &BTreeSet<u64>) -> BTreeMap<u64, SocketAddr> {
        self.others.retain(|inode| sockets.contains(inode));
        let unknown: BTreeSet<_> = sockets.difference(&self.others).copied().collect();
        if unknown.is_empty() {
            return BTreeMap::new();
        }
        let peers = peers(port, &unknown);
        let others = unknown.iter().filter(|inode| !peers.contains_key(inode));
        self.others.extend(others);
        peers
    }
}

/// The inode of a socket; `None` for what is none.
fn inode(descriptor: i32) -> Option<u64> {
    let target = fs::read_link(format!("/proc/self/fd/{descriptor}")).ok()?;
    let name = target.to_str()?.strip_prefix("socket:[")?;
    name.strip_suffix(']')?.parse().ok()
}

/// Who is at the other end of these sockets, for those of the listener at a port (proc_net(5)).
fn peers(port: u16, sockets: &BTreeSet<u64>) -> BTreeMap<u64, SocketAddr> {
    let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];
    let tables = tables.map(|table| fs::read_to_string(table).unwrap_or_default());
    let rows = tables.iter().flat_map(|table| table.lines());
    let rows = rows.filter_map(|row| peer(row, port));
    rows.filter(|(inode, _)| sockets.contains(inode)).collect()
}

/// The inode and the peer in a row of such a table, if it is a connection of the listener.
fn peer(row: &str, port: u16) -> Option<(u64, SocketAddr)> {
    let mut fields = row.split_whitespace().skip(1);
    let (local, remote, state) = (fields.next()?, fields.next()?, fields.next()?);
    let inode = fields.nth(5)?.parse().ok()?;
    (address(local)?.port() == port && state != LISTENS).then_some((inode, address(remote)?))
}

/// An address as the kernel writes it: words of four bytes in the order of the machine, then the
/// port.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let words = ip.as_bytes().chunks_exact(8).map(|word| {
        let word = u32::from_str_radix(str::from_utf8(word).ok()?, 16).ok()?;
        Some(word.to_ne_bytes())
    });
    let bytes: Vec<u8> = words.collect::<Option<Vec<_>>>()?.concat();
    let ip = match bytes.len() {
        4 => IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
        _ => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
    };
    let port = u16::from_str_radix(port, 16).ok()?;
    Some(SocketAddr::new(ip.to_canonical(), port))
}

#[cfg(test)]
mod tests {
    use std::{
        net::{TcpListener, TcpStream},
        os::fd::AsRawFd as _,
    };

    use super::*;

    #[test]
    fn rows_of_the_kernel_are_read() {
        let row = "   1: 0100007F:1F90 0200007F:C350 01 00000000:00000000 00:00000000 00000000     \
                   0        0 4711 1 0000000000000000 20 4 30 10 -1";
        let read = |port| peer(row, port).map(|(inode, peer)| (inode, peer.to_string()));
        if cfg!(target_endian = "little") {
            assert_eq!(read(8080), Some((4711, "127.0.0.2:50000".to_owned())));
        }
        assert_eq!(read(8081), None);
        assert_eq!(peer(&row.replace(" 01 ", " 0A "), 8080), None);
        assert_eq!(peer("  sl  local_address rem_address", 8080), None);
    }

    #[test]
    fn a_socket_that_nothing_holds_is_found_at_the_second_look() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let client = TcpStream::connect(address).unwrap();
        // The leak that is planted: accepted, and in nobody's table.
        let (leaked, _) = listener.accept().unwrap();
        let mut descriptors = Descriptors::default();
        let mut look = |held: &[i32], tasks| {
            let held = held.iter().copied().collect();
            let holders = Holders { held, tasks };
            descriptors.look(&open(), &holders, address.port(), Duration::ZERO)
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
