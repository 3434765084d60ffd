//! What the server is asked about a topic's publications, and what it answers.

use std::{sync::Arc, time::Duration};

use redis::Value;
use wirehub_broker::{
    Appended, BrokerError, Opened, Record, RecordPage, Retention,
    stored::{DecodeError, decode_entry},
};
use wirehub_model::{Epoch, Gap, HistoryPage, Offset, Position, Topic};

use crate::{
    command::Command,
    failure::answered_of,
    keys::Keys,
    reply::{bytes, list, number, text},
    scripts::ScriptName,
};

/// As good as forever, in milliseconds: scripts count in floating point, which is exact up to 2^53.
const FOREVER: u64 = 1 << 51;

/// The place that a publication was given.
pub(crate) fn appended(topic: &Topic, value: Value) -> Result<Appended, BrokerError> {
    let mut parts = list(answered_of(topic, value)?)?;
    let position = position(parts.next(), parts.next())?;
    let duplicate = number(parts.next())? == 1;
    Ok(Appended {
        position,
        duplicate,
    })
}

/// How a topic stands, and what it keeps from now on.
pub(crate) fn open(keys: &Keys, topic: &Topic, retention: &Retention) -> Command {
    let arguments = vec![rules(retention).into_bytes()];
    Command::Script(ScriptName::Open, keys.publications(topic), arguments)
}

pub(crate) fn opened(topic: &Topic, value: Value) -> Result<Opened, BrokerError> {
    let mut parts = list(answered_of(topic, value)?)?;
    let position = position(parts.next(), parts.next())?;
    let history = entries(topic, position.epoch, parts.next().unwrap_or_default())?;
    let mut values = Vec::new();
    for value in list(parts.next().unwrap_or_default())? {
        values.push(self::value(topic, position.epoch, &bytes(Some(value))?)?);
    }
    // A publication may be the last one and the last with its key.
    values.sort_by_key(|record| record.position.offset);
    values.dedup_by_key(|record| record.position.offset);
    Ok(Opened {
        position,
        history,
        values,
    })
}

/// A page of a topic's history.
pub(crate) fn read(keys: &Keys, topic: &Topic, page: HistoryPage, limit: usize) -> Command {
    let (kind, position) = match page {
        HistoryPage::Newest => ("newest", None),
        HistoryPage::Oldest => ("oldest", None),
        HistoryPage::After(position) => ("after", Some(position)),
        HistoryPage::Before(position) => ("before", Some(position)),
    };
    let epoch = position.map_or(0, |position| position.epoch.number());
    let offset = position.map_or(0, |position| position.offset.0);
    let arguments = vec![
        kind.into(),
        epoch.to_string().into_bytes(),
        offset.to_string().into_bytes(),
        limit.to_string().into_bytes(),
    ];
    Command::Script(ScriptName::Read, keys.publications(topic), arguments)
}

pub(crate) fn page(topic: &Topic, value: Value) -> Result<RecordPage, BrokerError> {
    let mut parts = list(answered_of(topic, value)?)?;
    let position = position(parts.next(), parts.next())?;
    let records = entries(topic, position.epoch, parts.next().unwrap_or_default())?;
    let more = number(parts.next())? == 1;
    let gap = match text(parts.next())?.as_str() {
        "epoch" => Some(Gap::UnknownEpoch),
        "future" => Some(Gap::Future),
        "expired" => Some(Gap::Expired),
        _ => None,
    };
    Ok(RecordPage {
        position,
        records,
        more,
        gap,
    })
}

/// Forgets what a topic keeps.
pub(crate) fn forget(keys: &Keys, topic: &Topic) -> Command {
    Command::Script(ScriptName::Forget, keys.publications(topic), Vec::new())
}

/// Lets a topic live that is open.
pub(crate) fn touch(keys: &Keys, topic: &Topic) -> Command {
    Command::Script(ScriptName::Touch, keys.publications(topic), Vec::new())
}

/// Milliseconds as the scripts count.
pub(crate) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).map_or(FOREVER, |millis| millis.min(FOREVER))
}

/// What a topic keeps, as the scripts read it.
pub(crate) fn rules(retention: &Retention) -> String {
    let history = &retention.history;
    let retained_ttl = retention.retained_ttl.map_or(FOREVER, millis);
    format!(
        "{} {} {} {} {} {retained_ttl} {}",
        (history.size as u64).min(FOREVER),
        millis(history.ttl),
        (history.bytes as u64).min(FOREVER),
        u8::from(retention.retained),
        (retention.keys as u64).min(FOREVER),
        millis(retention.idempotency_ttl),
    )
}

fn position(epoch: Option<Value>, offset: Option<Value>) -> Result<Position, BrokerError> {
    Ok(Position {
        epoch: Epoch::new(number(epoch)?),
        offset: Offset(number(offset)?),
    })
}

/// Entries of a history.
fn entries(topic: &Topic, epoch: Epoch, value: Value) -> Result<Vec<Arc<Record>>, BrokerError> {
    let mut records = Vec::new();
    for entry in list(value)? {
        let mut parts = list(entry)?;
        let id = text(parts.next())?;
        let offset = id
            .split_once('-')
            .and_then(|(offset, _)| offset.parse().ok());
        let offset = offset.map(Offset);
        let mut fields = list(parts.next().unwrap_or_default())?;
        let mut found = None;
        while let (Some(name), value) = (fields.next(), fields.next()) {
            if bytes(Some(name))? == b"it" {
                found = Some(bytes(value)?);
            }
        }
        let (Some(offset), Some(encoded)) = (offset, found) else {
            return Err(damaged(topic, "an entry of its history"));
        };
        records.push(record(topic, Position { epoch, offset }, &encoded)?);
    }
    Ok(records)
}

/// A value: its offset, when it was accepted, when it ends, and the publication.
fn value(topic: &Topic, epoch: Epoch, value: &[u8]) -> Result<Arc<Record>, BrokerError> {
    let mut parts = value.splitn(4, |byte| *byte == b' ');
    let offset = parts.next().and_then(|text| std::str::from_utf8(text).ok());
    let offset = offset.and_then(|text| text.parse().ok());
    let (Some(offset), Some(encoded)) = (offset, parts.nth(2)) else {
        return Err(damaged(topic, "a value"));
    };
    let offset = Offset(offset);
    record(topic, Position { epoch, offset }, encoded)
}

fn record(topic: &Topic, position: Position, encoded: &[u8]) -> Result<Arc<Record>, BrokerError> {
    let entry = decode_entry(encoded, topic, position);
    let wrong = |error: DecodeError| damaged(topic, &format!("a publication: {error}"));
    entry.map(|entry| entry.record).map_err(wrong)
}

fn damaged(topic: &Topic, reason: &str) -> BrokerError {
    BrokerError::Damaged {
        topic: topic.clone(),
        reason: reason.to_owned(),
    }
}
