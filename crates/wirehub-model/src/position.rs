//! Where in a topic's stream of publications something stands.

use std::{fmt, str::FromStr};

use crate::base32;

/// One life of a topic's stream. Offsets of different epochs cannot be compared: a topic that was
/// forgotten and begins again gets another epoch, so a client sees that it missed something.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Epoch(u64);

impl Epoch {
    /// The epoch with this number, which whoever makes it draws at random.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number, for stores that keep it.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; base32::DIGITS_MAX];
        f.write_str(base32::encode(self.0, &mut buffer))
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Epoch({self})")
    }
}

impl FromStr for Epoch {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        base32::decode(text).map(Self).ok_or(PositionError)
    }
}

/// The number of a publication in its topic and epoch: the first one is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset(pub u64);

impl Offset {
    /// The offset of the publication after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A place in a topic's stream: just after the publication `offset` of `epoch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// The life of the stream.
    pub epoch: Epoch,
    /// The last publication before this place; 0 stands for the beginning.
    pub offset: Offset,
}

/// The text is not an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an epoch; send back the one the server gave")]
pub struct PositionError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_read_what_they_write() {
        let epoch = Epoch::new(0x1234_5678_9abc);
        assert_eq!(epoch.to_string().parse(), Ok(epoch));
        assert_eq!("no epoch".parse::<Epoch>(), Err(PositionError));
    }
}
