//! What is said of topics.

use std::time::Duration;

use wirehub_broker::{
    Append, Idempotency, Retention,
    stored::{DecodeError, Reader, bytes, decode_entry, encode_append, number, span},
};
use wirehub_model::{Epoch, HistoryRules, Key, Offset, Position, Topic};

use crate::said::Said;

const PUBLISH: u8 = 1;
const BEGIN: u8 = 2;
const FORGET: u8 = 3;

const RETAINED: u64 = 1;
const RETAINED_TTL: u64 = 1 << 1;
const NAME: u64 = 1 << 2;

/// What is said of a topic. The record's key is the topic's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicWord {
    /// Something is published.
    Publish(Box<Append>),
    /// The topic begins, unless it has.
    Begin(Topic, Retention),
    /// What is kept of it is forgotten.
    Forget(Topic),
}

impl TopicWord {
    /// The topic.
    #[must_use]
    pub const fn topic(&self) -> &Topic {
        match self {
            Self::Publish(append) => &append.topic,
            Self::Begin(topic, _) | Self::Forget(topic) => topic,
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
        }
    }

    /// Reads a record.
    ///
    /// # Errors
    /// When it is none of ours.
    pub fn decode(key: &[u8], value: &[u8]) -> Result<(Said, Epoch, Self), DecodeError> {
        let wrong = DecodeError::Invalid("topic");
        let topic = std::str::from_utf8(key).map_err(|_| wrong)?;
        let topic = Topic::parse(topic).map_err(|_| wrong)?;
        let mut reader = Reader::new(value);
        let (said, kind) = Said::read(&mut reader)?;
        let epoch = Epoch::new(reader.number()?);
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

fn read_name(reader: &mut Reader<'_>) -> Result<Idempotency, DecodeError> {
    let scope = reader.text("scope")?.into();
    let key = Key::parse(reader.text("key")?).map_err(|_| DecodeError::Invalid("key"))?;
    Ok(Idempotency { scope, key })
}

fn write_retention(retention: &Retention, named: bool, out: &mut Vec<u8>) {
    let flag = |is_there: bool, flag: u64| if is_there { flag } else { 0 };
    number(
        out,
        flag(retention.retained, RETAINED)
            | flag(retention.retained_ttl.is_some(), RETAINED_TTL)
            | flag(named, NAME),
    );
    number(out, retention.history.size as u64);
    span(out, retention.history.ttl);
    number(out, retention.history.bytes as u64);
    number(out, retention.keys as u64);
    if let Some(ttl) = retention.retained_ttl {
        span(out, ttl);
    }
    span(out, retention.idempotency_ttl);
}

/// What a topic keeps, and whether a name follows.
fn read_retention(reader: &mut Reader<'_>) -> Result<(Retention, bool), DecodeError> {
    let flags = reader.number()?;
    if flags & !(RETAINED | RETAINED_TTL | NAME) != 0 {
        return Err(DecodeError::Invalid("flags"));
    }
    let has = |flag| flags & flag != 0;
    let size = reader.size()?;
    let ttl: Duration = reader.span()?;
    let history = HistoryRules {
        size,
        ttl,
        bytes: reader.size()?,
    };
    let keys = reader.size()?;
    let retained_ttl = has(RETAINED_TTL).then(|| reader.span()).transpose()?;
    let retention = Retention {
        history,
        retained: has(RETAINED),
        keys,
        retained_ttl,
        idempotency_ttl: reader.span()?,
    };
    Ok((retention, has(NAME)))
}
