//! How a topic's home finds out that a shard with members is no more.

use std::{collections::BTreeMap, time::Duration};

use wirehub_model::Moment;

/// How often a shard tells the homes of its members that it lives.
const RENEWAL: Duration = Duration::from_secs(10);

/// A home has looked this often without having heard of a shard when it gives it up. It looks every
/// ten seconds, so that is 30 to 40 seconds after the last sign of life. Looks are counted rather
/// than time, because a process that was stopped for a minute wakes up on all shards at once, and a
/// home must not judge before the others had a chance to speak.
const LOOKS: u8 = 4;

/// At a home: the shards that have members there.
#[derive(Debug)]
pub(crate) struct Leases {
    shards: BTreeMap<u16, Lease>,
    look_at: Option<Moment>,
}

#[derive(Debug, Default)]
struct Lease {
    members: u64,
    /// Looks since it was heard of.
    looks: u8,
}

impl Leases {
    pub(crate) const fn new() -> Self {
        Self {
            shards: BTreeMap::new(),
            look_at: None,
        }
    }

    /// Another member of a shard came.
    pub(crate) fn add(&mut self, now: Moment, shard: u16) {
        let lease = self.shards.entry(shard).or_default();
        lease.members += 1;
        lease.looks = 0;
        self.look_at.get_or_insert(now + RENEWAL);
    }

    /// A member of a shard went.
    pub(crate) fn remove(&mut self, shard: u16) {
        if let Some(lease) = self.shards.get_mut(&shard) {
            lease.members -= 1;
            if lease.members == 0 {
                self.shards.remove(&shard);
            }
        }
    }

    /// A shard gave a sign of life. Returns whether it has as many members here as it thinks.
    pub(crate) fn renew(&mut self, shard: u16, members: u64) -> bool {
        let lease = self.shards.get_mut(&shard);
        lease.is_some_and(|lease| {
            lease.looks = 0;
            lease.members == members
        })
    }

    pub(crate) const fn poll_timeout(&self) -> Option<Moment> {
        self.look_at
    }

    /// The shards to be given up.
    pub(crate) fn handle_timeout(&mut self, now: Moment) -> Vec<u16> {
        if self.look_at.is_none_or(|at| at > now) {
            return Vec::new();
        }
        self.look_at = (!self.shards.is_empty()).then(|| now + RENEWAL);
        let mut silent = Vec::new();
        for (shard, lease) in &mut self.shards {
            lease.looks += 1;
            if lease.looks >= LOOKS {
                lease.looks = 0;
                silent.push(*shard);
            }
        }
        silent
    }
}

/// At a shard: the other homes that have members of it.
#[derive(Debug, Default)]
pub(crate) struct Holdings {
    homes: BTreeMap<u16, u64>,
    renew_at: Option<Moment>,
}

impl Holdings {
    /// A member was announced to a home.
    pub(crate) fn add(&mut self, now: Moment, home: u16) {
        *self.homes.entry(home).or_insert(0) += 1;
        self.renew_at.get_or_insert(now + RENEWAL);
    }

    /// A member was taken back from a home.
    pub(crate) fn remove(&mut self, home: u16) {
        if let Some(members) = self.homes.get_mut(&home) {
            *members -= 1;
            if *members == 0 {
                self.homes.remove(&home);
            }
        }
    }

    pub(crate) const fn poll_timeout(&self) -> Option<Moment> {
        self.renew_at
    }

    /// The homes that have to hear from this shard, and how many members each should have.
    pub(crate) fn handle_timeout(&mut self, now: Moment) -> Vec<(u16, u64)> {
        if self.renew_at.is_none_or(|at| at > now) {
            return Vec::new();
        }
        self.renew_at = (!self.homes.is_empty()).then(|| now + RENEWAL);
        let homes = self.homes.iter();
        homes.map(|(home, members)| (*home, *members)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::ZERO + Duration::from_secs(seconds)
    }

    #[test]
    fn a_silent_shard_is_given_up_and_a_speaking_one_is_kept() {
        let mut leases = Leases::new();
        leases.add(at(1), 3);
        leases.add(at(1), 5);
        for seconds in [11, 21, 31] {
            assert_eq!(leases.poll_timeout(), Some(at(seconds)));
            assert!(leases.handle_timeout(at(seconds)).is_empty());
            assert!(leases.renew(5, 1));
        }
        assert_eq!(leases.handle_timeout(at(41)), [3]);
        leases.remove(3);
        assert!(!leases.renew(3, 1), "it has none here");
        assert!(!leases.renew(5, 2));
        leases.remove(5);
        assert!(leases.handle_timeout(at(51)).is_empty());
        assert_eq!(leases.poll_timeout(), None);
    }

    #[test]
    fn a_process_that_was_stopped_gives_nobody_up() {
        let mut leases = Leases::new();
        leases.add(at(0), 3);
        leases.handle_timeout(at(10));
        assert!(leases.handle_timeout(at(500)).is_empty());
        assert!(leases.renew(3, 1));
        assert!(leases.handle_timeout(at(510)).is_empty());
    }

    #[test]
    fn homes_without_members_hear_nothing() {
        let mut holdings = Holdings::default();
        holdings.add(at(0), 1);
        holdings.add(at(0), 2);
        holdings.add(at(0), 2);
        holdings.remove(1);
        assert_eq!(holdings.handle_timeout(at(9)), []);
        assert_eq!(holdings.handle_timeout(at(10)), [(2, 2)]);
        holdings.remove(2);
        holdings.remove(2);
        assert_eq!(holdings.handle_timeout(at(20)), []);
        assert_eq!(holdings.poll_timeout(), None);
    }
}
