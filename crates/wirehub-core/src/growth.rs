//! How lists with an entry for each connection grow.

/// The least a list grows by.
const STEP: usize = 64;

/// Makes room for another entry, for an eighth of the list at once: doubling, as lists do by
/// themselves, would leave up to half of the largest ones unused.
pub(crate) fn make_room<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 8).max(STEP));
    }
}
