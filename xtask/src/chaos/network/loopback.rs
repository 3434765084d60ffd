//! Addresses on loopback.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, bail};

/// Ports from here on are looked at, below those that the kernel gives to whoever asks for any.
const QUIET: u16 = 12_000;
/// Where those begin, unless it is set otherwise.
const GIVEN: u16 = 32_768;
/// Those that this process has given out.
static GIVEN_OUT: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// An address on loopback where nobody listens, with a port that the kernel gives to nobody who
/// asks for any: it is still free when whoever listened there was away.
pub(super) fn quiet_address() -> Result<SocketAddr> {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range");
    let range = range.unwrap_or_default();
    let given = range.split_whitespace().next();
    let given = given.and_then(|port| port.parse().ok()).unwrap_or(GIVEN);
    let ports = given.saturating_sub(QUIET);
    if ports == 0 {
        // All are given away here; whoever finds it taken says so.
        return Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?);
    }
    let first = RandomState::new().hash_one(0) % u64::from(ports);
    let order =
        (0..ports).map(|next| QUIET + ((first + u64::from(next)) % u64::from(ports)) as u16);
    for port in order {
        // Whoever was given one may not listen yet, or not at the moment.
        let mut taken = GIVEN_OUT.lock().unwrap_or_else(PoisonError::into_inner);
        if !taken.contains(&port)
            && let Ok(listener) = TcpListener::bind(("127.0.0.1", port))
        {
            taken.insert(port);
            return Ok(listener.local_addr()?);
        }
    }
    bail!("no port below {given} is free")
}
