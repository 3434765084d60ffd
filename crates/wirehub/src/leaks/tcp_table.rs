//! The kernel's tables of TCP sockets (proc_net(5)).

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

/// As much of a table as is read at a time.
const PART_BYTES: usize = 64 * 1024;

/// One socket in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) inode: u64,
    pub(super) local: SocketAddr,
    pub(super) remote: SocketAddr,
    pub(super) state: State,
}

/// What a socket does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Both ends are there.
    Established,
    /// It waits for others to connect.
    Listens,
    /// The other end is gone, or is not there yet.
    Other,
}

/// Those sockets of this network namespace that somebody wants to see. There may be millions, of
/// other processes too, so that only a part of the tables is in memory at a time.
pub(super) fn rows(wanted: impl Fn(&Row) -> bool) -> Vec<Row> {
    let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];
    let tables = tables
        .into_iter()
        .filter_map(|table| File::open(table).ok());
    let lines = tables.flat_map(|table| BufReader::with_capacity(PART_BYTES, table).split(b'\n'));
    let rows = lines.map_while(Result::ok).filter_map(|line| parse(&line));
    rows.filter(wanted).collect()
}

fn parse(line: &[u8]) -> Option<Row> {
    let mut fields = str::from_utf8(line).ok()?.split_whitespace().skip(1);
    let (local, remote, state) = (fields.next()?, fields.next()?, fields.next()?);
    Some(Row {
        inode: fields.nth(5)?.parse().ok()?,
        local: address(local)?,
        remote: address(remote)?,
        // include/net/tcp_states.h
        state: match state {
            "01" => State::Established,
            "0A" => State::Listens,
            _ => State::Other,
        },
    })
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
    use super::*;

    #[test]
    fn rows_of_the_kernel_are_read() {
        let line = "   1: 0100007F:1F90 0200007F:C350 01 00000000:00000000 00:00000000 00000000    \
                    0        0 4711 1 0000000000000000 20 4 30 10 -1";
        let row = parse(line.as_bytes()).unwrap();
        assert_eq!((row.inode, row.state), (4711, State::Established));
        if cfg!(target_endian = "little") {
            assert_eq!(row.local.to_string(), "127.0.0.1:8080");
            assert_eq!(row.remote.to_string(), "127.0.0.2:50000");
        }
        let state = |state: &str| {
            let row = parse(line.replace(" 01 ", state).as_bytes());
            row.map(|row| row.state)
        };
        assert_eq!(state(" 0A "), Some(State::Listens));
        assert_eq!(state(" 08 "), Some(State::Other));
        assert_eq!(parse(b"  sl  local_address rem_address"), None);
    }
}
