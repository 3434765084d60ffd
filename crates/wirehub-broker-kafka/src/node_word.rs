//! What nodes say and do.

use std::time::Duration;

use bytes::Bytes;
use wirehub_broker::{
    NodeName, RequestId,
    stored::{self, DecodeError, Reader, decode_member, encode_member, number, span},
};
use wirehub_model::{ConnectionId, Member, Topic};

use crate::said::Said;

/// What nodes say and do; a stay of a node has a number that no other one has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeWord {
    /// It is that late.
    Tick,
    /// A node comes, with a lease of this length.
    Attach(u64, NodeName, Duration),
    /// A node goes.
    Detach(u64),
    /// A node renews its lease.
    Renew(u64),
    /// A connection of a node is on a topic.
    Enter(u64, Topic, Member),
    /// A connection of a node is on a topic no longer.
    Leave(u64, Topic, ConnectionId),
    /// A node tells another one something.
    Tell(u64, NodeName, Bytes),
    /// A node tells all others something.
    TellAll(u64, Bytes),
    /// A node asks another one something, and waits that long.
    Ask(u64, NodeName, Duration, Bytes),
    /// A node answers a question.
    Answer(u64, RequestId, Bytes),
    /// It is time to keep how all nodes stand.
    Keep,
}

impl NodeWord {
    /// As it is said.
    #[must_use]
    pub fn encode(&self, said: Said) -> Vec<u8> {
        let by = |kind, stay: u64| {
            let mut out = said.begin(kind);
            number(&mut out, stay);
            out
        };
        let text = |out: &mut Vec<u8>, text: &str| stored::bytes(out, text.as_bytes());
        match self {
            Self::Tick => said.begin(0),
            Self::Keep => said.begin(10),
            Self::Attach(stay, node, lease) => {
                let mut out = by(1, *stay);
                text(&mut out, node.as_str());
                span(&mut out, *lease);
                out
            }
            Self::Detach(stay) => by(2, *stay),
            Self::Renew(stay) => by(3, *stay),
            Self::Enter(stay, topic, member) => {
                let mut out = by(4, *stay);
                text(&mut out, topic.as_str());
                out.extend(encode_member(member));
                out
            }
            Self::Leave(stay, topic, connection) => {
                let mut out = by(5, *stay);
                text(&mut out, topic.as_str());
                number(&mut out, connection.number());
                out
            }
            Self::Tell(stay, node, bytes) => {
                let mut out = by(6, *stay);
                text(&mut out, node.as_str());
                out.extend_from_slice(bytes);
                out
            }
            Self::TellAll(stay, bytes) => {
                let mut out = by(7, *stay);
                out.extend_from_slice(bytes);
                out
            }
            Self::Ask(stay, node, timeout, bytes) => {
                let mut out = by(8, *stay);
                text(&mut out, node.as_str());
                span(&mut out, *timeout);
                out.extend_from_slice(bytes);
                out
            }
            Self::Answer(stay, request, bytes) => {
                let mut out = by(9, *stay);
                number(&mut out, request.0);
                out.extend_from_slice(bytes);
                out
            }
        }
    }

    /// Reads a record.
    ///
    /// # Errors
    /// When it is none of ours.
    pub fn decode(value: &[u8]) -> Result<(Said, Self), DecodeError> {
        let mut reader = Reader::new(value);
        let (said, kind) = Said::read(&mut reader)?;
        if matches!(kind, 0 | 10) {
            reader.end()?;
            let is_tick = kind == 0;
            return Ok((said, if is_tick { Self::Tick } else { Self::Keep }));
        }
        let stay = reader.number()?;
        let word = match kind {
            1 => {
                let (node, lease) = (node(&mut reader)?, reader.span()?);
                reader.end()?;
                Self::Attach(stay, node, lease)
            }
            2 | 3 => {
                reader.end()?;
                match kind {
                    2 => Self::Detach(stay),
                    _ => Self::Renew(stay),
                }
            }
            4 => {
                let topic = topic(&mut reader)?;
                Self::Enter(stay, topic, decode_member(reader.rest())?)
            }
            5 => {
                let (topic, connection) = (topic(&mut reader)?, reader.number()?);
                reader.end()?;
                Self::Leave(stay, topic, ConnectionId::from_number(connection))
            }
            6 => {
                let node = node(&mut reader)?;
                Self::Tell(stay, node, rest(reader))
            }
            7 => Self::TellAll(stay, rest(reader)),
            8 => {
                let (node, timeout) = (node(&mut reader)?, reader.span()?);
                Self::Ask(stay, node, timeout, rest(reader))
            }
            9 => {
                let request = RequestId(reader.number()?);
                Self::Answer(stay, request, rest(reader))
            }
            _ => return Err(DecodeError::Invalid("kind")),
        };
        Ok((said, word))
    }
}

fn node(reader: &mut Reader<'_>) -> Result<NodeName, DecodeError> {
    NodeName::parse(reader.text("node")?).map_err(|_| DecodeError::Invalid("node"))
}

fn topic(reader: &mut Reader<'_>) -> Result<Topic, DecodeError> {
    Topic::parse(reader.text("topic")?).map_err(|_| DecodeError::Invalid("topic"))
}

fn rest(reader: Reader<'_>) -> Bytes {
    Bytes::copy_from_slice(reader.rest())
}
