//! The names of keys and channels.

use wirehub_broker::NodeName;
use wirehub_model::{Topic, TopicFilter};

use crate::ConnectError;

/// The longest prefix, in bytes.
const PREFIX_MAX: usize = 64;

/// Makes the names of keys and channels.
///
/// A topic's keys are `PREFIX:topic:{NAME}:PART`. Whatever the name holds, the braces around it are
/// the first two, so all keys of a topic are in one slot of a cluster.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    prefix: String,
}

impl Keys {
    pub(crate) fn new(prefix: &str) -> Result<Self, ConnectError> {
        let allowed =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
        if prefix.is_empty() || prefix.len() > PREFIX_MAX || !prefix.bytes().all(allowed) {
            return Err(ConnectError::Prefix);
        }
        Ok(Self {
            prefix: prefix.to_owned(),
        })
    }

    fn of_topic(&self, topic: &Topic, part: &str) -> String {
        let name = written(topic.as_str());
        format!("{}:topic:{{{name}}}:{part}", self.prefix)
    }

    /// The keys of a topic's publications, and its channel.
    pub(crate) fn publications(&self, topic: &Topic) -> Vec<String> {
        let parts = ["row", "history", "values", "keys", "names", "order", "news"];
        parts.map(|part| self.of_topic(topic, part)).to_vec()
    }

    /// The keys of a topic's members, and its channel.
    pub(crate) fn crowd(&self, topic: &Topic) -> Vec<String> {
        let parts = ["members", "places", "users", "version", "news"];
        parts.map(|part| self.of_topic(topic, part)).to_vec()
    }

    /// Where what happens on a topic is told.
    pub(crate) fn channel(&self, topic: &Topic) -> String {
        self.of_topic(topic, "news")
    }

    /// The topic of a channel, unless it is another channel.
    pub(crate) fn topic(&self, channel: &str) -> Option<Topic> {
        let name = channel.strip_prefix(self.prefix.as_str())?;
        let name = name.strip_prefix(":topic:{")?.strip_suffix("}:news")?;
        let topic = Topic::parse(&read(name)?).ok()?;
        // There is one way to write each name.
        (written(topic.as_str()) == name).then_some(topic)
    }

    /// A pattern of channels that reaches all topics a filter matches, and maybe others.
    pub(crate) fn pattern(&self, filter: &TopicFilter) -> String {
        let levels = filter.levels().map(|level| match level {
            "+" | "#" => "*".to_owned(),
            level => escaped(&written(level)),
        });
        let levels: Vec<String> = levels.collect();
        let mut pattern = levels.join("/");
        if filter.as_str().ends_with("/#") {
            // `a/#` matches `a` too.
            pattern.truncate(pattern.len() - 2);
            pattern.push('*');
        }
        format!("{}:topic:{{{pattern}}}:news", self.prefix)
    }

    /// A pattern that no channel has.
    pub(crate) fn no_channel(&self) -> String {
        format!("{}:filters", self.prefix)
    }

    /// The nodes, and the incarnations that have ended.
    pub(crate) fn nodes(&self) -> Vec<String> {
        let parts = ["nodes", "ended"];
        parts
            .map(|part| format!("{}:hub:{{nodes}}:{part}", self.prefix))
            .to_vec()
    }

    /// Where an incarnation of a node has members, and when that was noted of each.
    pub(crate) fn held(&self, incarnation: &str) -> String {
        format!("{}:hub:{{{incarnation}}}:held", self.prefix)
    }

    /// Where a node hears what is meant for it.
    pub(crate) fn inbox(&self, node: &NodeName) -> String {
        format!("{}:hub:{{nodes}}:inbox:{node}", self.prefix)
    }

    /// Where all nodes hear.
    pub(crate) fn everyone(&self) -> String {
        format!("{}:hub:{{nodes}}:everyone", self.prefix)
    }
}

/// A name without braces, which mark what a cluster chooses the slot by.
fn written(name: &str) -> String {
    let mut written = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '%' => written.push_str("%25"),
            '{' => written.push_str("%7B"),
            '}' => written.push_str("%7D"),
            c => written.push(c),
        }
    }
    written
}

fn read(written: &str) -> Option<String> {
    let mut parts = written.split('%');
    let mut name = parts.next()?.to_owned();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        name.push(match code {
            "25" => '%',
            "7B" => '{',
            "7D" => '}',
            _ => return None,
        });
        name.push_str(rest);
    }
    Some(name)
}

/// A text that a pattern takes as it stands.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '^' | '-' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::new("w").unwrap()
    }

    #[test]
    fn names_cannot_leave_their_braces() {
        for name in ["orders/42", "}", "{", "a}{b", "%7D", "%", "ä*?[x]\\"] {
            let topic = Topic::parse(name).unwrap();
            let channel = keys().channel(&topic);
            assert_eq!(keys().topic(&channel), Some(topic.clone()), "{channel}");
            for key in keys().publications(&topic) {
                let inner = key.strip_prefix("w:topic:{").unwrap();
                let (inner, part) = inner.split_once('}').unwrap();
                assert!(!inner.is_empty() && !inner.contains('{'), "{key}");
                assert!(!part.contains(['{', '}']), "{key}");
            }
        }
    }

    #[test]
    fn foreign_channels_are_no_topics() {
        for channel in [
            "w:hub:{nodes}:everyone",
            "w:topic:{a}:row",
            "x:topic:{a}:news",
            "w:topic:{}:news",
            "w:topic:{%}:news",
            "w:topic:{%2}:news",
            "w:topic:{%41}:news",
            "w:topic:{a{b}:news",
            "w:topic:{a/+}:news",
        ] {
            assert_eq!(keys().topic(channel), None, "{channel}");
        }
    }

    #[test]
    fn patterns_reach_what_filters_match() {
        for (filter, pattern) in [
            ("a/+/c", "w:topic:{a/*/c}:news"),
            ("a/#", "w:topic:{a*}:news"),
            ("#", "w:topic:{*}:news"),
            ("a*b/{/+", "w:topic:{a\\*b/%7B/*}:news"),
        ] {
            let filter = TopicFilter::parse(filter).unwrap();
            assert_eq!(keys().pattern(&filter), pattern);
        }
    }

    #[test]
    fn prefixes_are_checked() {
        for bad in ["", "a b", "a{b", &"x".repeat(65)] {
            assert_eq!(Keys::new(bad).err(), Some(ConnectError::Prefix), "{bad}");
        }
    }
}
