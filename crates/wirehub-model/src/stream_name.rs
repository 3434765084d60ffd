//! Where a client without a WebSocket sends what it has to say.

use std::{fmt, str::FromStr};

use crate::{ConnectionId, proof::Proof};

/// The name of a connection whose client hears a stream and speaks in requests of their own.
/// Whoever knows it speaks for the client while the connection lives.
///
/// It holds the shard and the slot of the connection, so that no request needs a search. It is a
/// secret: `Debug` hides it, and it is compared in constant time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StreamName(Proof);

impl StreamName {
    /// The name of the stream of `connection`; `secret` comes from a generator whose numbers cannot
    /// be guessed.
    #[must_use]
    pub const fn new(connection: ConnectionId, secret: u128) -> Self {
        Self(Proof::new(connection, secret))
    }

    /// The connection.
    #[must_use]
    pub const fn connection(&self) -> ConnectionId {
        self.0.connection
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f)
    }
}

impl fmt::Debug for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamName({}, …)", self.0.connection)
    }
}

impl FromStr for StreamName {
    type Err = StreamNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Proof::read(text).map(Self).ok_or(StreamNameError)
    }
}

/// The text is not the name of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a stream; use the one that its first message gives")]
pub struct StreamNameError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let connection = ConnectionId::new(3, 7, 99);
        for secret in [0, 1, 1 << 64, u128::MAX] {
            let name = StreamName::new(connection, secret);
            assert_eq!(name.to_string().parse(), Ok(name));
            assert_ne!(name, StreamName::new(connection, secret ^ 1));
        }
        for bad in ["", "1-2", "1-2-3-4", "c_1-2-3", "1-2-O", "1--2"] {
            assert_eq!(bad.parse::<StreamName>(), Err(StreamNameError), "{bad}");
        }
    }

    #[test]
    fn is_hidden_from_logs() {
        let name = StreamName::new(ConnectionId::new(0, 1, 2), 0x00ab_cdef);
        let shown = format!("{name:?}");
        assert!(
            !shown.contains("abcdef") && !shown.contains("11259375"),
            "{shown}"
        );
    }
}
