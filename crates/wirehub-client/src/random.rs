//! Random numbers from the operating system.

use std::hash::{BuildHasher as _, RandomState};

/// Bytes that nobody can foresee: keys of frames (RFC 6455 section 5.3) and of handshakes.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if getrandom::fill(&mut bytes).is_err() {
        // Without the system's source, what the standard library seeded its hashes with at the
        // start is the best there is.
        let state = RandomState::new();
        for (number, chunk) in bytes.chunks_mut(8).enumerate() {
            let hash = state.hash_one(number).to_le_bytes();
            chunk
                .iter_mut()
                .zip(hash)
                .for_each(|(slot, byte)| *slot = byte);
        }
    }
    bytes
}

/// A name that nobody else has.
pub(crate) fn name() -> String {
    format!("{:032x}", u128::from_le_bytes(bytes()))
}

/// A number from 0 up to, and without, 1.
pub(crate) fn fraction() -> f64 {
    // A double holds 53 bits exactly.
    (u64::from_le_bytes(bytes()) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    #[test]
    fn fractions_fill_their_span() {
        let drawn: Vec<f64> = std::iter::repeat_with(super::fraction)
            .take(1_000)
            .collect();
        assert!(drawn.iter().all(|number| (0.0..1.0).contains(number)));
        let mean = drawn.iter().sum::<f64>() / 1_000.0;
        assert!((0.4..0.6).contains(&mean), "{mean}");
    }
}
