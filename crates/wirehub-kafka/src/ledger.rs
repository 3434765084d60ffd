//! Up to where the records of one partition are settled.

use std::collections::VecDeque;

/// The offsets that were given out, in their order, and which of them are settled.
#[derive(Debug, Default)]
pub(crate) struct Ledger(VecDeque<(i64, bool)>);

impl Ledger {
    /// A record is given out. One that was before, or that stands before another, begins anew: the
    /// partition is read again from there.
    pub(crate) fn give_out(&mut self, offset: i64) {
        let place = self.0.partition_point(|(known, _)| *known < offset);
        self.0.truncate(place);
        self.0.push_back((offset, false));
    }

    /// A record is settled. Returns the last offset up to which now all are, if that moved.
    pub(crate) fn settle(&mut self, offset: i64) -> Option<i64> {
        let place = self.0.binary_search_by_key(&offset, |(known, _)| *known);
        // What is not known here was given out in an earlier assignment.
        self.0.get_mut(place.ok()?)?.1 = true;
        let mut last = None;
        while let Some((offset, _)) = self.0.pop_front_if(|(_, settled)| *settled) {
            last = Some(offset);
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_no_gap_is_settled() {
        let mut ledger = Ledger::default();
        for offset in [4, 5, 7, 8] {
            ledger.give_out(offset);
        }
        assert_eq!(ledger.settle(5), None, "4 is on its way");
        assert_eq!(ledger.settle(8), None);
        assert_eq!(ledger.settle(4), Some(5), "up to 7");
        assert_eq!(ledger.settle(7), Some(8));
    }

    #[test]
    fn what_is_read_again_is_settled_again() {
        let mut ledger = Ledger::default();
        for offset in [1, 2, 3, 2] {
            ledger.give_out(offset);
        }
        assert_eq!(ledger.settle(3), None, "it was forgotten");
        assert_eq!(ledger.settle(1), Some(1));
        assert_eq!(ledger.settle(2), Some(2));
        assert_eq!(ledger.settle(9), None, "it was never given out here");
    }
}
