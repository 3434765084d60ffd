//! Which messages a subscriber chooses by their tags.

use crate::{EventName, Message, decimal};

/// A condition on the tags of a message, or on its event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagsFilter {
    /// One tag passes a test.
    Tag(Box<str>, TagTest),
    /// The event passes a test, as if it were a tag.
    Event(TagTest),
    /// Every condition holds.
    All(Vec<Self>),
    /// At least one holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
}

/// What a tag is asked. But for the tests that say so, a tag that is missing passes none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagTest {
    /// It is there.
    Exists,
    /// It is missing.
    Missing,
    /// It has this value.
    Is(Box<str>),
    /// It has another value, or is missing.
    IsNot(Box<str>),
    /// It has one of these values; a missing one counts as the empty value.
    OneOf(Box<[Box<str>]>),
    /// It has none of these values; a missing one counts as the empty value.
    NoneOf(Box<[Box<str>]>),
    /// Its value begins with this.
    StartsWith(Box<str>),
    /// Its value ends with this.
    EndsWith(Box<str>),
    /// Its value has this in it.
    Contains(Box<str>),
    /// It is a number below this one. Numbers are decimal, of any length and without an exponent;
    /// what is none passes no comparison.
    Below(Box<str>),
    /// It is a number that is this one or below.
    AtMost(Box<str>),
    /// It is a number above this one.
    Above(Box<str>),
    /// It is a number that is this one or above.
    AtLeast(Box<str>),
}

impl TagsFilter {
    /// The most conditions and values in a filter, all levels together. Whoever makes one of what a
    /// client says counts them.
    pub const PARTS_MAX: usize = 64;
    /// The most bytes of UTF-8 in all names and values of a filter.
    pub const BYTES_MAX: usize = 4096;

    /// Whether a message is wanted.
    #[must_use]
    pub fn matches(&self, message: &Message) -> bool {
        match self {
            Self::Tag(name, test) => test.passes(message.tags.get(name)),
            Self::Event(test) => test.passes(message.event.as_ref().map(EventName::as_str)),
            Self::All(all) => all.iter().all(|one| one.matches(message)),
            Self::Any(any) => any.iter().any(|one| one.matches(message)),
            Self::Not(one) => !one.matches(message),
        }
    }
}

impl TagTest {
    fn passes(&self, value: Option<&str>) -> bool {
        let found = |test: &dyn Fn(&str) -> bool| value.is_some_and(test);
        let among = |all: &[Box<str>]| all.iter().any(|one| **one == *value.unwrap_or_default());
        let against = |number: &str| decimal::compare(value?, number);
        match self {
            Self::Exists => value.is_some(),
            Self::Missing => value.is_none(),
            Self::Is(wanted) => value == Some(wanted),
            Self::IsNot(unwanted) => value != Some(unwanted),
            Self::OneOf(all) => among(all),
            Self::NoneOf(all) => !among(all),
            Self::StartsWith(part) => found(&|value| value.starts_with(&**part)),
            Self::EndsWith(part) => found(&|value| value.ends_with(&**part)),
            Self::Contains(part) => found(&|value| value.contains(&**part)),
            Self::Below(number) => against(number).is_some_and(std::cmp::Ordering::is_lt),
            Self::AtMost(number) => against(number).is_some_and(std::cmp::Ordering::is_le),
            Self::Above(number) => against(number).is_some_and(std::cmp::Ordering::is_gt),
            Self::AtLeast(number) => against(number).is_some_and(std::cmp::Ordering::is_ge),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Payload, Tags};

    type Values<'a> = &'a [Option<&'a str>];

    fn message<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Message {
        Message {
            tags: Tags::new(tags).unwrap(),
            ..Message::of(Payload::Json("1".into()))
        }
    }

    fn passes(test: &TagTest, value: Option<&str>) -> bool {
        let message = message(value.map(|value| ("tag", value)));
        TagsFilter::Tag("tag".into(), test.clone()).matches(&message)
    }

    #[test]
    fn every_test_has_its_meaning() {
        let two = || Box::new(["a".into(), "b".into()]);
        // A test, values that pass it, values that do not; none stands for a missing tag.
        let cases: [(TagTest, Values<'_>, Values<'_>); 13] = [
            (TagTest::Exists, &[Some("")], &[None]),
            (TagTest::Missing, &[None], &[Some("")]),
            (TagTest::Is("a".into()), &[Some("a")], &[Some("b"), None]),
            (TagTest::IsNot("a".into()), &[Some("b"), None], &[Some("a")]),
            (TagTest::OneOf(two()), &[Some("b")], &[Some("c"), None]),
            (TagTest::NoneOf(two()), &[Some("c"), None], &[Some("a")]),
            (
                TagTest::StartsWith("ab".into()),
                &[Some("abc")],
                &[Some("cab"), None],
            ),
            (
                TagTest::EndsWith("ab".into()),
                &[Some("cab")],
                &[Some("abc"), None],
            ),
            (
                TagTest::Contains("b".into()),
                &[Some("abc")],
                &[Some("ac"), None],
            ),
            (
                TagTest::Below("10".into()),
                &[Some("9")],
                &[Some("10"), Some("x"), None],
            ),
            (
                TagTest::AtMost("10".into()),
                &[Some("10.0")],
                &[Some("11"), Some("")],
            ),
            (
                TagTest::Above("9".into()),
                &[Some("10")],
                &[Some("9"), Some("-10")],
            ),
            (
                TagTest::AtLeast("9.5".into()),
                &[Some("9.50")],
                &[Some("9.4"), None],
            ),
        ];
        for (test, good, bad) in cases {
            assert!(good.iter().all(|value| passes(&test, *value)), "{test:?}");
            assert!(!bad.iter().any(|value| passes(&test, *value)), "{test:?}");
        }
    }

    #[test]
    fn conditions_combine() {
        let is = |name: &str, value: &str| TagsFilter::Tag(name.into(), TagTest::Is(value.into()));
        let either = TagsFilter::Any(vec![is("side", "buy"), is("side", "sell")]);
        let large = TagsFilter::Tag("lots".into(), TagTest::Above("100".into()));
        let wanted = TagsFilter::All(vec![either, TagsFilter::Not(Box::new(large))]);
        let matches = |side, lots| {
            let message = message([("side", side), ("lots", lots)]);
            wanted.matches(&message)
        };
        assert!(matches("buy", "7") && matches("sell", "100"));
        assert!(!matches("buy", "101") && !matches("hold", "7"));
    }

    #[test]
    fn the_event_is_asked_like_a_tag() {
        let paid = TagsFilter::Event(TagTest::Is("paid".into()));
        let said = |event: Option<&str>| Message {
            event: event.and_then(EventName::parse),
            ..message([("event", "paid")])
        };
        assert!(paid.matches(&said(Some("paid"))));
        assert!(!paid.matches(&said(Some("typing"))) && !paid.matches(&said(None)));
    }
}
