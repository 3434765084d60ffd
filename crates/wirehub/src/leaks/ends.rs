//! The two ends of sockets of this process.

use std::{
    collections::BTreeMap,
    fs::File,
    net::SocketAddr,
    os::{fd::AsRawFd as _, unix::fs::MetadataExt as _},
};

use rustix::{
    fd::OwnedFd,
    net::{getpeername, getsockname},
    process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open},
};

use super::tcp_table::{self, State};

/// A connection, seen from this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) local: SocketAddr,
    pub(super) remote: SocketAddr,
}

/// The ends of those of these sockets that are connected by TCP. A socket is given and found by
/// its inode; each comes with its descriptor.
pub(super) fn of(sockets: &BTreeMap<u64, i32>) -> BTreeMap<u64, Ends> {
    let Some(duplicates) = Duplicates::new() else {
        return from_tables(sockets);
    };
    let ends = sockets.iter();
    ends.filter_map(|(inode, at)| Some((*inode, duplicates.ends(*at, *inode)?)))
        .collect()
}

/// The same, from tables that hold every socket of the network namespace.
fn from_tables(sockets: &BTreeMap<u64, i32>) -> BTreeMap<u64, Ends> {
    let rows =
        tcp_table::rows(|row| row.state != State::Listens && sockets.contains_key(&row.inode));
    let ends = rows.into_iter().map(|row| {
        let (local, remote) = (row.local, row.remote);
        (row.inode, Ends { local, remote })
    });
    ends.collect()
}

/// Looks at descriptors of this process that others own, through duplicates that last for the look
/// (pidfd_getfd(2)).
struct Duplicates(OwnedFd);

impl Duplicates {
    /// `None` where the kernel has no such call, or a container forbids it.
    fn new() -> Option<Self> {
        let this = Self(pidfd_open(getpid(), PidfdFlags::empty()).ok()?);
        // Its own descriptor is open for certain.
        this.of(this.0.as_raw_fd()).map(|_| this)
    }

    /// The ends of the socket with this inode, if the descriptor is still open on it.
    fn ends(&self, descriptor: i32, inode: u64) -> Option<Ends> {
        let socket = File::from(self.of(descriptor)?);
        if socket.metadata().ok()?.ino() != inode {
            return None;
        }
        let local = SocketAddr::try_from(getsockname(&socket).ok()?).ok()?;
        let remote = SocketAddr::try_from(getpeername(&socket).ok()??).ok()?;
        Some(Ends {
            local: plain(local),
            remote: plain(remote),
        })
    }

    fn of(&self, descriptor: i32) -> Option<OwnedFd> {
        pidfd_getfd(&self.0, descriptor, PidfdGetfdFlags::empty()).ok()
    }
}

/// An address of IPv4 as such, although its socket is one of IPv6.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream, UdpSocket};

    use super::*;

    #[test]
    fn both_ways_find_the_same() {
        let listener = TcpListener::bind("[::]:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let client = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let (accepted, from) = listener.accept().unwrap();
        let other = UdpSocket::bind("127.0.0.1:0").unwrap();
        let inode = |socket: &dyn AsRawFd| {
            let at = socket.as_raw_fd();
            let link = std::fs::metadata(format!("/proc/self/fd/{at}")).unwrap();
            (link.ino(), at)
        };
        let wanted = inode(&accepted);
        let sockets = BTreeMap::from([inode(&listener), inode(&other), wanted]);
        let ends = Ends {
            local: client.peer_addr().unwrap(),
            remote: plain(from),
        };
        let expected = BTreeMap::from([(wanted.0, ends)]);
        assert_eq!(of(&sockets), expected);
        assert_eq!(from_tables(&sockets), expected);
        // A container may forbid it.
        if let Some(duplicates) = Duplicates::new() {
            assert_eq!(duplicates.ends(wanted.1, wanted.0), Some(ends));
            let reused = inode(&client).1;
            assert_eq!(duplicates.ends(reused, wanted.0), None);
        }
    }
}
