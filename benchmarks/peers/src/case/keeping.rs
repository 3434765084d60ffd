//! What becomes of a message besides its being delivered.

/// What becomes of a message besides its being delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// Nothing: who is not there misses it.
    Nothing,
    /// It is kept for those who come back.
    History,
    /// It is kept, and on disk before it is heard.
    Disk,
}

impl Keeping {
    /// Each, in the order of the published table.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::History, Self::Disk];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::History => "history",
            Self::Disk => "disk",
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing kept",
            Self::History => "history kept",
            Self::Disk => "history on disk first",
        }
    }
}
