//! Publications of one topic that the server is asked to take together.

use wirehub_broker::{Append, Idempotency, stored::encode_append};
use wirehub_model::Topic;

use crate::topic_calls::{millis, rules};

/// Publications that one script takes, and bytes of payload in them. While it runs, the server does
/// nothing else.
const TOGETHER: usize = 64;
const TOGETHER_BYTES: usize = 64 * 1024;

/// A publication of a node, as the script is told of it.
#[derive(Debug)]
pub(crate) struct Publication {
    pub(crate) topic: Topic,
    /// By which rules it is kept, and how many names are remembered.
    head: [String; 2],
    parts: [Vec<u8>; 7],
    /// Bytes of its payload.
    pub(crate) bytes: usize,
}

impl Publication {
    pub(crate) fn new(append: &Append, node: &str, names: usize) -> Self {
        let name = append.idempotency.as_ref().map(written).unwrap_or_default();
        let key = append.key.as_ref().map(|key| format!("k{}", key.as_str()));
        let ends = append.expires_at.map(|end| millis(end).to_string());
        let bytes = append.message.payload.bytes().len();
        let mut publication = Vec::with_capacity(64 + bytes);
        encode_append(append, &mut publication);
        Self {
            topic: append.topic.clone(),
            head: [rules(&append.retention), names.to_string()],
            parts: [
                name.into_bytes(),
                millis(append.accepted_at).to_string().into_bytes(),
                ends.unwrap_or_default().into_bytes(),
                bytes.to_string().into_bytes(),
                key.unwrap_or_default().into_bytes(),
                node.as_bytes().to_vec(),
                publication,
            ],
            bytes,
        }
    }
}

/// Publications of a topic, in their order, that are kept by the same rules.
#[derive(Debug)]
pub(crate) struct Appends<'a> {
    first: &'a Publication,
    others: Vec<&'a Publication>,
    bytes: usize,
}

impl<'a> Appends<'a> {
    pub(crate) const fn one(first: &'a Publication) -> Self {
        Self {
            first,
            others: Vec::new(),
            bytes: first.bytes,
        }
    }

    pub(crate) const fn topic(&self) -> &'a Topic {
        &self.first.topic
    }

    /// Takes another one behind its own; whether it fits.
    pub(crate) fn join(&mut self, other: &'a Publication) -> bool {
        let fits = self.first.topic == other.topic
            && self.first.head == other.head
            && self.others.len() + 2 <= TOGETHER
            && self.bytes.saturating_add(other.bytes) <= TOGETHER_BYTES;
        if fits {
            self.others.push(other);
            self.bytes += other.bytes;
        }
        fits
    }

    /// What the script is told, behind what all scripts about topics are.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &[u8]> {
        let all = std::iter::once(&self.first).chain(&self.others);
        let parts = all.flat_map(|publication| &publication.parts);
        let head = self.first.head.iter().map(String::as_bytes);
        head.chain(parts.map(Vec::as_slice))
    }
}

/// A name with its scope; the length keeps them apart.
fn written(name: &Idempotency) -> String {
    format!("{}:{}{}", name.scope.len(), name.scope, name.key.as_str())
}
