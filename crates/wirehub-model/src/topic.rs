//! The name messages are published to.

use std::{borrow::Borrow, fmt, sync::Arc};

/// The name of a topic: UTF-8, levels separated by `/`, 1 to [`Topic::BYTES_MAX`] bytes.
///
/// Names follow the rules for topic names of MQTT 5.0 (section 4.7): no `+` and no `#`, which
/// belong to
/// [`TopicFilter`](crate::TopicFilter). Control characters are refused as well, so that a name can
/// be logged as it is. Empty levels are allowed and count. Cloning shares the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(Arc<str>);

impl Topic {
    /// The longest name, in bytes of UTF-8.
    pub const BYTES_MAX: usize = 255;

    /// Checks and takes a name.
    ///
    /// # Errors
    /// Says which rule the name breaks.
    pub fn parse(name: &str) -> Result<Self, TopicError> {
        check(name)?;
        if let Some(wildcard) = name.chars().find(|c| matches!(c, '+' | '#')) {
            return Err(TopicError::Wildcard(wildcard));
        }
        Ok(Self(name.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The shared text of the name, for tables that keep it.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    /// Takes a name that [`TopicFilter`](crate::TopicFilter) has checked and found free of
    /// wildcards.
    pub(crate) fn from_checked(name: Arc<str>) -> Self {
        Self(name)
    }
}

/// The rules that names and filters share.
pub(crate) fn check(text: &str) -> Result<(), TopicError> {
    if text.is_empty() {
        return Err(TopicError::Empty);
    }
    if text.len() > Topic::BYTES_MAX {
        return Err(TopicError::TooLong(text.len()));
    }
    if text.chars().any(char::is_control) {
        return Err(TopicError::Control);
    }
    Ok(())
}

impl Borrow<str> for Topic {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Topic({:?})", &*self.0)
    }
}

/// Why a text is not a topic name or a topic filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TopicError {
    /// The text is empty.
    #[error("topic is empty")]
    Empty,
    /// The text has this many bytes, more than [`Topic::BYTES_MAX`].
    #[error("topic has {0} bytes, more than {max}", max = Topic::BYTES_MAX)]
    TooLong(usize),
    /// The text holds a control character.
    #[error("topic holds a control character")]
    Control,
    /// A name holds this wildcard, which only a filter may.
    #[error("topic holds the wildcard `{0}`, which only a subscription may use")]
    Wildcard(char),
    /// A wildcard shares its level with other characters.
    #[error("wildcard `{0}` must stand alone between slashes")]
    WildcardInLevel(char),
    /// `#` is not the last level.
    #[error("wildcard `#` must be the last level")]
    HashNotLast,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_ordinary_names() {
        for name in [
            "a",
            "orders/42/status",
            "/",
            "a//b",
            "räume/größe",
            "$sys/x",
        ] {
            assert_eq!(Topic::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn says_which_rule_is_broken() {
        assert_eq!(Topic::parse(""), Err(TopicError::Empty));
        assert_eq!(
            Topic::parse(&"x".repeat(256)),
            Err(TopicError::TooLong(256))
        );
        assert_eq!(Topic::parse("a\nb"), Err(TopicError::Control));
        assert_eq!(Topic::parse("a/+"), Err(TopicError::Wildcard('+')));
        assert_eq!(Topic::parse("a#"), Err(TopicError::Wildcard('#')));
    }
}
