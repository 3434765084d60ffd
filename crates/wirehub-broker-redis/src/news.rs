//! What is said in channels.

use bytes::Bytes;
use wirehub_broker::NodeName;
use wirehub_model::{Epoch, Offset, Position, PresenceKind};

/// What is said in the channel of a topic.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TopicNews<'a> {
    /// Something was published by a client of a node.
    Publication(Position, &'a str, &'a [u8]),
    /// What was published up to there is forgotten.
    Forgotten(Position),
    /// A member came, changed or went, with the version of that.
    Member {
        version: u64,
        kind: PresenceKind,
        edge: bool,
        node: NodeName,
        member: &'a [u8],
    },
}

/// What is said in the channel of a node, or of all.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NodeNews {
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

impl<'a> TopicNews<'a> {
    /// Reads what was said; `None` when nobody of ours can have said it.
    pub(crate) fn read(said: &'a [u8]) -> Option<Self> {
        let (first, rest) = said.split_first()?;
        match first {
            b'P' => {
                let (position, rest) = position(rest)?;
                let (node, publication) = word(rest)?;
                Some(Self::Publication(position, node, publication))
            }
            b'F' => position(rest).map(|(position, _)| Self::Forgotten(position)),
            b'M' => {
                let (version, rest) = word(rest)?;
                let (kind, rest) = word(rest)?;
                let (node, member) = word(rest)?;
                let (kind, edge) = kind.split_at_checked(kind.len().checked_sub(1)?)?;
                let mut kinds = PresenceKind::ALL.into_iter();
                Some(Self::Member {
                    version: version.parse().ok()?,
                    kind: kinds.find(|known| known.name() == kind)?,
                    edge: edge == "1",
                    node: NodeName::parse(node).ok()?,
                    member,
                })
            }
            _ => None,
        }
    }
}

impl NodeNews {
    /// Reads what was said; `None` when nobody of ours can have said it.
    pub(crate) fn read(said: &[u8]) -> Option<Self> {
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
    pub(crate) fn written(&self) -> Vec<u8> {
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

fn position(said: &[u8]) -> Option<(Position, &[u8])> {
    let (epoch, rest) = word(said)?;
    let (offset, rest) = word(rest)?;
    let position = Position {
        epoch: Epoch::new(epoch.parse().ok()?),
        offset: Offset(offset.parse().ok()?),
    };
    Some((position, rest))
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

    #[test]
    fn topics_are_understood() {
        let position = Position {
            epoch: Epoch::new(18_446_744_073_709_551_615),
            offset: Offset(3),
        };
        let said = b"P18446744073709551615 3 eu-1 \x01 x";
        let expected = TopicNews::Publication(position, "eu-1", b"\x01 x");
        assert_eq!(TopicNews::read(said), Some(expected));
        let said = b"F18446744073709551615 3 ";
        assert_eq!(TopicNews::read(said), Some(TopicNews::Forgotten(position)));
        let member = TopicNews::Member {
            version: 9,
            kind: PresenceKind::Left,
            edge: true,
            node: NodeName::parse("eu-1").unwrap(),
            member: b"m",
        };
        assert_eq!(TopicNews::read(b"M9 left1 eu-1 m"), Some(member));
    }

    proptest! {
        #[test]
        fn anything_may_be_said(kind in "[PFMJLCQA]", mut said in vec(any::<u8>(), 0..60)) {
            said.splice(0..0, kind.bytes());
            _ = TopicNews::read(&said);
            _ = NodeNews::read(&said);
        }
    }
}
