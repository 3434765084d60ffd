use proptest::prelude::*;

use super::*;

fn filter(text: &str) -> TopicFilter {
    TopicFilter::parse(text).unwrap()
}

fn matches(text: &str, name: &str) -> bool {
    filter(text).matches(&Topic::parse(name).unwrap())
}

#[test]
fn matches_as_mqtt_says() {
    for (text, name) in [
        ("sport/tennis/#", "sport/tennis"),
        ("sport/tennis/#", "sport/tennis/player1/ranking"),
        ("#", "a/b/c"),
        ("sport/+", "sport/"),
        ("+/+", "/finance"),
        ("/+", "/finance"),
        ("+", "finance"),
        ("$sys/#", "$sys/load"),
        ("a//b", "a//b"),
    ] {
        assert!(matches(text, name), "{text} should match {name}");
    }
    for (text, name) in [
        ("sport/+", "sport"),
        ("sport/tennis/+", "sport/tennis/player1/ranking"),
        ("+", "/finance"),
        ("#", "$sys/load"),
        ("+/load", "$sys/load"),
        ("a", "b"),
        ("a/b", "a"),
        ("a", "a/b"),
    ] {
        assert!(!matches(text, name), "{text} should not match {name}");
    }
}

#[test]
fn refuses_misplaced_wildcards() {
    assert_eq!(TopicFilter::parse("a/#/b"), Err(TopicError::HashNotLast));
    assert_eq!(
        TopicFilter::parse("a/b+"),
        Err(TopicError::WildcardInLevel('+'))
    );
    assert_eq!(
        TopicFilter::parse("a#"),
        Err(TopicError::WildcardInLevel('#'))
    );
}

#[test]
fn knows_when_it_names_one_topic() {
    assert_eq!(filter("a/b").as_topic(), Some(Topic::parse("a/b").unwrap()));
    assert_eq!(filter("a/+").as_topic(), None);
    assert_eq!(filter("#").as_topic(), None);
}

#[test]
fn covers_narrower_filters_only() {
    for (wide, narrow) in [
        ("#", "a/+/#"),
        ("orders/#", "orders/+/status"),
        ("orders/#", "orders/#"),
        ("orders/#", "orders"),
        ("+/b", "a/b"),
        ("+", "+"),
    ] {
        assert!(
            filter(wide).covers(&filter(narrow)),
            "{wide} covers {narrow}"
        );
    }
    for (narrow, wide) in [
        ("a/+", "a/#"),
        ("a/b", "a/+"),
        ("+", "#"),
        ("orders/+", "orders/+/x"),
        ("#", "$sys/#"),
    ] {
        assert!(
            !filter(narrow).covers(&filter(wide)),
            "{narrow} does not cover {wide}"
        );
    }
}

fn level() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("a"), Just("b"), Just(""), Just("$s")]
}

fn name() -> impl Strategy<Value = String> {
    prop::collection::vec(level(), 1..5)
        .prop_map(|levels| levels.join("/"))
        .prop_filter("a name is not empty", |name| !name.is_empty())
}

fn pattern() -> impl Strategy<Value = String> {
    let level = prop_oneof![3 => level(), 1 => Just("+")];
    (prop::collection::vec(level, 1..4), any::<bool>())
        .prop_map(|(mut levels, hash)| {
            if hash {
                levels.push("#");
            }
            levels.join("/")
        })
        .prop_filter("a filter is not empty", |text| !text.is_empty())
}

proptest! {
    #[test]
    fn filters_that_match_one_topic_overlap(
        one in pattern(), other in pattern(), name in name()
    ) {
        let (one, other) = (filter(&one), filter(&other));
        let topic = Topic::parse(&name).unwrap();
        prop_assert_eq!(one.overlaps(&other), other.overlaps(&one));
        if one.matches(&topic) && other.matches(&topic) {
            prop_assert!(one.overlaps(&other), "{} {} {}", one, other, topic);
        }
    }

    #[test]
    fn covering_means_matching_whatever_the_other_matches(
        wide in pattern(), narrow in pattern(), name in name()
    ) {
        let (wide, narrow) = (filter(&wide), filter(&narrow));
        let topic = Topic::parse(&name).unwrap();
        if wide.covers(&narrow) && narrow.matches(&topic) {
            prop_assert!(wide.matches(&topic), "{} {} {}", wide, narrow, topic);
        }
    }
}
