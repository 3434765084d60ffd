//! A connection and a secret that only its client was told.

use std::fmt;

use crate::{ConnectionId, base32};

/// What the names of sessions and streams are made of. It is compared in constant time, and
/// `Debug` hides the secret.
#[derive(Clone, Copy)]
pub(crate) struct Proof {
    pub(crate) connection: ConnectionId,
    pub(crate) secret: u128,
}

impl Proof {
    pub(crate) const fn new(connection: ConnectionId, secret: u128) -> Self {
        Self { connection, secret }
    }

    /// Whether `secret` is the one in it; takes the same time wherever they differ.
    pub(crate) fn proves(&self, secret: u128) -> bool {
        let differences = std::hint::black_box(self.secret ^ secret);
        differences == 0
    }

    /// Writes the connection without its `c_`, and the halves of the secret.
    pub(crate) fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; base32::DIGITS_MAX];
        let connection = self.connection.to_string();
        f.write_str(connection.trim_start_matches("c_"))?;
        for half in [(self.secret >> 64) as u64, self.secret as u64] {
            write!(f, "-{}", base32::encode(half, &mut buffer))?;
        }
        Ok(())
    }

    /// Reads what [`Proof::write`] writes.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let connection = format!("c_{}", parts.next()?).parse().ok()?;
        let high = base32::decode(parts.next()?)?;
        let low = base32::decode(parts.next()?)?;
        let secret = (u128::from(high) << 64) | u128::from(low);
        parts
            .next()
            .is_none()
            .then_some(Self::new(connection, secret))
    }
}

impl PartialEq for Proof {
    fn eq(&self, other: &Self) -> bool {
        self.connection == other.connection && self.proves(other.secret)
    }
}

impl Eq for Proof {}
