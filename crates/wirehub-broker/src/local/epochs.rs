//! New epochs.

use std::hash::{BuildHasher, RandomState};

use wirehub_model::Epoch;

/// Draws epochs. Their only duty is never to meet again.
#[derive(Debug, Default)]
pub(crate) struct Epochs {
    state: RandomState,
    drawn: u64,
}

impl Epochs {
    /// An epoch that no topic had.
    pub(crate) fn draw(&mut self) -> Epoch {
        self.drawn += 1;
        Epoch::new(self.state.hash_one(self.drawn))
    }
}
