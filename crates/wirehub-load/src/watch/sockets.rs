//! The sockets of a port by their state.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead as _, BufReader},
};

use crate::outcome::TcpState;

/// Counts the sockets of this machine whose own port is this one.
pub(super) fn count(port: u16) -> BTreeMap<TcpState, u64> {
    let mut counts = BTreeMap::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let Ok(file) = File::open(table) else {
            continue;
        };
        let lines = BufReader::new(file).lines().map_while(Result::ok);
        for state in lines.filter_map(|line| state(&line, port)) {
            *counts.entry(state).or_default() += 1;
        }
    }
    counts
}

/// The state of a line's socket if it is of that port: proc_net(5).
fn state(line: &str, port: u16) -> Option<TcpState> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (_, own) = fields.next()?.rsplit_once(':')?;
    if u16::from_str_radix(own, 16).ok()? != port {
        return None;
    }
    let state = u8::from_str_radix(fields.nth(1)?, 16).ok()?;
    Some(match state {
        1 => TcpState::Established,
        3 | 12 => TcpState::SynReceived,
        4 | 5 | 11 => TcpState::FinWait,
        6 => TcpState::TimeWait,
        8 => TcpState::CloseWait,
        9 => TcpState::LastAck,
        // The listener itself is no connection.
        10 => return None,
        _ => TcpState::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_the_kernel_writes_them() {
        let line = "   1: 0100007F:1F40 0100007F:D2A4 08 00000000:00000000 00:00000000 00000000";
        assert_eq!(state(line, 8_000), Some(TcpState::CloseWait));
        assert_eq!(state(line, 8_001), None);
        let listener = "   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000";
        assert_eq!(state(listener, 8_000), None);
        assert_eq!(state("  sl  local_address rem_address   st", 8_000), None);
    }
}
