//! Making changes safe.

use std::{collections::HashMap, sync::atomic::Ordering};

use redb::{ReadableTable, Table, WriteTransaction};
use wirehub_broker::{Change, Entry, Fault, Slot, StoredTopic, TopicRow, stored::encode_entry};
use wirehub_model::{Offset, Topic};

use super::{
    RedbStore, failed, reserve,
    runs::{Runs, trim},
};
use crate::{
    codec::{StoredRow, decode_row, encode_row},
    tables::{META, META_LAST_ID, RECORDS, TOPICS, VALUES},
};

impl RedbStore {
    /// Makes changes safe in one transaction, with one sync of the disk.
    pub(crate) fn write(&mut self, changes: &[Change]) -> Result<(), Fault> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let last_id = self.last_id;
        let transaction = self.database()?.begin_write().map_err(failed)?;
        let grown = last_id > self.stored_id;
        let written = write_all(&transaction, changes, self.era, &mut buffer);
        self.buffer = buffer;
        written.map_err(failed)?;
        if grown {
            note_last_id(&transaction, last_id).map_err(failed)?;
        }
        if self.cannot_grow() && reserve::adds(changes) {
            reserve::check(&transaction, self.how.max_bytes).map_err(failed)?;
        }
        transaction.commit().map_err(failed)?;
        self.stored_id = last_id;
        Ok(())
    }

    /// Whether the file is so large that it may not become larger: it grows by doubling.
    fn cannot_grow(&self) -> bool {
        self.len.load(Ordering::Relaxed) > self.how.max_bytes / 2
    }
}

fn note_last_id(transaction: &WriteTransaction, last_id: u64) -> Result<(), redb::Error> {
    let mut meta = transaction.open_table(META)?;
    meta.insert(META_LAST_ID, last_id)?;
    Ok(())
}

/// The tables, and what is known about the changes.
struct Writer<'t, 'b> {
    topics: Table<'t, &'static str, &'static [u8]>,
    records: Table<'t, (u64, u64), &'static [u8]>,
    values: Table<'t, (u64, &'static str), (u64, &'static [u8])>,
    buffer: &'b mut Vec<u8>,
    era: u64,
    runs: Runs,
    /// Where the histories begin after all changes; what is gone by then need not be written.
    trims: HashMap<u64, Offset>,
}

fn write_all(
    transaction: &WriteTransaction,
    changes: &[Change],
    era: u64,
    buffer: &mut Vec<u8>,
) -> Result<(), redb::Error> {
    let mut trims = HashMap::new();
    for change in changes {
        if let Change::Trim(id, offset) = change {
            let last = trims.entry(*id).or_insert(*offset);
            *last = (*last).max(*offset);
        }
    }
    let mut writer = Writer {
        topics: transaction.open_table(TOPICS)?,
        records: transaction.open_table(RECORDS)?,
        values: transaction.open_table(VALUES)?,
        buffer,
        era,
        runs: Runs::default(),
        trims,
    };
    for change in changes {
        writer.write(change)?;
    }
    writer.runs.write_all(&mut writer.records)?;
    for (id, last) in &writer.trims {
        trim(*id, *last, &mut writer.records)?;
    }
    Ok(())
}

impl Writer<'_, '_> {
    fn write(&mut self, change: &Change) -> Result<(), redb::Error> {
        match change {
            Change::Topic(topic, row) => self.topic(topic, row),
            Change::Record(id, entry) => {
                let offset = entry.record.position.offset;
                match self.trims.get(id) {
                    Some(last) if offset <= *last => Ok(()),
                    _ => self.record(*id, entry),
                }
            }
            // All of a topic are done together at the end.
            Change::Trim(..) => Ok(()),
            Change::Value(id, slot, entry) => self.value(*id, slot, entry),
            Change::NoValue(id, slot) => {
                self.values.remove((*id, place(slot)))?;
                Ok(())
            }
            Change::Replace(topic, whole) => self.replace(topic, whole),
            Change::Forget(topic, id) => {
                self.topics.remove(topic.as_str())?;
                self.clear(*id)
            }
        }
    }

    fn topic(&mut self, topic: &Topic, row: &TopicRow) -> Result<(), redb::Error> {
        self.buffer.clear();
        let stored = StoredRow {
            row: row.clone(),
            era: self.era,
        };
        encode_row(&stored, self.buffer);
        let before = self.topics.insert(topic.as_str(), self.buffer.as_slice())?;
        let before = before.and_then(|row| decode_row(row.value()).ok());
        // The topic began anew while what was stored of it could not be read.
        if let Some(before) = before.filter(|before| before.row.id != row.id) {
            self.clear(before.row.id)?;
        }
        Ok(())
    }

    fn record(&mut self, id: u64, entry: &Entry) -> Result<(), redb::Error> {
        self.runs.add(id, entry, self.buffer, &mut self.records)
    }

    fn value(&mut self, id: u64, slot: &Slot, entry: &Entry) -> Result<(), redb::Error> {
        self.buffer.clear();
        encode_entry(entry, self.buffer);
        let offset = entry.record.position.offset.0;
        let value = (offset, self.buffer.as_slice());
        self.values.insert((id, place(slot)), value)?;
        Ok(())
    }

    fn replace(&mut self, topic: &Topic, whole: &StoredTopic) -> Result<(), redb::Error> {
        let id = whole.row.id;
        self.clear(id)?;
        self.topic(topic, &whole.row)?;
        for entry in &whole.history {
            self.record(id, entry)?;
        }
        for (slot, entry) in &whole.values {
            self.value(id, slot, entry)?;
        }
        Ok(())
    }

    /// Forgets the history and the values of a topic.
    fn clear(&mut self, id: u64) -> Result<(), redb::Error> {
        self.runs.forget(id);
        self.records
            .retain_in((id, 0)..=(id, u64::MAX), |_, _| false)?;
        let mut places = Vec::new();
        for stored in self.values.range((id, "")..(id + 1, ""))? {
            places.push(stored?.0.value().1.to_owned());
        }
        for place in places {
            self.values.remove((id, place.as_str()))?;
        }
        Ok(())
    }
}

/// How a place is named in the table.
fn place(slot: &Slot) -> &str {
    match slot {
        Slot::Last => "",
        Slot::Key(key) => key.as_str(),
    }
}
