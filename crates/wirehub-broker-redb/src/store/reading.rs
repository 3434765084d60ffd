//! Reading a topic.

use redb::{Database, ReadTransaction, ReadableDatabase};
use wirehub_broker::{
    Entry, Fault, Slot, StoredTopic, TopicRow,
    stored::{DecodeError, decode_entry},
};
use wirehub_model::{Key, Offset, Position, Topic};

use super::failed;
use crate::{
    codec::{decode_row, decode_run},
    tables::{RECORDS, TOPICS, VALUES},
};

/// Reads everything that is stored of a topic.
pub(crate) fn topic(
    database: &Database,
    topic: &Topic,
    era: u64,
) -> Result<Option<StoredTopic>, Fault> {
    let transaction = database.begin_read().map_err(failed)?;
    let topics = transaction.open_table(TOPICS).map_err(failed)?;
    let Some(encoded) = topics.get(topic.as_str()).map_err(failed)? else {
        return Ok(None);
    };
    let stored = decode_row(encoded.value());
    let stored = stored.map_err(|error| damaged("row", &error))?;
    let row = stored.row;
    let history = history(&transaction, topic, &row)?;
    let values = values(&transaction, topic, &row)?;
    Ok(Some(StoredTopic {
        is_uncertain: stored.era != era,
        row,
        history,
        values,
    }))
}

fn damaged(what: &str, error: &DecodeError) -> Fault {
    Fault::Damaged(format!("{what}: {error}"))
}

/// The history; it has no gap, and nothing was published after it unless it is empty.
fn history(
    transaction: &ReadTransaction,
    topic: &Topic,
    row: &TopicRow,
) -> Result<Vec<Entry>, Fault> {
    let records = transaction.open_table(RECORDS).map_err(failed)?;
    let range = records.range((row.id, 0)..=(row.id, u64::MAX));
    let mut history: Vec<Entry> = Vec::new();
    for stored in range.map_err(failed)? {
        let (key, encoded) = stored.map_err(failed)?;
        let first = at(row, key.value().1);
        if let Some(before) = history.last()
            && before.record.position.offset.next() != first.offset
        {
            let text = format!("publication {} is missing", first.offset.0 - 1);
            return Err(Fault::Damaged(text));
        }
        let run = decode_run(encoded.value(), topic, first);
        let what = || format!("publications from {}", first.offset);
        history.extend(run.map_err(|error| damaged(&what(), &error))?);
    }
    if let Some(last) = history.last()
        && last.record.position.offset < row.offset
    {
        let text = format!("publication {} is missing", row.offset);
        return Err(Fault::Damaged(text));
    }
    Ok(history)
}

fn values(
    transaction: &ReadTransaction,
    topic: &Topic,
    row: &TopicRow,
) -> Result<Vec<(Slot, Entry)>, Fault> {
    let table = transaction.open_table(VALUES).map_err(failed)?;
    let mut values = Vec::new();
    for stored in table
        .range((row.id, "")..(row.id + 1, ""))
        .map_err(failed)?
    {
        let (key, encoded) = stored.map_err(failed)?;
        let slot = match key.value().1 {
            "" => Slot::Last,
            text => Slot::Key(
                Key::parse(text).map_err(|_| damaged("value", &DecodeError::Invalid("key")))?,
            ),
        };
        let (offset, bytes) = encoded.value();
        let entry = decode_entry(bytes, topic, at(row, offset));
        let entry = entry.map_err(|error| damaged("value", &error))?;
        values.push((slot, entry));
    }
    Ok(values)
}

const fn at(row: &TopicRow, offset: u64) -> Position {
    Position {
        epoch: row.epoch,
        offset: Offset(offset),
    }
}
