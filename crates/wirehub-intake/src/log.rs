//! What an intake asks of a log.

use futures_util::future::BoxFuture;

use crate::{Place, Record};

/// A log that is read by one intake.
///
/// It remembers up to where all records are settled, and begins there the next time.
pub trait RecordLog: Send + Sync {
    /// The next record, or in words what keeps the log from giving one, and what to do about it.
    /// Giving up on an answer loses nothing.
    fn next(&self) -> BoxFuture<'_, Result<Record, String>>;

    /// Whether it is to hold back records. It is asked for the next one all the same, so that it
    /// can keep in touch with its servers.
    fn hold(&self, hold: bool);

    /// A record is settled.
    fn settle(&self, place: &Place);

    /// Puts a record where somebody looks after it, with the reason.
    fn park<'a>(&'a self, record: &'a Record, reason: &'a str)
    -> BoxFuture<'a, Result<(), String>>;

    /// Tells the servers what is settled, and that it reads no more.
    fn close(&self) -> BoxFuture<'_, ()>;
}
