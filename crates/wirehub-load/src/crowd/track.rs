//! What one session has of one topic, and whether anything is missing.

use std::sync::Arc;

use crate::{board::Reached, stamp::Stamp};

/// Gaps that are remembered, to tell what came late from what came twice.
const GAPS: usize = 8;

/// What one session has of one topic.
#[derive(Debug)]
pub(super) struct Track {
    /// The topic, by its number.
    pub(super) topic: u32,
    /// Whether the server says that the subscription is there.
    pub(super) is_live: bool,
    /// The topic's epoch, and the same as a number.
    epoch: Option<(Arc<str>, u64)>,
    /// Up to where the session has everything.
    offset: u64,
    /// The last number and its publisher's life; 0 and 0 before the first.
    life: u32,
    number: u64,
    /// Places that were passed over, or numbers of this life where the server tells no places, from
    /// and up to.
    gaps: Vec<(u64, u64)>,
}

/// What a publication is to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// The next one.
    Next,
    /// A later one: so many are missing before it.
    Gap(u64),
    /// One that was missing.
    Late,
    /// One that it had.
    Again,
}

impl Track {
    pub(super) const fn new(topic: u32) -> Self {
        Self {
            topic,
            is_live: false,
            epoch: None,
            offset: 0,
            life: 0,
            number: 0,
            gaps: Vec::new(),
        }
    }

    /// Where to go on from, once there was a beginning.
    pub(super) fn position(&self) -> Option<(&str, u64)> {
        let (epoch, _) = self.epoch.as_ref()?;
        Some((epoch, self.offset))
    }

    /// The server says where the subscription begins; with `recovered`, what lies between comes
    /// first. Says whether the server admits that something is missing.
    pub(super) fn begin(
        &mut self,
        epoch: Option<(Arc<str>, u64)>,
        offset: Option<u64>,
        recovered: Option<bool>,
    ) -> bool {
        self.is_live = true;
        let had = self.epoch.is_some();
        if recovered != Some(true) {
            self.offset = offset.unwrap_or(0);
            (self.life, self.number) = (0, 0);
            self.gaps.clear();
        }
        self.epoch = epoch.or_else(|| self.epoch.take());
        had && recovered == Some(false)
    }

    /// A subscriber of a server that tells no positions begins here: what was sent before is not
    /// owed to it.
    pub(super) fn begin_at(&mut self, reached: Reached) {
        self.is_live = true;
        (self.life, self.number) = (0, reached.number);
        self.gaps.clear();
    }

    /// Takes a publication.
    pub(super) fn take(&mut self, stamp: &Stamp, offset: Option<u64>) -> Arrival {
        // What a server counts says most: a publication that it refused has a number and no place.
        let arrival = match offset.filter(|_| self.epoch.is_some()) {
            Some(offset) => self.follow(self.offset, offset),
            None if stamp.life == self.life => self.follow(self.number, stamp.number),
            // The first of another life, and nothing says what lies between.
            None => {
                self.gaps.clear();
                Arrival::Next
            }
        };
        if matches!(arrival, Arrival::Next | Arrival::Gap(_)) {
            (self.life, self.number) = (stamp.life, stamp.number);
            self.offset = offset.unwrap_or(self.offset);
        }
        arrival
    }

    /// What `number` is to somebody who has everything up to `last`, but for the gaps.
    fn follow(&mut self, last: u64, number: u64) -> Arrival {
        if number > last {
            let missing = number - last - 1;
            if missing == 0 {
                return Arrival::Next;
            }
            if self.gaps.len() >= GAPS {
                self.gaps.remove(0);
            }
            self.gaps.push((last + 1, number - 1));
            return Arrival::Gap(missing);
        }
        let gap = |(from, to): &(u64, u64)| (*from..=*to).contains(&number);
        let Some(place) = self.gaps.iter().position(gap) else {
            return Arrival::Again;
        };
        let (from, to) = self.gaps.remove(place);
        let rests = [(from, number.saturating_sub(1)), (number + 1, to)];
        let rests = rests.into_iter().filter(|(from, to)| from <= to);
        self.gaps.splice(place..place, rests);
        self.gaps.truncate(GAPS);
        Arrival::Late
    }

