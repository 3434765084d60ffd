//! The end of a turn.

use std::io::IoSlice;

use wirehub_core::{Encode, Shard};
use wirehub_model::Moment;

/// Ends the turn: outputs and bytes go to nowhere. Returns how many bytes there were.
pub(crate) fn transmit<E: Encode>(shard: &mut Shard<E>) -> usize {
    while shard.poll_output().is_some() {}
    let mut sent = 0;
    while let Some(slot) = shard.poll_transmit(Moment::ZERO) {
        let mut slices = [IoSlice::new(&[]); 8];
        let used = shard.slices(slot, &mut slices);
        let bytes = slices[..used].iter().map(|slice| slice.len()).sum();
        shard.wrote(slot, bytes, false);
        sent += bytes;
    }
    shard.end_turn(Moment::ZERO);
    sent
}
