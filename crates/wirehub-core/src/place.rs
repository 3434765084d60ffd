//! Where a subscriber stands in a feed.

use wirehub_model::ConnectionId;

/// Bits of the index; the group has the rest.
const INDEX_BITS: u32 = 27;
const _: () = assert!(ConnectionId::SLOTS_MAX <= 1 << INDEX_BITS);

/// A list of subscribers and the index in it, in four bytes, because every subscription of every
/// connection has one. List zero holds those who are told everything, the last two those who choose
/// by tags and those who take deltas; the others are groups with a pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(u32);

impl Place {
    /// Lists have lower numbers.
    pub(crate) const LISTS: u8 = (1 << (32 - INDEX_BITS)) - 2;
    /// The list of those who take deltas.
    pub(crate) const DELTAS: u8 = Self::LISTS - 1;
    /// The list of those who choose by tags.
    pub(crate) const CHOOSERS: u8 = Self::LISTS - 2;
    /// Those who are in no list yet, not told apart from others and told apart.
    const JOINING: u8 = Self::LISTS;
    const JOINING_APART: u8 = Self::LISTS + 1;

    pub(crate) const fn new(list: u8, index: usize) -> Self {
        Self((list as u32) << INDEX_BITS | index as u32)
    }

    /// The place of a subscriber that is in no list yet.
    pub(crate) const fn joining(apart: bool) -> Self {
        let list = if apart {
            Self::JOINING_APART
        } else {
            Self::JOINING
        };
        Self::new(list, 0)
    }

    /// Whether some publications are kept from the subscriber, by its pace or by its choice.
    pub(crate) const fn is_apart(self) -> bool {
        !matches!(self.list(), 0 | Self::DELTAS | Self::JOINING)
    }

    /// Whether the subscriber takes deltas.
    pub(crate) const fn takes_deltas(self) -> bool {
        self.list() == Self::DELTAS
    }

    pub(crate) const fn list(self) -> u8 {
        (self.0 >> INDEX_BITS) as u8
    }

    pub(crate) const fn index(self) -> usize {
        (self.0 & ((1 << INDEX_BITS) - 1)) as usize
    }
}

/// Takes the subscriber at an index out of its list, if there is one. The last of the list moves to
/// its place.
pub(crate) fn vacate<T>(list: &mut Vec<T>, index: usize) -> Option<T> {
    (index < list.len()).then(|| list.swap_remove(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_its_parts() {
        for list in [0, 1, Place::DELTAS - 1, Place::DELTAS] {
            for index in [0, 1, ConnectionId::SLOTS_MAX - 1] {
                let place = Place::new(list, index);
                assert_eq!((place.list(), place.index()), (list, index));
                assert_eq!(place.takes_deltas(), list == Place::DELTAS);
                assert_eq!(place.is_apart(), list > 0 && list < Place::DELTAS);
            }
        }
    }

    #[test]
    fn who_joins_is_in_no_list() {
        for apart in [false, true] {
            let place = Place::joining(apart);
            assert!(place.list() >= Place::LISTS);
            assert_eq!(place.is_apart(), apart);
        }
    }
}
