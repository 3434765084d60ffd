//! The file as a store.

mod opening;
mod reading;
mod reserve;
mod runs;
mod writing;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use redb::{Database, ReadableDatabase};
use wirehub_broker::{Change, Fault, Store, StoredTopic};
use wirehub_model::Topic;

use crate::{
    disk::Disk,
    tables::{META, META_RELAXED, TOPICS},
};

/// The file as a store. While it is broken there is no database.
pub(crate) struct RedbStore {
    disk: Box<dyn Disk>,
    how: How,
    database: Option<Database>,
    /// Bytes of the file.
    len: Arc<AtomicU64>,
    /// Bytes that were free when somebody looked last.
    free: u64,
    last_id: u64,
    /// The highest number that the file knows of.
    stored_id: u64,
    era: u64,
    /// The file has been open in this process before.
    was_open: bool,
    /// Room for one encoded value.
    buffer: Vec<u8>,
}

/// How the file is opened.
#[derive(Clone, Debug)]
pub(crate) struct How {
    pub(crate) path: PathBuf,
    pub(crate) max_bytes: u64,
    pub(crate) cache_bytes: usize,
    pub(crate) check: bool,
    /// Answers go out before publications are safe.
    pub(crate) relaxed: bool,
}

impl RedbStore {
    fn database(&self) -> Result<&Database, Fault> {
        let closed = || Fault::Failed("the store is not open".to_owned());
        self.database.as_ref().ok_or_else(closed)
    }

    /// Looks how many bytes of the file are free.
    fn look_at_free(&mut self) -> Result<(), redb::Error> {
        let Some(database) = &self.database else {
            return Ok(());
        };
        let transaction = database.begin_write()?;
        let stats = transaction.stats()?;
        transaction.abort()?;
        let used = stats.allocated_pages() * stats.page_size() as u64;
        self.free = self.len.load(Ordering::Relaxed).saturating_sub(used);
        Ok(())
    }

    fn compact_now(&mut self) -> Result<(), redb::Error> {
        let Some(database) = &mut self.database else {
            return Ok(());
        };
        let before = self.len.load(Ordering::Relaxed);
        tracing::info!(bytes = before, "compacting the store");
        while database.compact()? {
            let bytes = self.len.load(Ordering::Relaxed);
            tracing::info!(bytes, "compacting the store goes on");
        }
        self.look_at_free()?;
        let after = self.len.load(Ordering::Relaxed);
        tracing::info!(before, after, "compacted the store");
        Ok(())
    }

    fn close_now(&mut self) -> Result<(), redb::Error> {
        let Some(database) = self.database.take() else {
            return Ok(());
        };
        if self.how.relaxed {
            let transaction = database.begin_write()?;
            transaction.open_table(META)?.insert(META_RELAXED, 0)?;
            transaction.commit()?;
        }
        database.close()?;
        Ok(())
    }

    fn names_after(&self, after: Option<&Topic>, limit: usize) -> Result<Vec<Topic>, redb::Error> {
        let Some(database) = &self.database else {
            return Ok(Vec::new());
        };
        let table = database.begin_read()?.open_table(TOPICS)?;
        let start = after.map_or(std::ops::Bound::Unbounded, |topic| {
            std::ops::Bound::Excluded(topic.as_str())
        });
        let rows = table.range::<&str>((start, std::ops::Bound::Unbounded))?;
        let mut names = Vec::new();
        for row in rows.take(limit) {
            // A name that is not one is not a topic that anybody could ask for.
            names.extend(Topic::parse(row?.0.value()));
        }
        Ok(names)
    }
}

impl Store for RedbStore {
    fn load(&mut self, topic: &Topic) -> Result<Option<StoredTopic>, Fault> {
        let database = self.database()?;
        reading::topic(database, topic, self.era)
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), Fault> {
        self.write(changes)
    }

    fn recover(&mut self) -> Result<(), Fault> {
        // A database that failed refuses everything until it is opened anew.
        self.database = None;
        self.open()
            .map_err(|error| Fault::Failed(error.to_string()))
    }

    fn topics_after(&mut self, after: Option<&Topic>, limit: usize) -> Result<Vec<Topic>, Fault> {
        self.names_after(after, limit).map_err(failed)
    }

    fn compact(&mut self) -> Result<(), Fault> {
        self.compact_now().map_err(failed)
    }

    fn bytes(&self) -> (u64, u64) {
        (self.len.load(Ordering::Relaxed), self.free)
    }

    fn close(&mut self) -> Result<(), Fault> {
        self.close_now().map_err(failed)
    }
}

/// What a failure of redb means, in a sentence.
pub(crate) fn failed(error: impl Into<redb::Error>) -> Fault {
    use std::io::ErrorKind;

    let error = error.into();
    let kind = match &error {
        redb::Error::Io(error) => error.kind(),
        _ => ErrorKind::Other,
    };
    Fault::Failed(match kind {
        ErrorKind::StorageFull => "the disk of the store is full".to_owned(),
        ErrorKind::QuotaExceeded => format!("the store is full: {error}"),
        ErrorKind::ReadOnlyFilesystem => "the disk of the store cannot be written".to_owned(),
        ErrorKind::FileTooLarge => "the file of the store may not grow any more".to_owned(),
        _ => format!("the store failed: {error}"),
    })
}
