//! Records that cannot be published.

/// Why a record cannot be published, and never will be as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadRecord(pub(crate) String);

/// What becomes of records that cannot be published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BadRecords {
    /// They are left out, and counted.
    #[default]
    Skip,
    /// They are put where somebody looks after them, with the reason; until that is done they hold
    /// up those with the same key.
    Park,
}
