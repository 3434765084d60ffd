//! A pattern of topic names.

use std::{borrow::Borrow, fmt, sync::Arc};

use crate::topic::{Topic, TopicError, check};

/// A topic filter as in MQTT 5.0, section 4.7: `+` stands for one level, a final `#` for any number
/// of levels, its parent included (`a/#` matches `a`).
///
/// Wildcards in the first level do not match names that begin with `$` (section 4.7.2). A filter
/// without wildcards matches exactly the topic of that name. Cloning shares the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicFilter(Arc<str>);

impl TopicFilter {
    /// Checks and takes a filter.
    ///
    /// # Errors
    /// Says which rule the filter breaks.
    pub fn parse(filter: &str) -> Result<Self, TopicError> {
        check(filter)?;
        let mut levels = filter.split('/').peekable();
        while let Some(level) = levels.next() {
            match level {
                "#" if levels.peek().is_some() => return Err(TopicError::HashNotLast),
                "#" | "+" => {}
                _ => {
                    if let Some(wildcard) = level.chars().find(|c| matches!(c, '+' | '#')) {
                        return Err(TopicError::WildcardInLevel(wildcard));
                    }
                }
            }
        }
        Ok(Self(filter.into()))
    }

    /// The filter that matches every topic not under `$`.
    #[must_use]
    pub fn everything() -> Self {
        Self("#".into())
    }

    /// The filter's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The levels of the filter, in order.
    pub fn levels(&self) -> std::str::Split<'_, char> {
        self.0.split('/')
    }

    /// The topic this filter names, when it has no wildcard.
    #[must_use]
    pub fn as_topic(&self) -> Option<Topic> {
        let exact = self.levels().all(|level| !matches!(level, "+" | "#"));
        exact.then(|| Topic::from_checked(Arc::clone(&self.0)))
    }

    /// Whether the filter matches the topic.
    #[must_use]
    pub fn matches(&self, topic: &Topic) -> bool {
        self.covers_levels(topic.as_str())
    }

    /// Whether every topic that `other` matches is matched by this filter too.
    ///
    /// This is the question of permissions: a client that holds the capability `orders/#` may
    /// subscribe to `orders/+/status`.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.covers_levels(&other.0)
    }

    /// Whether some topic may be matched by both filters.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        if hidden_from_wildcards(&self.0, &other.0) || hidden_from_wildcards(&other.0, &self.0) {
            return false;
        }
        let (mut ours, mut theirs) = (self.levels(), other.levels());
        loop {
            match (ours.next(), theirs.next()) {
                (Some("#"), _) | (_, Some("#")) | (None, None) => return true,
                (Some(a), Some(b)) if a == b || a == "+" || b == "+" => {}
                _ => return false,
            }
        }
    }

    /// Walks both level by level; `+` and `#` in `other` are covered only by an equal or wider
    /// wildcard.
    fn covers_levels(&self, other: &str) -> bool {
        if hidden_from_wildcards(&self.0, other) {
            return false;
        }
        let mut theirs = other.split('/');
        for ours in self.levels() {
            match (ours, theirs.next()) {
                ("#", _) => return true,
                ("+", Some(level)) if level != "#" => {}
                (ours, Some(level)) if ours == level => {}
                _ => return false,
            }
        }
        theirs.next().is_none()
    }
}

/// Names under `$` are the server's own: a wildcard in the first level does not reach them.
fn hidden_from_wildcards(filter: &str, other: &str) -> bool {
    other.starts_with('$') && filter.starts_with(['+', '#'])
}

impl From<&Topic> for TopicFilter {
    fn from(topic: &Topic) -> Self {
        Self(topic.shared())
    }
}

impl Borrow<str> for TopicFilter {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TopicFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TopicFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TopicFilter({:?})", &*self.0)
    }
}

#[cfg(test)]
mod tests;
