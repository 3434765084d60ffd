//! Which connections belong to whom.

use std::collections::HashMap;

use wirehub_model::UserId;

use crate::growth;

/// The connections of each user on this shard.
#[derive(Debug, Default)]
pub(crate) struct Users(HashMap<UserId, Slots>);

/// Most users have one connection, which needs no list; the others have a few, and lists without
/// spare room keep the table small.
#[derive(Debug)]
enum Slots {
    One([u32; 1]),
    Many(Box<[u32]>),
}

impl Slots {
    fn list(&self) -> &[u32] {
        match self {
            Self::One(slot) => slot,
            Self::Many(slots) => slots,
        }
    }
}

impl Users {
    /// Gives the memory of a busy hour back once there is nobody left.
    pub(crate) fn rest(&mut self) {
        self.0.shrink_to_fit();
    }

    /// How many users there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The memory they take.
    pub(crate) fn bytes(&self) -> usize {
        growth::table_bytes(&self.0)
    }

    /// The slots of the user's connections.
    pub(crate) fn slots(&self, user: &UserId) -> &[u32] {
        self.0.get(user).map_or(&[], Slots::list)
    }

    /// Adds a connection; returns whether it is the user's only one.
    pub(crate) fn add(&mut self, user: &UserId, slot: u32) -> bool {
        match self.0.get_mut(user) {
            None => {
                self.0.insert(user.clone(), Slots::One([slot]));
                true
            }
            Some(slots) => {
                *slots = Slots::Many([slots.list(), &[slot]].concat().into());
                false
            }
        }
    }

    /// Removes a connection; returns whether it was the user's last one.
    pub(crate) fn remove(&mut self, user: &UserId, slot: u32) -> bool {
        let empty = match self.0.get_mut(user) {
            None => return false,
            Some(Slots::One(only)) => only[0] == slot,
            Some(Slots::Many(slots)) => {
                *slots = slots
                    .iter()
                    .copied()
                    .filter(|known| *known != slot)
                    .collect();
                slots.is_empty()
            }
        };
        if empty {
            self.0.remove(user);
        }
        empty
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_every_connection_of_a_user() {
        let mut users = Users::default();
        let user = UserId::parse("u1").unwrap();
        for slot in [7, 8, 9] {
            assert_eq!(users.add(&user, slot), slot == 7);
        }
        assert!(!users.remove(&user, 8));
        assert_eq!(users.slots(&user), [7, 9]);
        assert!(!users.remove(&user, 7));
        assert!(users.remove(&user, 9) && !users.remove(&user, 9));
        assert!(users.slots(&user).is_empty() && users.0.is_empty());
    }
}
