//! The name of a node.

use std::{fmt, sync::Arc};

/// The name of a hub among the hubs of one broker: 1 to [`NodeName::BYTES_MAX`] bytes of ASCII
/// letters, digits, `-`, `_` and `.`, so that it may be part of a key or a subject of any broker.
/// Cloning shares the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeName(Arc<str>);

impl NodeName {
    /// The longest name, in bytes.
    pub const BYTES_MAX: usize = 64;

    /// Checks and takes a name.
    ///
    /// # Errors
    /// When the text is empty, too long or holds another character.
    pub fn parse(name: &str) -> Result<Self, NodeNameError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || name.len() > Self::BYTES_MAX || !name.bytes().all(allowed) {
            return Err(NodeNameError);
        }
        Ok(Self(name.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeName({})", self.0)
    }
}

/// The text is not a node's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a node's name must have 1 to {max} letters, digits, `-`, `_` or `.`", max = NodeName::BYTES_MAX)]
pub struct NodeNameError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_that_fit_every_broker() {
        assert_eq!(NodeName::parse("eu-1.a_b").unwrap().as_str(), "eu-1.a_b");
        for bad in ["", "a b", "a/b", "ä", &"x".repeat(65)] {
            assert_eq!(NodeName::parse(bad), Err(NodeNameError), "{bad}");
        }
    }
}
