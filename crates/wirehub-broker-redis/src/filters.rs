//! Which filters match a topic.

use wirehub_model::{Topic, TopicFilter};

/// Whether a filter matches a topic (MQTT 5.0, 4.7): names under `$` are hidden from wildcards in
/// the first level.
pub(crate) fn matches(filter: &TopicFilter, topic: &Topic) -> bool {
    let mut levels = topic.as_str().split('/');
    for (index, pattern) in filter.levels().enumerate() {
        let hidden = index == 0 && topic.as_str().starts_with('$');
        match pattern {
            "#" => return !hidden,
            "+" if !hidden && levels.next().is_some() => {}
            "+" => return false,
            exact => match levels.next() {
                Some(level) if level == exact => {}
                _ => return false,
            },
        }
    }
    levels.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_mqtt_has_it() {
        for (filter, topic, expected) in [
            ("a/+/x", "a/1/x", true),
            ("a/+/x", "a/1/y", false),
            ("a/#", "a", true),
            ("a/#", "a/b/c", true),
            ("a/#", "ab", false),
            ("+", "a", true),
            ("+", "a/b", false),
            ("#", "$a", false),
            ("+/b", "$a/b", false),
            ("$a/#", "$a/b", true),
            ("a", "a", true),
            ("a", "a/b", false),
        ] {
            let (filter, topic) = (TopicFilter::parse(filter), Topic::parse(topic));
            let (filter, topic) = (filter.unwrap(), topic.unwrap());
            assert_eq!(matches(&filter, &topic), expected, "{filter:?} {topic:?}");
        }
    }
}
