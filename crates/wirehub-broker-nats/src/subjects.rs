//! The names of subjects and streams.

use wirehub_broker::{Idempotency, NodeName};
use wirehub_model::{ConnectionId, Key, Topic, TopicFilter, UserId};

use crate::ConnectError;

/// The longest prefix, in bytes.
const PREFIX_MAX: usize = 32;

/// Makes the names of subjects and streams.
///
/// A token holds letters, digits, `-` and `_` as they are; every other byte is `%` and two capital
/// digits, and a token of nothing is `%`. So no name leaves its token, and no two are the same.
/// Where subjects are filtered by topic, a topic has a token for each of its levels; elsewhere it
/// is one token.
#[derive(Clone, Debug)]
pub(crate) struct Subjects {
    prefix: String,
}

impl Subjects {
    pub(crate) fn new(prefix: &str) -> Result<Self, ConnectError> {
        if prefix.is_empty() || prefix.len() > PREFIX_MAX || !prefix.bytes().all(is_plain) {
            return Err(ConnectError::Prefix);
        }
        Ok(Self {
            prefix: prefix.to_owned(),
        })
    }

    fn of(&self, kind: &str, rest: &str) -> String {
        format!("{}.{kind}.{rest}", self.prefix)
    }

    /// The stream of what is published.
    pub(crate) fn topics_stream(&self) -> String {
        format!("{}_topics", self.prefix)
    }

    /// The stream of who is there.
    pub(crate) fn crowds_stream(&self) -> String {
        format!("{}_crowds", self.prefix)
    }

    /// What the stream of topics keeps; and what it says anew, to where.
    pub(crate) fn topics(&self) -> ([String; 3], (String, String)) {
        let kept = ["log", "name", "value"].map(|kind| self.of(kind, ">"));
        (kept, (self.of("log", ">"), self.of("live", ">")))
    }

    /// The same of the stream of crowds.
    pub(crate) fn crowds(&self) -> ([String; 4], (String, String)) {
        let kept = ["crowd", "member", "user", "node"].map(|kind| self.of(kind, ">"));
        (kept, (self.of("crowd", ">"), self.of("seen", ">")))
    }

    /// Where a topic's publications are kept.
    pub(crate) fn log(&self, topic: &Topic) -> String {
        self.of("log", &levels(topic))
    }

    /// Where they are said once they are kept.
    pub(crate) fn live(&self, topic: &Topic) -> String {
        self.of("live", &levels(topic))
    }

    /// The topic of such a subject, unless it is another one.
    pub(crate) fn live_topic(&self, subject: &str) -> Option<Topic> {
        let rest = subject.strip_prefix(self.prefix.as_str())?;
        let rest = rest.strip_prefix(".live.")?;
        let names: Option<Vec<String>> = rest.split('.').map(read).collect();
        let topic = Topic::parse(&names?.join("/")).ok()?;
        // There is one way to write each name.
        (levels(&topic) == rest).then_some(topic)
    }

    /// Where all topics that a filter matches are said, and maybe others.
    pub(crate) fn live_filter(&self, filter: &TopicFilter) -> Vec<String> {
        let level = |level| match level {
            "+" => "*".to_owned(),
            "#" => ">".to_owned(),
            level => token(level),
        };
        let levels: Vec<String> = filter.levels().map(level).collect();
        let mut subjects = vec![self.of("live", &levels.join("."))];
        if let [parents @ .., last] = levels.as_slice()
            && last == ">"
            && !parents.is_empty()
        {
            // `a/#` matches `a` too.
            subjects.push(self.of("live", &parents.join(".")));
        }
        subjects
    }

    /// Where the name of a publication is kept.
    pub(crate) fn name(&self, topic: &Topic, name: &Idempotency) -> String {
        // The length keeps scope and key apart.
        let name = format!("{}:{}{}", name.scope.len(), name.scope, name.key.as_str());
        self.of(
            "name",
            &format!("{}.{}", token(topic.as_str()), token(&name)),
        )
    }

    /// All names of a topic.
    pub(crate) fn names(&self, topic: &Topic) -> String {
        self.of("name", &format!("{}.*", token(topic.as_str())))
    }

