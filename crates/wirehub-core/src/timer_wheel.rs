//! Many deadlines that need not be exact.

use std::time::Duration;

use wirehub_model::{ConnectionId, Moment};

/// The width of a tick: how late a deadline may be noticed.
pub(crate) const TICK: Duration = Duration::from_millis(100);
/// Ticks in one turn of the wheel.
const TICKS: u64 = 512;

/// A coarse timer wheel: one entry of eight bytes for each connection, constant time to add, and no
/// removal. A connection whose deadline moved is looked at when its old entry comes up, and is
/// entered again; one that is gone is skipped by whoever asks.
#[derive(Debug)]
pub(crate) struct TimerWheel {
    ticks: Vec<Vec<ConnectionId>>,
    /// One bit for each tick that has entries.
    occupied: [u64; (TICKS / 64) as usize],
    /// The first tick that has not been handed out.
    current: u64,
}

impl TimerWheel {
    pub(crate) fn new(now: Moment) -> Self {
        Self {
            ticks: (0..TICKS).map(|_| Vec::new()).collect(),
            occupied: [0; (TICKS / 64) as usize],
            current: tick_of(now),
        }
    }

    /// Has a connection looked at soon after `deadline`; a deadline beyond the wheel comes up
    /// early.
    /// `scheduled` is what the last call for this connection returned, at first zero: an entry that
    /// comes up no later than the new one will serve. Returns the tick of the entry that counts, by
    /// which a stale one can be told; the number wraps after 13 years, when an entry more does no
    /// harm.
    pub(crate) fn add(
        &mut self,
        now: Moment,
        deadline: Moment,
        connection: ConnectionId,
        scheduled: u32,
    ) -> u32 {
        self.skip_empty(tick_of(now));
        let wanted = tick_of(deadline) + 1;
        let tick = wanted.clamp(self.current, self.current + TICKS - 1);
        if scheduled != 0 && (self.current..=tick).contains(&u64::from(scheduled)) {
            return scheduled;
        }
        let place = (tick % TICKS) as usize;
        self.ticks[place].push(connection);
        self.occupied[place / 64] |= 1 << (place % 64);
        tick as u32
    }

    /// The memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        let entries: usize = self.ticks.iter().map(Vec::capacity).sum();
        entries * size_of::<ConnectionId>()
    }

    /// When the next entry comes up.
    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        let start = (self.current % TICKS) as usize;
        let ahead = (0..=self.occupied.len()).find_map(|step| {
            let word = (start / 64 + step) % self.occupied.len();
            let mut bits = self.occupied[word];
            // The word the search starts in is seen twice: first its later bits, at last its
            // earlier.
            let later = u64::MAX << (start % 64);
            if step == 0 {
                bits &= later;
            } else if step == self.occupied.len() {
                bits &= !later;
            }
            (bits != 0).then(|| {
                let place = word as u64 * 64 + u64::from(bits.trailing_zeros());
                (place + TICKS - start as u64) % TICKS
            })
        })?;
        Some(moment_of(self.current + ahead))
    }

    /// Hands out the entries of the next tick that is over, with its number.
    pub(crate) fn next(&mut self, now: Moment) -> Option<(u32, Vec<ConnectionId>)> {
        let end = tick_of(now);
        while self.current <= end {
            let tick = self.current;
            self.current += 1;
            let place = (tick % TICKS) as usize;
            if !self.ticks[place].is_empty() {
                self.occupied[place / 64] &= !(1 << (place % 64));
                return Some((tick as u32, std::mem::take(&mut self.ticks[place])));
            }
            self.skip_empty(end + 1);
        }
        None
    }

    /// Ticks without entries need not be walked one by one, and a wheel that rested has to catch up
    /// before its next entry.
    fn skip_empty(&mut self, tick: u64) {
        if self.occupied.iter().all(|word| *word == 0) {
            self.current = self.current.max(tick);
        }
    }
}

const fn tick_of(moment: Moment) -> u64 {
    moment.as_micros() / TICK.as_micros() as u64
}

const fn moment_of(tick: u64) -> Moment {
    Moment::from_micros(tick * TICK.as_micros() as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: u64) -> Moment {
        Moment::from_micros(millis * 1_000)
    }

    fn connection(number: u64) -> ConnectionId {
        ConnectionId::new(0, number as u32, 0)
    }

    #[test]
    fn hands_out_what_is_due_and_not_before() {
        let mut wheel = TimerWheel::new(at(1_000));
        assert_eq!(wheel.poll_timeout(), None);
        wheel.add(at(1_000), at(1_250), connection(1), 0);
        assert_eq!(wheel.poll_timeout(), Some(at(1_300)));
        assert_eq!(wheel.next(at(1_299)), None);
        let (_, due) = wheel.next(at(1_300)).unwrap();
        assert_eq!(due, [connection(1)]);
        assert_eq!(wheel.next(at(9_999)), None);
    }

    #[test]
    fn a_deadline_beyond_the_wheel_comes_up_early() {
        let mut wheel = TimerWheel::new(at(0));
        wheel.add(at(0), at(3_600_000), connection(1), 0);
        let early = wheel.poll_timeout().unwrap();
        assert!(early <= at(51_200), "{early:?}");
        assert!(wheel.next(early).is_some());
    }

    #[test]
    fn a_wheel_that_rested_catches_up() {
        let mut wheel = TimerWheel::new(at(0));
        let later = 86_400_000;
        wheel.add(at(later), at(later + 1_000), connection(1), 0);
        assert_eq!(wheel.poll_timeout(), Some(at(later + 1_100)));
    }

    #[test]
    fn an_earlier_entry_serves_a_later_deadline() {
        let mut wheel = TimerWheel::new(at(0));
        let early = wheel.add(at(0), at(1_000), connection(1), 0);
        assert_eq!(wheel.add(at(0), at(9_000), connection(1), early), early);
        let earlier = wheel.add(at(0), at(500), connection(1), early);
        assert!(earlier < early);
        let (tick, due) = wheel.next(at(600)).unwrap();
        assert_eq!((tick, due), (earlier, vec![connection(1)]));
        // The entry that counted came up, so the next one is new.
        assert!(wheel.add(at(600), at(9_000), connection(1), earlier) > early);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_late(
            deadlines in prop::collection::vec(0_u64..50_000, 1..50),
            start in 0_u64..100_000,
        ) {
            let mut wheel = TimerWheel::new(at(start));
            for (number, deadline) in deadlines.iter().enumerate() {
                wheel.add(at(start), at(start + deadline), connection(number as u64), 0);
            }
            let mut seen = 0;
            while let Some(now) = wheel.poll_timeout() {
                let (_, due) = wheel.next(now).unwrap();
                for found in due {
                    let deadline = at(start + deadlines[found.slot() as usize]);
                    prop_assert!(now >= deadline && now.since(deadline) <= 2 * TICK);
                    seen += 1;
                }
            }
            prop_assert_eq!(seen, deadlines.len());
        }
    }
}
