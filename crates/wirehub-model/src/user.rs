//! Who a connection belongs to.

use std::{borrow::Borrow, fmt, sync::Arc};

/// The identity of a user, as the token's `sub` claim gives it: opaque UTF-8, 1 to
/// [`UserId::BYTES_MAX`] bytes without control characters. Cloning shares the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(Arc<str>);

impl UserId {
    /// The longest identity, in bytes of UTF-8.
    pub const BYTES_MAX: usize = 255;

    /// Checks and takes an identity.
    ///
    /// # Errors
    /// When the text is empty, too long or holds a control character.
    pub fn parse(id: &str) -> Result<Self, UserIdError> {
        if id.is_empty() || id.len() > Self::BYTES_MAX || id.chars().any(char::is_control) {
            return Err(UserIdError);
        }
        Ok(Self(id.into()))
    }

    /// The identity.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for UserId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserId({:?})", &*self.0)
    }
}

/// The text is not a user identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("user must have 1 to {max} bytes and no control character", max = UserId::BYTES_MAX)]
pub struct UserIdError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_opaque_text_within_bounds() {
        assert_eq!(UserId::parse("jürgen@x").unwrap().as_str(), "jürgen@x");
        for bad in ["", "a\u{0}b", &"x".repeat(256)] {
            assert_eq!(UserId::parse(bad), Err(UserIdError));
        }
    }
}
