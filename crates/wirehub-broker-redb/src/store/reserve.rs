//! Room that is kept free for forgetting.
//!
//! What is removed from the file gives its pages back once that is committed, and until then needs
//! some for itself. A file full to its last page could therefore never become less full.

use redb::{Table, WriteTransaction};
use wirehub_broker::Change;

use crate::tables::VALUES;

/// Bytes of a piece of the reserve: a page of 64 KiB with what redb notes in it. Pieces rather than
/// one block, for free pages that do not lie together are good enough.
const PIECE: usize = 64 * 1024 - 512;

/// Pieces of the reserve of a large file and of the smallest one.
const MOST_PIECES: u64 = 16;
const FEWEST_PIECES: u64 = 4;

/// Whether changes may leave more in the file than was there before.
pub(super) fn adds(changes: &[Change]) -> bool {
    changes.iter().any(|change| match change {
        Change::Topic(..) | Change::Record(..) | Change::Value(..) => true,
        Change::Replace(_, whole) => !whole.history.is_empty() || !whole.values.is_empty(),
        Change::Trim(..) | Change::NoValue(..) | Change::Forget(..) => false,
    })
}

/// Makes sure that the reserve is free beside what a transaction holds. Fails as the file being
/// full does.
pub(super) fn check(transaction: &WriteTransaction, max_bytes: u64) -> Result<(), redb::Error> {
    let piece = PIECE as u64;
    let pieces = (max_bytes / 16 / piece).clamp(FEWEST_PIECES, MOST_PIECES);
    let mut values = transaction.open_table(VALUES)?;
    // Pages that the same transaction takes and gives back are free at once.
    let taken = (0..pieces).try_for_each(|number| take(&mut values, number));
    let given = (0..pieces).try_for_each(|number| {
        values.remove(key(number))?;
        Ok(())
    });
    taken.and(given)
}

fn take(
    values: &mut Table<'_, (u64, &'static str), (u64, &'static [u8])>,
    number: u64,
) -> Result<(), redb::Error> {
    values.insert(key(number), (0, [0; PIECE].as_slice()))?;
    Ok(())
}

/// A place that no topic has: their numbers count from one.
const fn key(number: u64) -> (u64, &'static str) {
    (u64::MAX - number, "")
}
