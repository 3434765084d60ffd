//! What a client holds to come back after its connection was lost.

use std::{fmt, str::FromStr};

use crate::{ConnectionId, Offset, Topic, proof::Proof};

/// The name of a session and the proof that it is one's own; `s_…` as text. A connection has one
/// from its welcome on, and whoever presents it takes the session over.
///
/// It is a secret: `Debug` hides it, and it is compared in constant time.
///
/// Tokens that name the same session with the same secret are equal; meant for tests and codecs,
/// whoever checks a token uses [`SessionToken::proves`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SessionToken(Proof);

impl SessionToken {
    /// The token of the session that `connection` carries; `secret` comes from a generator whose
    /// numbers cannot be guessed.
    #[must_use]
    pub const fn new(connection: ConnectionId, secret: u128) -> Self {
        Self(Proof::new(connection, secret))
    }

    /// The connection that carried the session when the token was given out.
    #[must_use]
    pub const fn connection(&self) -> ConnectionId {
        self.0.connection
    }

    /// The secret, for whoever keeps the session once the token is proven.
    #[must_use]
    pub const fn secret(&self) -> u128 {
        self.0.secret
    }

    /// Whether `secret` is the one in the token; takes the same time wherever they differ.
    #[must_use]
    pub fn proves(&self, secret: u128) -> bool {
        self.0.proves(secret)
    }
}

impl fmt::Display for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("s_")?;
        self.0.write(f)
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionToken({}, …)", self.0.connection)
    }
}

impl FromStr for SessionToken {
    type Err = SessionTokenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let proof = text.strip_prefix("s_").and_then(Proof::read);
        proof.map(Self).ok_or(SessionTokenError)
    }
}

/// The text is not a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a session; send back the one that `welcome` gave")]
pub struct SessionTokenError;

/// A wish to go on with a session whose connection was lost, or is about to be left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The session.
    pub session: SessionToken,
    /// How many direct messages to its user or connection the client received in the session.
    pub received: u64,
    /// The last offset that the client received of each topic in the session. Topics it received
    /// nothing from need not be named, nor those it acknowledges.
    pub offsets: Vec<(Topic, Offset)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let connection = ConnectionId::new(3, 7, 99);
        for secret in [0, 1, 1 << 64, u128::MAX] {
            let token = SessionToken::new(connection, secret);
            assert_eq!(token.to_string().parse(), Ok(token));
        }
        for bad in ["", "s_", "s_1-2", "s_1-2-3-4", "c_1-2-3", "s_1-2-O"] {
            assert_eq!(bad.parse::<SessionToken>(), Err(SessionTokenError), "{bad}");
        }
    }

    #[test]
    fn is_hidden_from_logs() {
        let token = SessionToken::new(ConnectionId::new(0, 1, 2), 0x00ab_cdef);
        let shown = format!("{token:?}");
        assert!(
            !shown.contains("abcdef") && !shown.contains("11259375"),
            "{shown}"
        );
        assert!(token.proves(0x00ab_cdef) && !token.proves(0x00ab_cdee));
    }
}
