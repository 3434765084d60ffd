//! Publications of one topic that the server is asked to take together.

use wirehub_broker::{Append, Idempotency, stored::encode_append};
use wirehub_model::Topic;

use crate::topic_calls::{millis, rules};

/// Publications that one script takes, and bytes of payload in them. While it runs, the server does
/// nothing else.
const TOGETHER: usize = 64;
const TOGETHER_BYTES: usize = 64 * 1024;

/// Publications of a topic, in their order, that are kept by the same rules.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Appends {
    pub(crate) topic: Topic,
    /// By which rules they are kept, and how many names are remembered.
    head: [String; 2],
    /// What the script is told of each.
    publications: Vec<[Vec<u8>; 7]>,
    bytes: usize,
}

impl Appends {
    /// One publication of a node.
    pub(crate) fn one(append: &Append, node: &str, names: usize) -> Self {
        let name = append.idempotency.as_ref().map(written).unwrap_or_default();
        let key = append.key.as_ref().map(|key| format!("k{}", key.as_str()));
        let ends = append.expires_at.map(|end| millis(end).to_string());
        let bytes = append.message.payload.bytes().len();
        let mut publication = Vec::with_capacity(64 + bytes);
        encode_append(append, &mut publication);
        Self {
            topic: append.topic.clone(),
            head: [rules(&append.retention), names.to_string()],
            publications: vec![[
                name.into_bytes(),
                millis(append.accepted_at).to_string().into_bytes(),
                ends.unwrap_or_default().into_bytes(),
                bytes.to_string().into_bytes(),
                key.unwrap_or_default().into_bytes(),
                node.as_bytes().to_vec(),
                publication,
            ]],
            bytes,
        }
    }

    /// Takes others of the same topic behind its own; gives them back when they do not fit.
    pub(crate) fn join(&mut self, mut others: Self) -> Result<(), Self> {
        let fits = self.topic == others.topic
            && self.head == others.head
            && self.publications.len() + others.publications.len() <= TOGETHER
            && self.bytes.saturating_add(others.bytes) <= TOGETHER_BYTES;
        if !fits {
            return Err(others);
        }
        self.publications.append(&mut others.publications);
        self.bytes += others.bytes;
        Ok(())
    }

    /// What the script is told, behind what all scripts about topics are.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &[u8]> {
        let parts = self.publications.iter().flatten();
        let head = self.head.iter().map(String::as_bytes);
        head.chain(parts.map(Vec::as_slice))
    }
}

/// A name with its scope; the length keeps them apart.
fn written(name: &Idempotency) -> String {
    format!("{}:{}{}", name.scope.len(), name.scope, name.key.as_str())
}
