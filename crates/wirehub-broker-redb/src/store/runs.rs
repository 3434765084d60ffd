//! Publications on their way into the table of histories.

use std::collections::HashMap;

use redb::{ReadableTable, Table};
use wirehub_broker::Entry;
use wirehub_model::Offset;

use crate::codec::{begin_run, count_run, encode_next};

/// A run grows to about this many bytes, a little less than four pages of the file. One insert for
/// all of them costs a fraction of one for each: of 2, 4, 8, 16 and 64 kB this was the quickest
/// with 1,024 publishers of 256 bytes. What a trim leaves behind is at most one run of a topic.
const RUN_BYTES: usize = 16_000;

type Records<'t> = Table<'t, (u64, u64), &'static [u8]>;

/// The runs that topics are at, by the number of the topic.
#[derive(Debug, Default)]
pub(super) struct Runs(HashMap<u64, Run>);

/// Publications of one topic that follow each other.
#[derive(Debug, Default)]
struct Run {
    first: u64,
    /// The offset that continues it; 0 while it is empty.
    next: u64,
    bytes: Vec<u8>,
}

impl Run {
    fn write(&mut self, id: u64, records: &mut Records<'_>) -> Result<(), redb::Error> {
        if self.next > 0 {
            records.insert((id, self.first), self.bytes.as_slice())?;
            self.next = 0;
        }
        Ok(())
    }
}

impl Runs {
    /// Adds a publication to the run of its topic; `room` is for encoding it.
    pub(super) fn add(
        &mut self,
        id: u64,
        entry: &Entry,
        room: &mut Vec<u8>,
        records: &mut Records<'_>,
    ) -> Result<(), redb::Error> {
        let run = self.0.entry(id).or_default();
        let offset = entry.record.position.offset.0;
        let weight = entry.record.message.payload.bytes().len();
        let is_full = run.bytes.len() + weight > RUN_BYTES;
        if run.next != offset || is_full {
            run.write(id, records)?;
            run.first = offset;
            run.bytes.clear();
            begin_run(&mut run.bytes);
        }
        encode_next(entry, room, &mut run.bytes);
        run.next = offset + 1;
        Ok(())
    }

    /// Forgets what is not written yet of a topic.
    pub(super) fn forget(&mut self, id: u64) {
        self.0.remove(&id);
    }

    /// Writes what is not written yet.
    pub(super) fn write_all(&mut self, records: &mut Records<'_>) -> Result<(), redb::Error> {
        for (id, run) in &mut self.0 {
            run.write(*id, records)?;
        }
        Ok(())
    }
}

/// Takes out the runs of a topic that end at an offset or before.
pub(super) fn trim(id: u64, last: Offset, records: &mut Records<'_>) -> Result<(), redb::Error> {
    let mut keep_from = last.0 + 1;
    if let Some(stored) = records.range((id, 0)..=(id, last.0))?.next_back() {
        let (key, run) = stored?;
        let first = key.value().1;
        // A run that cannot be read says so when its topic is loaded; it is not lost here.
        let ends = count_run(run.value()).map_or(u64::MAX, |count| first.saturating_add(count - 1));
        if ends > last.0 {
            keep_from = first;
        }
    }
    records.retain_in((id, 0)..(id, keep_from), |_, _| false)?;
    Ok(())
}
