//! Labels of a message, by which subscribers choose.

use std::{fmt, sync::Arc};

/// A name and its value.
type Tag = (Box<str>, Box<str>);

/// Names with values that say what a message is about. Cloning shares them; a message without any
/// pays nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tags(Option<Arc<[Tag]>>);

impl Tags {
    /// The most that a message has.
    pub const COUNT_MAX: usize = 32;
    /// The most bytes of UTF-8 in all names and values.
    pub const BYTES_MAX: usize = 4096;

    /// Checks and takes tags. Of a name that comes twice the last value counts.
    ///
    /// # Errors
    /// When there are too many, they are too long, or a name is empty.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, TagsError> {
        let (mut tags, mut bytes) = (Vec::<Tag>::new(), 0);
        for (name, value) in pairs {
            bytes += name.len() + value.len();
            if name.is_empty() {
                return Err(TagsError::Name);
            }
            if bytes > Self::BYTES_MAX {
                return Err(TagsError::TooLong);
            }
            match tags.binary_search_by(|(known, _)| (**known).cmp(name)) {
                Ok(place) => tags[place].1 = value.into(),
                Err(_) if tags.len() == Self::COUNT_MAX => return Err(TagsError::TooMany),
                Err(place) => tags.insert(place, (name.into(), value.into())),
            }
        }
        Ok(Self((!tags.is_empty()).then(|| tags.into())))
    }

    /// The value of a tag.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let tags = self.0.as_deref()?;
        let place = tags.binary_search_by(|(known, _)| (**known).cmp(name));
        tags.get(place.ok()?).map(|(_, value)| &**value)
    }

    /// All names with their values, in the order of the names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let tags = self.0.as_deref().unwrap_or_default().iter();
        tags.map(|(name, value)| (&**name, &**value))
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl fmt::Debug for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Names and values are not tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagsError {
    /// A name has no characters.
    #[error("a tag must have a name")]
    Name,
    /// There are too many.
    #[error("a message has at most {most} tags", most = Tags::COUNT_MAX)]
    TooMany,
    /// They are too long.
    #[error("the tags of a message have at most {most} bytes", most = Tags::BYTES_MAX)]
    TooLong,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_of_a_name_counts() {
        let tags = Tags::new([("side", "buy"), ("lot", "7"), ("side", "sell")]).unwrap();
        let all: Vec<_> = tags.iter().collect();
        assert_eq!(all, [("lot", "7"), ("side", "sell")]);
        assert_eq!((tags.get("side"), tags.get("sid")), (Some("sell"), None));
        assert!(!tags.is_empty() && Tags::new([]).unwrap().is_empty());
    }

    #[test]
    fn there_are_bounds() {
        let names: Vec<String> = (0..=Tags::COUNT_MAX).map(|n| n.to_string()).collect();
        let mut pairs: Vec<_> = names.iter().map(|name| (&**name, "")).collect();
        assert_eq!(Tags::new(pairs.clone()), Err(TagsError::TooMany));
        pairs.pop();
        assert_eq!(Tags::new(pairs).unwrap().iter().len(), Tags::COUNT_MAX);
        assert_eq!(Tags::new([("", "x")]), Err(TagsError::Name));
        let long = "x".repeat(Tags::BYTES_MAX);
        assert_eq!(Tags::new([("n", &*long)]), Err(TagsError::TooLong));
        assert!(Tags::new([("n", &long[1..])]).is_ok());
    }
}
