//! When the next sample is due.

use std::cell::Cell;

use super::INTERVAL;

/// The bytes that a thread may still ask for before it takes a sample.
#[derive(Debug)]
pub(super) struct Countdown {
    left: Cell<isize>,
    /// Of a random generator; zero before the first use.
    seed: Cell<u64>,
}

impl Countdown {
    pub(super) const fn new() -> Self {
        Self {
            left: Cell::new(0),
            seed: Cell::new(0),
        }
    }

    /// Counts so many bytes; says whether a sample is due.
    #[inline]
    pub(super) fn passes_zero(&self, bytes: usize) -> bool {
        // No layout has more bytes than an `isize` holds.
        let left = self.left.get().wrapping_sub(bytes as isize);
        self.left.set(left);
        left < 0
    }

    /// Begins anew. False for a thread that had not begun yet, and whose first allocation is as
    /// good as any.
    pub(super) fn restart(&self) -> bool {
        let had_begun = self.seed.get() != 0;
        if !had_begun {
            // Different for each thread, whose stacks and storage are at different addresses.
            self.seed.set(std::ptr::from_ref(self).addr() as u64 | 1);
            for _ in 0..16 {
                self.random();
            }
        }
        // The distance between events that come by chance is distributed exponentially.
        let distance = -self.random().ln() * INTERVAL as f64;
        self.left.set(distance as isize);
        had_begun
    }

    /// A number above zero, up to one (xorshift64*, Vigna 2016).
    fn random(&self) -> f64 {
        let mut seed = self.seed.get();
        seed ^= seed >> 12;
        seed ^= seed << 25;
        seed ^= seed >> 27;
        self.seed.set(seed);
        let bits = seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11;
        (bits + 1) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_come_at_random_and_in_the_long_run_as_often_as_they_should() {
        let countdown = Countdown::new();
        assert!(!countdown.restart(), "the first one begins");
        let (mut samples, mut distances) = (0, std::collections::BTreeSet::new());
        let sizes = 100_000_usize;
        for _ in 0..sizes {
            if countdown.passes_zero(4096) {
                assert!(countdown.restart());
                distances.insert(countdown.left.get());
                samples += 1;
            }
        }
        // 781 on average, with a deviation of 28.
        let expected = sizes * 4096 / INTERVAL;
        assert!(expected.abs_diff(samples) < 150, "{samples} samples");
        assert!(distances.len() > samples / 2, "they differ");
    }
}
