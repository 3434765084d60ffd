//! What is said in channels.

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
        fn anything_may_be_said(kind in "[PFM]", mut said in vec(any::<u8>(), 0..60)) {
            said.splice(0..0, kind.bytes());
            _ = TopicNews::read(&said);
        }
    }
}
