//! What names a direct message on all nodes.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use wirehub_model::DirectId;

/// Draws a name. Each state of the standard library's hasher has keys of its own, which no two
/// processes share.
pub(crate) fn direct_id() -> DirectId {
    DirectId(RandomState::new().build_hasher().finish())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_are_alike() {
        let drawn: HashSet<_> = (0..1_000).map(|_| direct_id()).collect();
        assert_eq!(drawn.len(), 1_000);
    }
}
