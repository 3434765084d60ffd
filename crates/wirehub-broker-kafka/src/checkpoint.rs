//! How a partition stands behind a record, as bytes.

use std::time::Duration;

use wirehub_broker::{
    ClusterState, Entry, NodeName, NodeState, RequestId, Slot, StoredTopic, TopicRow, TopicState,
    stored::{
        self, DecodeError, Reader, decode_entry, decode_member, encode_entry, encode_member,
        number, span,
    },
};
use wirehub_model::{Epoch, Key, Offset, Position, Topic};

use crate::{
    retention::{read_retention, write_retention},
    topic_word::read_name,
};

const VERSION: u8 = 1;

/// How a partition stands behind a record: whoever begins with it need not read what is before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The Kafka offset of the next record.
    pub next: u64,
    /// The time of the last one.
    pub time: Duration,
    /// How everything stands.
    pub kept: Kept,
}

/// What stands in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Topics of the hubs.
    Topics(Vec<TopicState>),
    /// Nodes, and what they share.
    Cluster(ClusterState),
}

impl Checkpoint {
    /// As it is written.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        number(&mut out, self.next);
        span(&mut out, self.time);
        match &self.kept {
            Kept::Topics(topics) => {
                out.push(0);
                number(&mut out, topics.len() as u64);
                topics.iter().for_each(|topic| write_topic(topic, &mut out));
            }
            Kept::Cluster(cluster) => {
                out.push(1);
                write_cluster(cluster, &mut out);
            }
        }
        out
    }

    /// Reads one.
    ///
    /// # Errors
    /// When the bytes are not exactly one.
    pub fn decode(encoded: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(encoded);
        match reader.byte()? {
            VERSION => {}
            version => return Err(DecodeError::Version(version)),
        }
        let (next, time) = (reader.number()?, reader.span()?);
        let kept = match reader.byte()? {
            0 => Kept::Topics(many(&mut reader, read_topic)?),
            1 => Kept::Cluster(read_cluster(&mut reader)?),
            _ => return Err(DecodeError::Invalid("kind")),
        };
        reader.end()?;
        Ok(Self { next, time, kept })
    }
}

/// Reads how many there are, and each; no room is made for what was only announced.
fn many<T>(
    reader: &mut Reader<'_>,
    one: impl Fn(&mut Reader<'_>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let count = reader.number()?;
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(one(reader)?);
    }
    Ok(all)
}

fn text(out: &mut Vec<u8>, text: &str) {
    stored::bytes(out, text.as_bytes());
}

fn read_key(reader: &mut Reader<'_>) -> Result<Key, DecodeError> {
    Key::parse(reader.text("key")?).map_err(|_| DecodeError::Invalid("key"))
}

fn read_topic_name(reader: &mut Reader<'_>) -> Result<Topic, DecodeError> {
    Topic::parse(reader.text("topic")?).map_err(|_| DecodeError::Invalid("topic"))
}

fn read_node(reader: &mut Reader<'_>) -> Result<NodeName, DecodeError> {
    NodeName::parse(reader.text("node")?).map_err(|_| DecodeError::Invalid("node"))
}

fn write_option(out: &mut Vec<u8>, value: Option<Duration>) {
    out.push(u8::from(value.is_some()));
    if let Some(value) = value {
        span(out, value);
    }
}

fn read_option(reader: &mut Reader<'_>) -> Result<Option<Duration>, DecodeError> {
    match reader.byte()? {
        0 => Ok(None),
        1 => reader.span().map(Some),
        _ => Err(DecodeError::Invalid("option")),
    }
}