    /// Where the last publication with a key is kept.
    pub(crate) fn value(&self, topic: &Topic, key: &Key) -> String {
        let key = token(key.as_str());
        self.of("value", &format!("{}.{key}", token(topic.as_str())))
    }

    /// The last publications with all keys of a topic.
    pub(crate) fn values(&self, topic: &Topic) -> String {
        self.of("value", &format!("{}.*", token(topic.as_str())))
    }

    /// Where it is kept how many are on a topic.
    pub(crate) fn crowd(&self, topic: &Topic) -> String {
        self.of("crowd", &levels(topic))
    }

    /// Where it is said who comes and goes.
    pub(crate) fn seen(&self, topic: &Topic) -> String {
        self.of("seen", &levels(topic))
    }

    /// Where a member is kept, of a node in one of its stays. The order of texts is that of
    /// connections and nodes.
    pub(crate) fn member(
        &self,
        topic: &Topic,
        connection: ConnectionId,
        (node, stay): (&NodeName, &str),
    ) -> String {
        let (topic, node) = (token(topic.as_str()), token(node.as_str()));
        let connection = connection.number();
        self.of(
            "member",
            &format!("{topic}.{connection:016x}.{node}.{stay}"),
        )
    }

    /// All members of a topic.
    pub(crate) fn members(&self, topic: &Topic) -> String {
        self.of("member", &format!("{}.*.*.*", token(topic.as_str())))
    }

    /// All members of a node in one of its stays.
    pub(crate) fn held(&self, (node, stay): (&NodeName, &str)) -> String {
        self.of("member", &format!("*.*.{}.{stay}", token(node.as_str())))
    }

    /// The parts of a member's subject.
    pub(crate) fn read_member(&self, subject: &str) -> Option<(Topic, ConnectionId, NodeName)> {
        let rest = subject.strip_prefix(self.prefix.as_str())?;
        let mut tokens = rest.strip_prefix(".member.")?.split('.');
        let topic = Topic::parse(&read(tokens.next()?)?).ok()?;
        let connection = u64::from_str_radix(tokens.next()?, 16).ok()?;
        let node = NodeName::parse(&read(tokens.next()?)?).ok()?;
        Some((topic, ConnectionId::from_number(connection), node))
    }

    /// Where it is kept how many connections a user has on a topic.
    pub(crate) fn user(&self, topic: &Topic, user: &UserId) -> String {
        let user = token(user.as_str());
        self.of("user", &format!("{}.{user}", token(topic.as_str())))
    }

    /// Where the lease of a node is kept.
    pub(crate) fn lease(&self, node: &NodeName) -> String {
        self.of("node", &format!("{}.lease", token(node.as_str())))
    }

    /// The leases of all nodes.
    pub(crate) fn leases(&self) -> String {
        self.of("node", "*.lease")
    }

    /// The node of such a subject.
    pub(crate) fn lease_node(&self, subject: &str) -> Option<NodeName> {
        let rest = subject.strip_prefix(self.prefix.as_str())?;
        let node = rest.strip_prefix(".node.")?.strip_suffix(".lease")?;
        NodeName::parse(&read(node)?).ok()
    }

    /// What stays as it is as long as the node stays.
    pub(crate) fn stay(&self, node: &NodeName) -> String {
        self.of("node", &format!("{}.stay", token(node.as_str())))
    }

    /// Where a node hears what is meant for it.
    pub(crate) fn inbox(&self, node: &NodeName) -> String {
        self.of("word", &token(node.as_str()))
    }

    /// Where all nodes hear.
    pub(crate) fn everyone(&self) -> String {
        self.of("words", "all")
    }
}

const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// A text as one token.
fn token(text: &str) -> String {
    if text.is_empty() {
        return "%".to_owned();
    }
    let mut token = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_plain(byte) {
            token.push(char::from(byte));
        } else {
            token.push_str(&format!("%{byte:02X}"));
        }
    }
    token
}

/// The text of a token.
fn read(token: &str) -> Option<String> {
    if token == "%" {
        return Some(String::new());
    }
    let mut parts = token.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// A topic with a token for each level.
fn levels(topic: &Topic) -> String {
    let levels: Vec<String> = topic.as_str().split('/').map(token).collect();
    levels.join(".")
}

#[cfg(test)]
mod tests;
