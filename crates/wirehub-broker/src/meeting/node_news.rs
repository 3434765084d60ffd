//! What nodes say to each other.

use bytes::Bytes;

use crate::NodeName;

/// What is said to a node, or to all.
#[derive(Debug, PartialEq, Eq)]
pub enum NodeNews {
    /// A node came.
    Joined(NodeName),
    /// A node went.
    Left(NodeName),
    /// A node says something.
    Word(NodeName, Bytes),
    /// A node asks something, under a number of its own.
    Question(NodeName, u64, Bytes),
    /// A node answers the question of that number.
    Answer(NodeName, u64, Bytes),
}

impl NodeNews {
    /// Reads what was said; `None` when nobody of ours can have said it.
    #[must_use]
    pub fn read(said: &[u8]) -> Option<Self> {
        let (first, rest) = said.split_first()?;
        if let b'J' | b'L' = first {
            let node = NodeName::parse(std::str::from_utf8(rest).ok()?).ok()?;
            return Some(match first {
                b'J' => Self::Joined(node),
                _ => Self::Left(node),
            });
        }
        let (node, rest) = word(rest)?;
        let node = NodeName::parse(node).ok()?;
        if *first == b'C' {
            return Some(Self::Word(node, Bytes::copy_from_slice(rest)));
        }
        let (number, rest) = word(rest)?;
        let (number, bytes) = (number.parse().ok()?, Bytes::copy_from_slice(rest));
        match first {
            b'Q' => Some(Self::Question(node, number, bytes)),
            b'A' => Some(Self::Answer(node, number, bytes)),
            _ => None,
        }
    }

    /// As it is said.
    #[must_use]
    pub fn written(&self) -> Vec<u8> {
        let (beginning, bytes) = match self {
            Self::Joined(node) => (format!("J{node}"), None),
            Self::Left(node) => (format!("L{node}"), None),
            Self::Word(node, bytes) => (format!("C{node} "), Some(bytes)),
            Self::Question(node, number, bytes) => (format!("Q{node} {number} "), Some(bytes)),
            Self::Answer(node, number, bytes) => (format!("A{node} {number} "), Some(bytes)),
        };
        let mut written = beginning.into_bytes();
        written.extend_from_slice(bytes.map_or(&[], |bytes| bytes));
        written
    }
}

fn word(said: &[u8]) -> Option<(&str, &[u8])> {
    let end = said.iter().position(|byte| *byte == b' ')?;
    let (word, rest) = said.split_at_checked(end)?;
    Some((std::str::from_utf8(word).ok()?, rest.get(1..)?))
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn nodes_are_understood() {
        let node = NodeName::parse("eu-1").unwrap();
        let bytes = Bytes::from_static(b"a b \0");
        for news in [
            NodeNews::Joined(node.clone()),
            NodeNews::Left(node.clone()),
            NodeNews::Word(node.clone(), bytes.clone()),
            NodeNews::Question(node.clone(), 7, Bytes::new()),
            NodeNews::Answer(node, u64::MAX, bytes),
        ] {
            assert_eq!(NodeNews::read(&news.written()), Some(news));
        }
    }

    proptest! {
        #[test]
        fn anything_may_be_said(kind in "[JLCQA]", mut said in vec(any::<u8>(), 0..60)) {
            said.splice(0..0, kind.bytes());
            _ = NodeNews::read(&said);
        }
    }
}