fn write_topic(state: &TopicState, out: &mut Vec<u8>) {
    let StoredTopic {
        row,
        history,
        values,
        ..
    } = &state.stored;
    text(out, state.topic.as_str());
    number(out, row.epoch.number());
    number(out, row.offset.0);
    write_retention(&row.retention, false, out);
    number(out, history.len() as u64);
    history.iter().for_each(|entry| write_entry(entry, out));
    number(out, values.len() as u64);
    for (slot, entry) in values {
        out.push(u8::from(matches!(slot, Slot::Key(_))));
        if let Slot::Key(key) = slot {
            text(out, key.as_str());
        }
        write_entry(entry, out);
    }
    number(out, state.names.len() as u64);
    for (name, offset, until) in &state.names {
        text(out, &name.scope);
        text(out, name.key.as_str());
        number(out, offset.0);
        write_option(out, *until);
    }
}

fn read_topic(reader: &mut Reader<'_>) -> Result<TopicState, DecodeError> {
    let topic = read_topic_name(reader)?;
    let epoch = Epoch::new(reader.number()?);
    let offset = Offset(reader.number()?);
    let (retention, named) = read_retention(reader)?;
    if named {
        return Err(DecodeError::Invalid("flags"));
    }
    let entry = |reader: &mut Reader<'_>| read_entry(reader, &topic, epoch);
    let history = many(reader, entry)?;
    let values = many(reader, |reader| {
        let slot = match reader.byte()? {
            0 => Slot::Last,
            1 => Slot::Key(read_key(reader)?),
            _ => return Err(DecodeError::Invalid("slot")),
        };
        Ok((slot, entry(reader)?))
    })?;
    let names = many(reader, |reader| {
        let name = read_name(reader)?;
        Ok((name, Offset(reader.number()?), read_option(reader)?))
    })?;
    let stored = StoredTopic {
        row: TopicRow {
            id: 0,
            epoch,
            offset,
            retention,
        },
        is_uncertain: false,
        history,
        values,
    };
    Ok(TopicState {
        topic,
        stored,
        names,
    })
}

fn write_entry(entry: &Entry, out: &mut Vec<u8>) {
    number(out, entry.record.position.offset.0);
    let mut encoded = Vec::new();
    encode_entry(entry, &mut encoded);
    stored::bytes(out, &encoded);
}

fn read_entry(reader: &mut Reader<'_>, topic: &Topic, epoch: Epoch) -> Result<Entry, DecodeError> {
    let offset = Offset(reader.number()?);
    decode_entry(reader.bytes()?, topic, Position { epoch, offset })
}

fn write_cluster(state: &ClusterState, out: &mut Vec<u8>) {
    span(out, state.time);
    number(out, state.last_question);
    number(out, state.version);
    number(out, state.nodes.len() as u64);
    for node in &state.nodes {
        number(out, node.id);
        text(out, node.name.as_str());
        span(out, node.lease);
        write_option(out, node.until);
        span(out, node.ended);
    }
    number(out, state.questions.len() as u64);
    for (request, asked, deadline) in &state.questions {
        number(out, request.0);
        text(out, asked.as_str());
        span(out, *deadline);
    }
    number(out, state.members.len() as u64);
    for (topic, node, member) in &state.members {
        text(out, topic.as_str());
        text(out, node.as_str());
        stored::bytes(out, &encode_member(member));
    }
}

fn read_cluster(reader: &mut Reader<'_>) -> Result<ClusterState, DecodeError> {
    Ok(ClusterState {
        time: reader.span()?,
        last_question: reader.number()?,
        version: reader.number()?,
        nodes: many(reader, |reader| {
            Ok(NodeState {
                id: reader.number()?,
                name: read_node(reader)?,
                lease: reader.span()?,
                until: read_option(reader)?,
                ended: reader.span()?,
            })
        })?,
        questions: many(reader, |reader| {
            let request = RequestId(reader.number()?);
            Ok((request, read_node(reader)?, reader.span()?))
        })?,
        members: many(reader, |reader| {
            let (topic, node) = (read_topic_name(reader)?, read_node(reader)?);
            Ok((topic, node, decode_member(reader.bytes()?)?))
        })?,
    })
}
