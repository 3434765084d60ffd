//! What is said of topics.

use wirehub_broker::{
    Append, Idempotency, Retention,
    stored::{DecodeError, Reader, bytes, decode_entry, encode_append, number},
};
use wirehub_model::{Epoch, Key, Offset, Position, Topic};

use crate::{
    retention::{read_retention, write_retention},
    said::Said,
};

const PUBLISH: u8 = 1;
const BEGIN: u8 = 2;
const FORGET: u8 = 3;
const KEEP: u8 = 4;

/// What is said of a topic. The record's key is the topic's name, or nothing where it is about all
/// of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicWord {
    /// Something is published.
    Publish(Box<Append>),
    /// The topic begins, unless it has.
    Begin(Topic, Retention),
    /// What is kept of it is forgotten.
    Forget(Topic),
    /// It is time to keep how all topics of the partition stand.
    Keep,
}

impl TopicWord {
    /// The topic.
    #[must_use]
    pub const fn topic(&self) -> Option<&Topic> {
        match self {
            Self::Publish(append) => Some(&append.topic),
            Self::Begin(topic, _) | Self::Forget(topic) => Some(topic),
            Self::Keep => None,
        }
    }

    /// As it is said; `epoch` is that of the topic, if it begins with this.
    #[must_use]
    pub fn encode(&self, said: Said, epoch: Epoch) -> Vec<u8> {
        let begin = |kind| {
            let mut out = said.begin(kind);
            number(&mut out, epoch.number());
            out
        };
        match self {
            Self::Publish(append) => {
                let mut out = begin(PUBLISH);
                let name = append.idempotency.as_ref();
                write_retention(&append.retention, name.is_some(), &mut out);
                if let Some(name) = name {
                    bytes(&mut out, name.scope.as_bytes());
                    bytes(&mut out, name.key.as_str().as_bytes());
                }
                encode_append(append, &mut out);
                out
            }
            Self::Begin(_, retention) => {
                let mut out = begin(BEGIN);
                write_retention(retention, false, &mut out);
                out
            }
            Self::Forget(_) => begin(FORGET),
            Self::Keep => begin(KEEP),
        }
    }

    /// Reads a record.
    ///
    /// # Errors
    /// When it is none of ours.
    pub fn decode(key: &[u8], value: &[u8]) -> Result<(Said, Epoch, Self), DecodeError> {
        let mut reader = Reader::new(value);
        let (said, kind) = Said::read(&mut reader)?;
        let epoch = Epoch::new(reader.number()?);
        let wrong = DecodeError::Invalid("topic");
        if kind == KEEP {
            reader.end()?;
            return match key {
                [] => Ok((said, epoch, Self::Keep)),
                _ => Err(wrong),
            };
        }
        let topic = std::str::from_utf8(key).map_err(|_| wrong)?;
        let topic = Topic::parse(topic).map_err(|_| wrong)?;
        let word = match kind {
            PUBLISH => Self::Publish(Box::new(read_publication(reader, topic)?)),
            BEGIN => {
                let (retention, named) = read_retention(&mut reader)?;
                if named {
                    return Err(DecodeError::Invalid("flags"));
                }
                reader.end()?;
                Self::Begin(topic, retention)
            }
            FORGET => {
                reader.end()?;
                Self::Forget(topic)
            }
            _ => return Err(DecodeError::Invalid("kind")),
        };
        Ok((said, epoch, word))
    }
}

fn read_publication(mut reader: Reader<'_>, topic: Topic) -> Result<Append, DecodeError> {
    let (retention, named) = read_retention(&mut reader)?;
    let idempotency = named.then(|| read_name(&mut reader)).transpose()?;
    // It has no place yet.
    let nowhere = Position {
        epoch: Epoch::new(0),
        offset: Offset(0),
    };
    let entry = decode_entry(reader.rest(), &topic, nowhere)?;
    if entry.name.is_some() {
        return Err(DecodeError::Invalid("name"));
    }
    let record = entry.record;
    Ok(Append {
        topic,
        message: record.message.clone(),
        key: record.key.clone(),
        idempotency,
        from: record.from.clone(),
        accepted_at: record.accepted_at,
        expires_at: record.expires_at,
        echo: record.echo,
        retention,
    })
}

pub(crate) fn read_name(reader: &mut Reader<'_>) -> Result<Idempotency, DecodeError> {
    let scope = reader.text("scope")?.into();
    let key = Key::parse(reader.text("key")?).map_err(|_| DecodeError::Invalid("key"))?;
    Ok(Idempotency { scope, key })
}
