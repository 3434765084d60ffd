//! A publication with its name.

use std::{sync::Arc, time::Duration};

use wirehub_model::{Epoch, Key, Position};

use crate::{Idempotency, Record};

/// A publication as a topic holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The publication.
    pub record: Arc<Record>,
    /// Its name, and until when it is remembered, since the Unix epoch.
    pub name: Option<(Idempotency, Duration)>,
}

/// What an entry weighs in memory beside its texts and its payload, in bytes; an estimate.
const OVERHEAD: usize = 320;

impl Entry {
    /// Bytes in memory, estimated.
    pub(crate) fn weight(&self) -> usize {
        let message = &self.record.message;
        let event = message.event.as_ref().map_or(0, |name| name.as_str().len());
        OVERHEAD + event + message.payload.bytes().len()
    }

    /// The same publication in another epoch.
    pub(crate) fn in_epoch(&self, epoch: Epoch) -> Self {
        Self {
            record: in_epoch(&self.record, epoch),
            name: self.name.clone(),
        }
    }
}

/// The same publication in another epoch.
pub(crate) fn in_epoch(record: &Record, epoch: Epoch) -> Arc<Record> {
    let mut record = record.clone();
    record.position = Position {
        epoch,
        offset: record.position.offset,
    };
    Arc::new(record)
}

/// A place of a topic that holds one value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// The last publication.
    Last,
    /// The last publication with this key.
    Key(Key),
}
