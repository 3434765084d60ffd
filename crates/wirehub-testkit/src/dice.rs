//! Every choice of a simulation, from its seed.

use std::time::Duration;

/// A small generator (SplitMix64, Steele et al. 2014): the same seed throws the same numbers.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub(crate) const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is at least one.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.bits() % (end.max(1) as u64)) as usize
    }

    /// A number from `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    /// True in so many cases of a hundred.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// A span from `least` to `most`.
    pub(crate) fn span(&mut self, least: Duration, most: Duration) -> Duration {
        let width = most.saturating_sub(least).as_micros() as u64;
        least + Duration::from_micros(self.bits() % (width + 1))
    }

    /// One of the items; `None` when there is none.
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        items.get(self.below(items.len())).copied()
    }

    /// One of the items, each as likely as its weight; at least one weight is not zero.
    pub(crate) fn weighed<T: Copy>(&mut self, items: &[(usize, T)]) -> Option<T> {
        let sum = items.iter().map(|(weight, _)| weight).sum();
        let mut place = self.below(sum);
        for (weight, item) in items {
            if place < *weight {
                return Some(*item);
            }
            place -= weight;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_bounds_hold() {
        let throw = |seed| {
            let mut dice = Dice::new(seed);
            (0..32).map(|_| dice.between(3, 7)).collect::<Vec<_>>()
        };
        assert_eq!(throw(1), throw(1));
        assert_ne!(throw(1), throw(2));
        for wanted in 3..=7 {
            assert!(throw(1).contains(&wanted));
        }
        assert!(throw(1).iter().all(|number| (3..=7).contains(number)));
    }

    #[test]
    fn what_weighs_nothing_is_never_drawn() {
        let mut dice = Dice::new(1);
        let drawn = (0..200).filter_map(|_| dice.weighed(&[(0, 'a'), (1, 'b'), (9, 'c')]));
        let drawn: Vec<char> = drawn.collect();
        assert!(!drawn.contains(&'a') && drawn.contains(&'b') && drawn.contains(&'c'));
    }
}
