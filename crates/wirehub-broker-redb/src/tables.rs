//! What stands in the file.

use redb::TableDefinition;

/// The format of the file; [`META_FORMAT`] holds it.
pub(crate) const FORMAT: u64 = 2;

/// Numbers about the whole file.
pub(crate) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("wirehub.meta");

/// Topics by name.
pub(crate) const TOPICS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("wirehub.topics");

/// Histories, in runs of publications that were made safe together, by the number of the topic and
/// the offset of the first.
pub(crate) const RECORDS: TableDefinition<'_, (u64, u64), &[u8]> =
    TableDefinition::new("wirehub.records");

/// Values, by the number of the topic and the place: empty for the last publication, else the key.
/// No key is empty.
pub(crate) const VALUES: TableDefinition<'_, (u64, &str), (u64, &[u8])> =
    TableDefinition::new("wirehub.values");

/// The format of the file.
pub(crate) const META_FORMAT: &str = "format";

/// The highest number that a topic got.
pub(crate) const META_LAST_ID: &str = "last_id";

/// Grows whenever publications that were answered may be lost. A topic whose row is of an earlier
/// era gets a new epoch before it goes on.
pub(crate) const META_ERA: &str = "era";

/// 1 while a broker works that answers before publications are safe, so that finding it when the
/// file is opened means that it crashed.
pub(crate) const META_RELAXED: &str = "relaxed";
