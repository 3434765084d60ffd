//! Opening the file.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::AtomicU64},
};

use redb::{Database, ReadableDatabase};

use super::{How, RedbStore};
use crate::{
    OpenError,
    disk::{Bounded, Disk},
    tables::{
        FORMAT, META, META_ERA, META_FORMAT, META_LAST_ID, META_RELAXED, RECORDS, TOPICS, VALUES,
    },
};

/// A file smaller than this is not worth being compacted when it is opened.
const COMPACT_FROM: u64 = 64 * 1024 * 1024;

impl RedbStore {
    /// Opens the file, and compacts it when most of it is free.
    pub(crate) fn new(how: How, disk: Box<dyn Disk>) -> Result<Self, OpenError> {
        let mut store = Self {
            disk,
            how,
            database: None,
            len: Arc::new(AtomicU64::new(0)),
            free: 0,
            last_id: 0,
            stored_id: 0,
            era: 0,
            was_open: false,
            buffer: Vec::new(),
        };
        store.open()?;
        store
            .tidy_up()
            .map_err(|error| OpenError::of_redb(store.how.path.clone(), &error))?;
        Ok(store)
    }

    /// Compacts a large file of which most is free.
    fn tidy_up(&mut self) -> Result<(), redb::Error> {
        let len = self.len.load(std::sync::atomic::Ordering::Relaxed);
        self.look_at_free()?;
        if len >= COMPACT_FROM && self.free > len / 2 {
            self.compact_now()?;
        }
        Ok(())
    }

    /// Opens the file and reads what it says about itself.
    pub(crate) fn open(&mut self) -> Result<(), OpenError> {
        let name = self.how.path.clone();
        let path = || name.clone();
        let backend = self.disk.open();
        let backend = backend.map_err(|error| OpenError::of_io(path(), error))?;
        let len = Arc::clone(&self.len);
        let bounded = Bounded::new(backend, self.how.max_bytes, len);
        let bounded = bounded.map_err(|error| OpenError::of_io(path(), error))?;
        let (how, again) = (self.how.clone(), self.was_open);
        // redb trusts a file that was closed in order, and may panic on one that was changed since.
        let opened = catch_unwind(AssertUnwindSafe(|| {
            builder(&how, again).create_with_backend(bounded)
        }));
        let database = opened
            .map_err(|_| OpenError::Damaged {
                path: path(),
                reason: "its structure does not hold together".to_owned(),
            })?
            .map_err(|error| OpenError::of_database(path(), error))?;
        self.check_format(&database)?;
        self.begin_era(&database)
            .map_err(|error| OpenError::of_redb(path(), &error))?;
        self.database = Some(database);
        Ok(())
    }

    /// Makes sure that the file is empty or one of ours, in a format that is known.
    fn check_format(&self, database: &Database) -> Result<(), OpenError> {
        let path = || self.how.path.clone();
        let format = stored_format(database);
        match format.map_err(|error| OpenError::of_redb(path(), &error))? {
            Stored::Nothing | Stored::Format(FORMAT) => Ok(()),
            Stored::SomethingElse => Err(OpenError::Foreign(path())),
            Stored::Format(found) if found < FORMAT => Err(OpenError::TooOld {
                path: path(),
                found,
            }),
            Stored::Format(found) => Err(OpenError::Newer {
                path: path(),
                found,
                known: FORMAT,
            }),
        }
    }

    /// Makes the tables if they are not there, and begins an era if publications may be lost.
    fn begin_era(&mut self, database: &Database) -> Result<(), redb::Error> {
        let relaxed = u64::from(self.how.relaxed);
        let before = numbers(database)?;
        let crashed = before.is_some_and(|numbers| numbers.relaxed == 1);
        let era = before.map_or(0, |numbers| numbers.era) + u64::from(crashed);
        let stored_id = before.map_or(0, |numbers| numbers.last_id);
        let as_it_is = before.is_some_and(|numbers| numbers.relaxed == relaxed) && !crashed;
        if !as_it_is {
            let transaction = database.begin_write()?;
            {
                let mut meta = transaction.open_table(META)?;
                meta.insert(META_FORMAT, FORMAT)?;
                meta.insert(META_RELAXED, relaxed)?;
                if !self.was_open {
                    meta.insert(META_ERA, era)?;
                }
                transaction.open_table(TOPICS)?;
                transaction.open_table(RECORDS)?;
                transaction.open_table(VALUES)?;
            }
            transaction.commit()?;
        }
        // A file that failed and is opened anew belongs to the process that knows what was lost.
        if !self.was_open {
            self.era = era;
            self.was_open = true;
        }
        self.stored_id = stored_id;
        self.last_id = self.last_id.max(stored_id);
        Ok(())
    }
}

/// `again` says that this process had the file open before: it is tried every second while it
/// fails, and its log has said so once.
fn builder(how: &How, again: bool) -> redb::Builder {
    let mut builder = Database::builder();
    builder
        .set_cache_size(how.cache_bytes)
        .set_check_integrity_on_open(how.check)
        .set_repair_callback(move |session| {
            let percent = (session.progress() * 100.0) as u32;
            if again {
                tracing::debug!(percent, "checking the store after a failure");
            } else {
                tracing::info!(percent, "the store was not closed in order; checking it");
            }
        });
    builder
}

enum Stored {
    Nothing,
    Format(u64),
    SomethingElse,
}

fn stored_format(database: &Database) -> Result<Stored, redb::Error> {
    let transaction = database.begin_read()?;
    let meta = match transaction.open_table(META) {
        Ok(meta) => meta,
        Err(redb::TableError::TableDoesNotExist(_)) => {
            let is_empty = transaction.list_tables()?.next().is_none()
                && transaction.list_multimap_tables()?.next().is_none();
            let found = if is_empty {
                Stored::Nothing
            } else {
                Stored::SomethingElse
            };
            return Ok(found);
        }
        Err(_) => return Ok(Stored::SomethingElse),
    };
    let format = meta.get(META_FORMAT)?.map(|format| format.value());
    Ok(format.map_or(Stored::SomethingElse, Stored::Format))
}

/// What a file says about itself.
#[derive(Clone, Copy)]
struct Numbers {
    relaxed: u64,
    era: u64,
    last_id: u64,
}

/// What the file says about itself, unless it is new.
fn numbers(database: &Database) -> Result<Option<Numbers>, redb::Error> {
    let transaction = database.begin_read()?;
    let meta = match transaction.open_table(META) {
        Ok(meta) => meta,
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let number = |name: &str| -> Result<u64, redb::Error> {
        Ok(meta.get(name)?.map_or(0, |number| number.value()))
    };
    Ok(Some(Numbers {
        relaxed: number(META_RELAXED)?,
        era: number(META_ERA)?,
        last_id: number(META_LAST_ID)?,
    }))
}
