use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

fn subjects() -> Subjects {
    Subjects::new("w").unwrap()
}

fn topic(name: &str) -> Topic {
    Topic::parse(name).unwrap()
}

#[test]
fn topics_are_levels_of_tokens() {
    for (name, subject) in [
        ("orders/42", "w.live.orders.42"),
        ("a//b/", "w.live.a.%.b.%"),
        ("a.b", "w.live.a%2Eb"),
        ("$SYS/x", "w.live.%24SYS.x"),
        ("a*/>", "w.live.a%2A.%3E"),
        ("ä b", "w.live.%C3%A4%20b"),
        ("%", "w.live.%25"),
    ] {
        assert_eq!(subjects().live(&topic(name)), subject);
        assert_eq!(subjects().live_topic(subject), Some(topic(name)));
    }
}

#[test]
fn foreign_subjects_are_no_topics() {
    for subject in [
        "w.log.a",
        "x.live.a",
        "w.live.",
        "w.live.a..b",
        "w.live.a%2",
        "w.live.%41",
        "w.live.%2a",
        "w.live.%FF",
        "w.live.a%2Fb",
        "w.live.%2B",
        "w.live.ä",
    ] {
        assert_eq!(subjects().live_topic(subject), None, "{subject}");
    }
}

#[test]
fn filters_reach_what_they_match() {
    for (filter, expected) in [
        ("a/+/c", &["w.live.a.*.c"][..]),
        ("a/#", &["w.live.a.>", "w.live.a"]),
        ("#", &["w.live.>"]),
        ("+/>", &["w.live.*.%3E"]),
    ] {
        let filter = TopicFilter::parse(filter).unwrap();
        assert_eq!(subjects().live_filter(&filter), expected);
    }
}

#[test]
fn prefixes_are_checked() {
    for bad in ["", "a b", "a.b", "*", &"x".repeat(33)] {
        let refused = Subjects::new(bad).err();
        assert_eq!(refused, Some(ConnectError::Prefix), "{bad}");
    }
}

#[test]
fn members_say_who_they_are() {
    let (topic, node) = (topic("a.b/c"), NodeName::parse("eu-1.a").unwrap());
    let connection = ConnectionId::from_number(u64::MAX);
    let subject = subjects().member(&topic, connection, (&node, "07"));
    let read = subjects().read_member(&subject);
    assert_eq!(read, Some((topic, connection, node)));
}

/// Names that are hard to keep apart.
fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[ab./*>%$ 4]{1,12}", "\\PC{1,20}"]
}

/// Whether a subject reaches what another one says, as a server has it.
fn reaches(pattern: &str, subject: &str) -> bool {
    let mut tokens = subject.split('.');
    for wanted in pattern.split('.') {
        match (wanted, tokens.next()) {
            (">", Some(_)) => return true,
            ("*", Some(_)) => {}
            (wanted, Some(token)) if wanted == token => {}
            _ => return false,
        }
    }
    tokens.next().is_none()
}

proptest! {
    #[test]
    fn no_name_leaves_its_subject(name in name()) {
        let Ok(topic) = Topic::parse(&name) else { return Ok(()) };
        let subject = subjects().live(&topic);
        prop_assert_eq!(subject.split('.').count(), 2 + name.split('/').count());
        prop_assert!(subject.split('.').all(|token| !token.is_empty()));
        prop_assert!(!subject.contains(['*', '>', ' ', '\t']) && subject.is_ascii());
        prop_assert_eq!(subjects().live_topic(&subject), Some(topic.clone()));
        for subject in [subjects().values(&topic), subjects().names(&topic)] {
            prop_assert_eq!(subject.split('.').count(), 4);
        }
    }

    #[test]
    fn no_two_names_meet(one in name(), other in name(), key in name()) {
        let (one, other) = (Topic::parse(&one), Topic::parse(&other));
        let (Ok(one), Ok(other)) = (one, other) else { return Ok(()) };
        let Ok(key) = Key::parse(&key) else { return Ok(()) };
        let name = |scope: &str| Idempotency { scope: scope.into(), key: key.clone() };
        let all = |topic: &Topic| {
            let subjects = subjects();
            [
                subjects.log(topic),
                subjects.live(topic),
                subjects.crowd(topic),
                subjects.seen(topic),
                subjects.value(topic, &key),
                subjects.name(topic, &name("")),
                subjects.name(topic, &name("1:")),
            ]
        };
        let mut together: HashSet<String> = all(&one).into_iter().collect();
        prop_assert_eq!(together.len(), 7);
        together.extend(all(&other));
        prop_assert_eq!(together.len(), if one == other { 7 } else { 14 });
    }

    #[test]
    fn filters_reach_their_topics_once(filter in "[ab+]{1,2}(/[ab+]{0,2}){0,2}(/#)?", name in "[ab]{1,2}(/[ab]{0,2}){0,3}") {
        let (Ok(filter), Ok(topic)) = (TopicFilter::parse(&filter), Topic::parse(&name)) else {
            return Ok(());
        };
        let subject = subjects().live(&topic);
        let patterns = subjects().live_filter(&filter);
        let reached = patterns.iter().filter(|pattern| reaches(pattern, &subject)).count();
        prop_assert_eq!(reached, usize::from(filter.matches(&topic)), "{:?}", patterns);
    }
}
