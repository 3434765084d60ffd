//! Who may connect at all: bounds on connections in total, per address, and on handshakes.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The bounds that [`Admission`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdmissionLimits {
    /// Connections of the whole process, those in their handshake included.
    pub connections: usize,
    /// Connections of one IPv4 address, or of one /64 of IPv6 (what one customer commonly has).
    pub connections_per_ip: usize,
    /// Handshakes in flight in the whole process; more wait in the kernel's accept queues.
    pub handshakes: usize,
    /// Connections of the whole process that were answered over HTTP and may ask again; others are
    /// closed behind the answer.
    pub http_connections: usize,
}

/// The counters behind [`AdmissionLimits`], shared by all shards.
///
/// It is asked when connections come and go and never in between, so a lock is good enough. Its
/// memory is bounded by the number of connections and shrinks with it.
#[derive(Debug)]
pub struct Admission {
    limits: AdmissionLimits,
    connections: AtomicUsize,
    addresses: Mutex<HashMap<u64, u32>>,
    handshakes: Arc<Semaphore>,
    http_connections: Arc<Semaphore>,
}

/// The permission of one connection to exist, 16 bytes. Dropping it gives the place back.
#[derive(Debug)]
#[must_use = "the place is given back when the ticket is dropped"]
pub struct Ticket {
    admission: Arc<Admission>,
    address: u64,
}

/// The permission to do one handshake. Dropping it gives the place back.
#[derive(Debug)]
#[must_use = "the place is given back when it is dropped"]
pub struct HandshakePlace {
    _permit: Option<OwnedSemaphorePermit>,
}

/// The permission of a connection to ask again over HTTP. Dropping it gives the place back.
#[derive(Debug)]
#[must_use = "the place is given back when it is dropped"]
pub struct KeptPlace {
    _permit: OwnedSemaphorePermit,
}

/// Why a connection was not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The process holds as many connections as it may.
    #[error("the limit of {0} connections is reached; raise limits.connections or add a node")]
    Connections(usize),
    /// The address holds as many connections as it may.
    #[error("the limit of {0} connections from one address is reached")]
    PerIp(usize),
}

impl Refused {
    /// The word for it in metrics and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connections(_) => "connections",
            Self::PerIp(_) => "connections_per_ip",
        }
    }
}

impl Admission {
    /// Counters at zero.
    #[must_use]
    pub fn new(limits: AdmissionLimits) -> Arc<Self> {
        let semaphore =
            |places: usize| Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)));
        Arc::new(Self {
            limits,
            connections: AtomicUsize::new(0),
            addresses: Mutex::default(),
            handshakes: semaphore(limits.handshakes),
            http_connections: semaphore(limits.http_connections),
        })
    }

    /// Counts a connection from `ip`, if the limits allow it.
    ///
    /// # Errors
    ///
    /// A limit is reached; nothing was counted.
    pub fn admit(self: &Arc<Self>, ip: IpAddr) -> Result<Ticket, Refused> {
        let AdmissionLimits {
            connections: limit,
            connections_per_ip,
            ..
        } = self.limits;
        let address = address_key(ip);
        let mut addresses = self.addresses();
        // Counted under the lock, so that the sum of the map is never beyond the limit.
        if self.connections.load(Ordering::Relaxed) >= limit {
            return Err(Refused::Connections(limit));
        }
        let count = addresses.get(&address).copied().unwrap_or_default();
        if usize::try_from(count).is_ok_and(|count| count >= connections_per_ip) {
            return Err(Refused::PerIp(connections_per_ip));
        }
        addresses.insert(address, count.saturating_add(1));
        self.connections.fetch_add(1, Ordering::Relaxed);
        drop(addresses);
        Ok(Ticket {
            admission: Arc::clone(self),
            address,
        })
    }

    /// Waits until one more handshake may begin. A shard asks before it accepts, so that what it
    /// cannot serve waits in the kernel and costs nothing.
    pub async fn handshake_place(&self) -> HandshakePlace {
        // An error would mean a closed semaphore, and nothing closes it.
        let permit = Arc::clone(&self.handshakes).acquire_owned().await.ok();
        HandshakePlace { _permit: permit }
    }

    /// A place for a connection that was answered and stays for more; `None` when all are taken.
    #[must_use]
    pub fn kept_place(&self) -> Option<KeptPlace> {
        let permit = Arc::clone(&self.http_connections).try_acquire_owned();
        permit.ok().map(|permit| KeptPlace { _permit: permit })
    }

    /// Connections counted.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Handshakes in flight.
    #[must_use]
    pub fn handshakes(&self) -> usize {
        self.limits
            .handshakes
            .saturating_sub(self.handshakes.available_permits())
    }

    /// A panic elsewhere cannot leave a count half changed, so a poisoned lock is as good as any.
    fn addresses(&self) -> MutexGuard<'_, HashMap<u64, u32>> {
        self.addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn release(&self, address: u64) {
        let mut addresses = self.addresses();
        self.connections.fetch_sub(1, Ordering::Relaxed);
        if let Entry::Occupied(mut entry) = addresses.entry(address) {
            let count = entry.get_mut();
            *count = count.saturating_sub(1);
            if *count == 0 {
                entry.remove();
            }
        }
        if addresses.capacity() > 64 && addresses.len() < addresses.capacity() / 8 {
            let len = addresses.len();
            addresses.shrink_to(len * 2);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.admission.release(self.address);
    }
}

/// One number for an IPv4 address or an IPv6 /64. They cannot meet: IPv4 takes the numbers below
/// 2^32, which as IPv6 are in 0::/32, a range that is not routed.
fn address_key(ip: IpAddr) -> u64 {
    match ip.to_canonical() {
        IpAddr::V4(ip) => u64::from(ip.to_bits()),
        IpAddr::V6(ip) => (ip.to_bits() >> 64) as u64,
    }
}

#[cfg(test)]
mod tests;
