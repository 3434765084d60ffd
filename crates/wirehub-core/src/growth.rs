//! How lists with an entry for each connection grow, and what tables take.

use std::collections::HashMap;

/// The least a list grows by.
const STEP: usize = 64;

/// Makes room for another entry, for an eighth of the list at once: doubling, as lists do by
/// themselves, would leave up to half of the largest ones unused.
pub(crate) fn make_room<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 8).max(STEP));
    }
}

/// The memory of a table: its entries, a byte for each to find it by, and the eighth of the places
/// that stays empty.
pub(crate) fn table_bytes<K, V>(table: &HashMap<K, V>) -> usize {
    let places = table.capacity() * 8 / 7;
    places * (size_of::<(K, V)>() + 1)
}
