//! What a translation has to say about an option.

use std::fmt;

/// An option that became no setting, or not quite, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Note {
    /// The option, or the options that belong together.
    pub(crate) option: String,
    /// What to do, in a sentence without its end.
    pub(crate) text: String,
}

impl Note {
    pub(super) fn new(option: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            option: option.into(),
            text: text.into(),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.option, self.text)
    }
}
