//! When a node looks at the leases of all.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How often leases are looked at, as long as there are few nodes.
const EVERY: Duration = Duration::from_secs(1);
/// Nodes of which each does. Where there are more, each looks less often, so that all of them
/// together do not cost the server the square of their number.
const LOOKERS: usize = 8;
/// Parts of a span that are drawn among.
const PARTS: u32 = 1024;

/// When a node looks at the leases of all nodes.
///
/// However many nodes there are, somebody looks several times a second. Spans are drawn at random
/// around their mean: nodes that were started together do not look together.
#[derive(Debug, Default)]
pub(super) struct Looks {
    /// From when on it is due again.
    next: Mutex<Duration>,
    random: RandomState,
}

impl Looks {
    /// Whether it is due at `now`, which only goes on. Whoever is told so looks; it is not due
    /// again at once, whatever comes of that.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = now >= *next;
        if is_due {
            *next = now.saturating_add(EVERY);
        }
        is_due
    }

    /// So many leases were looked at.
    pub(super) fn looked(&self, now: Duration, leases: usize) {
        let times = leases.div_ceil(LOOKERS).max(1);
        let span = EVERY.saturating_mul(u32::try_from(times).unwrap_or(u32::MAX));
        let span = match times {
            1 => span,
            // Between half and one and a half.
            _ => {
                let drawn = self.random.hash_one(now) % u64::from(PARTS);
                let drawn = u32::try_from(drawn).unwrap_or_default();
                span / 2 + span / PARTS * drawn
            }
        };
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = now.saturating_add(span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often one of so many nodes looks in a time.
    fn looks(nodes: usize, seconds: u64) -> usize {
        let looks = Looks::default();
        let moments = (0..seconds * 10).map(|tenth| Duration::from_millis(tenth * 100));
        let due = moments.filter(|now| {
            let is_due = looks.is_due(*now);
            if is_due {
                looks.looked(*now, nodes);
            }
            is_due
        });
        due.count()
    }

    #[test]
    fn few_nodes_look_every_second() {
        assert_eq!((looks(1, 60), looks(8, 60)), (60, 60));
    }

    #[test]
    fn many_nodes_together_look_about_as_often() {
        // A thousand of them look 8 times a second: each one 80 times in 10,000 seconds.
        let each = looks(1_000, 10_000);
        assert!((60..=100).contains(&each), "{each}");
    }

    #[test]
    fn a_look_that_fails_is_not_repeated_at_once() {
        let looks = Looks::default();
        assert!(looks.is_due(Duration::ZERO));
        assert!(!looks.is_due(Duration::from_millis(999)));
        assert!(looks.is_due(Duration::from_secs(1)));
    }
}
