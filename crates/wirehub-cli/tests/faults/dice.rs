//! Random numbers that a seed gives again.

use std::time::Duration;

/// Random numbers, by the generator splitmix64.
pub(crate) struct Dice(u64);

impl Dice {
    /// The seed in a variable, or one of this moment; it is printed, so that a run can be repeated.
    pub(crate) fn cast(test: &str) -> Self {
        let given = std::env::var("WIREHUB_TEST_SEED").ok();
        let seed = given.map_or_else(of_this_moment, |seed| seed.parse().unwrap());
        println!("{test}: WIREHUB_TEST_SEED={seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Dice of somebody's own.
    pub(crate) fn split(&mut self) -> Self {
        Self(self.next())
    }

    /// A number below a bound.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// Whether something happens that happens once in so many times.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// A time of so many microseconds, from `least` and below `end`.
    pub(crate) fn micros(&mut self, least: u64, end: u64) -> Duration {
        Duration::from_micros(least + self.below(end.saturating_sub(least)))
    }
}

fn of_this_moment() -> u64 {
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap();
    now.as_nanos() as u64
}