    /// How much is still owed to it of what was published for certain.
    pub(super) fn owed(&self, reached: Reached) -> u64 {
        if !self.is_live {
            return 0;
        }
        match &self.epoch {
            Some((_, epoch)) if *epoch == reached.epoch => {
                reached.offset.saturating_sub(self.offset)
            }
            Some(_) => 0,
            None if self.life == 0 || self.life == reached.life => {
                reached.number.saturating_sub(self.number)
            }
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn stamp(life: u32, number: u64) -> Stamp {
        Stamp {
            run: 1,
            topic: 0,
            life,
            number,
            due: Duration::ZERO,
        }
    }

    fn subscribed(offset: u64) -> Track {
        let mut track = Track::new(0);
        let admits = track.begin(Some(("e".into(), 7)), Some(offset), None);
        assert!(!admits);
        track
    }

    #[test]
    fn loss_reorder_and_repeats_are_told_apart() {
        let mut track = subscribed(10);
        assert_eq!(track.take(&stamp(1, 5), Some(11)), Arrival::Next);
        assert_eq!(track.take(&stamp(1, 9), Some(15)), Arrival::Gap(3));
        assert_eq!(track.take(&stamp(1, 7), Some(13)), Arrival::Late);
        assert_eq!(track.take(&stamp(1, 7), Some(13)), Arrival::Again);
        assert_eq!(track.take(&stamp(1, 6), Some(12)), Arrival::Late);
        assert_eq!(track.take(&stamp(1, 10), Some(16)), Arrival::Next);
    }

    #[test]
    fn what_is_missing_before_the_first_shows_in_its_offset() {
        assert_eq!(subscribed(10).take(&stamp(1, 3), Some(13)), Arrival::Gap(2));
        assert_eq!(subscribed(10).take(&stamp(1, 3), Some(10)), Arrival::Again);
        let mut track = subscribed(0);
        assert_eq!(track.take(&stamp(1, 1), Some(1)), Arrival::Next);
        // Its publisher came back: numbers begin anew, offsets do not.
        assert_eq!(track.take(&stamp(2, 1), Some(2)), Arrival::Next);
        assert_eq!(track.take(&stamp(3, 1), Some(4)), Arrival::Gap(1));
    }

    #[test]
    fn a_resumed_session_goes_on_and_an_admitted_gap_is_no_silent_one() {
        let mut track = subscribed(0);
        track.take(&stamp(1, 1), Some(1));
        assert_eq!(track.position(), Some(("e", 1)));
        assert!(!track.begin(None, Some(3), Some(true)));
        assert_eq!(track.take(&stamp(1, 2), Some(2)), Arrival::Next);
        assert!(track.begin(None, Some(9), Some(false)));
        assert_eq!(track.take(&stamp(1, 9), Some(10)), Arrival::Next);
    }

    #[test]
    fn what_the_server_refused_is_not_missed() {
        let mut track = subscribed(0);
        assert_eq!(track.take(&stamp(1, 1), Some(1)), Arrival::Next);
        // Two were refused, which took no place.
        assert_eq!(track.take(&stamp(1, 4), Some(2)), Arrival::Next);
        // Without places their absence is all there is to go by.
        let mut plain = Track::new(0);
        plain.begin_at(Reached::default());
        assert_eq!(plain.take(&stamp(1, 1), None), Arrival::Next);
        assert_eq!(plain.take(&stamp(1, 4), None), Arrival::Gap(2));
    }

    #[test]
    fn the_tail_is_owed() {
        let reached = Reached {
            epoch: 7,
            offset: 5,
            life: 1,
            number: 5,
        };
        let mut track = subscribed(2);
        assert_eq!(track.owed(reached), 3);
        track.take(&stamp(1, 3), Some(3));
        assert_eq!(track.owed(reached), 2);
        // The server began anew: what was there before is not to be had.
        let other = Reached {
            epoch: 8,
            ..reached
        };
        assert_eq!(track.owed(other), 0);
        let mut plain = Track::new(0);
        plain.begin_at(Reached::default());
        assert_eq!(plain.owed(reached), 5);
        assert_eq!(plain.take(&stamp(1, 4), None), Arrival::Next);
        assert_eq!(plain.owed(reached), 1);
    }
}
