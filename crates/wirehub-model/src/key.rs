//! What a publication is about, in the application's words.

use std::{borrow::Borrow, fmt, sync::Arc};

/// A key chosen by a publisher: UTF-8, 1 to [`Key::BYTES_MAX`] bytes without control characters.
/// Cloning shares the text.
///
/// As the `key` of a publication it names the thing that the publication tells the state of, so
/// that a newer one can stand for the older ones. As an `idempotency_key` it names the publication
/// itself, so that sending it twice publishes it once.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Arc<str>);

impl Key {
    /// The longest key, in bytes of UTF-8.
    pub const BYTES_MAX: usize = 255;

    /// Checks and takes a key.
    ///
    /// # Errors
    /// When the text is empty, too long or holds a control character.
    pub fn parse(key: &str) -> Result<Self, KeyError> {
        if key.is_empty() || key.len() > Self::BYTES_MAX || key.chars().any(char::is_control) {
            return Err(KeyError);
        }
        Ok(Self(key.into()))
    }

    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?})", &*self.0)
    }
}

/// The text is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key must have 1 to {max} bytes and no control character", max = Key::BYTES_MAX)]
pub struct KeyError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_text_within_bounds() {
        assert_eq!(Key::parse("BTC-EUR").unwrap().as_str(), "BTC-EUR");
        for bad in ["", "a\nb", &"x".repeat(256)] {
            assert_eq!(Key::parse(bad), Err(KeyError));
        }
    }
}
