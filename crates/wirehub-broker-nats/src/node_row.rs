//! What is kept of a node.

use std::time::Duration;

use wirehub_broker::stored::{DecodeError, Reader, bytes, span};

const VERSION: u8 = 1;

/// The lease of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRow {
    /// The name of its stay.
    pub stay: String,
    /// How that goes.
    pub state: StayState,
}

/// How the stay of a node goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StayState {
    /// It has a lease until then, since the Unix epoch.
    Held(Duration),
    /// It has ended, and its members have to be taken out.
    Ended,
    /// They have been.
    Over,
}

/// The longest name of a stay.
const STAY_MAX: usize = 32;

impl NodeRow {
    /// The message.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        bytes(&mut out, self.stay.as_bytes());
        match self.state {
            StayState::Held(until) => {
                out.push(0);
                span(&mut out, until);
            }
            StayState::Ended => out.push(1),
            StayState::Over => out.push(2),
        }
        out
    }

    /// Reads a message.
    ///
    /// # Errors
    /// When the bytes are not exactly one.
    pub fn decode(encoded: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(encoded);
        match reader.byte()? {
            VERSION => {}
            version => return Err(DecodeError::Version(version)),
        }
        let stay = reader.text("stay")?;
        // It is a part of a subject.
        let is_plain = stay.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if stay.is_empty() || stay.len() > STAY_MAX || !is_plain {
            return Err(DecodeError::Invalid("stay"));
        }
        let state = match reader.byte()? {
            0 => StayState::Held(reader.span()?),
            1 => StayState::Ended,
            2 => StayState::Over,
            _ => return Err(DecodeError::Invalid("state")),
        };
        reader.end()?;
        Ok(Self {
            stay: stay.to_owned(),
            state,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn nodes_come_back_whole() {
        for state in [
            StayState::Held(Duration::new(7, 8)),
            StayState::Ended,
            StayState::Over,
        ] {
            let stay = "07ab".to_owned();
            let row = NodeRow { stay, state };
            assert_eq!(NodeRow::decode(&row.encode()), Ok(row));
        }
        let stay = "a.b".to_owned();
        let state = StayState::Ended;
        let refused = NodeRow::decode(&NodeRow { stay, state }.encode());
        assert_eq!(refused, Err(DecodeError::Invalid("stay")));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_node_or_an_error(mut bytes in vec(any::<u8>(), 0..60), versioned: bool) {
            if versioned && let Some(first) = bytes.first_mut() {
                *first = VERSION;
            }
            if let Ok(row) = NodeRow::decode(&bytes) {
                prop_assert_eq!(row.encode(), bytes);
            }
        }
    }
}
