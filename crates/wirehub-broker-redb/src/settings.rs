//! Where and how the file is kept.

use std::path::PathBuf;

use wirehub_broker::LocalSettings;

/// Where and how the file is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedbSettings {
    /// The file. It is made if it does not exist; its directory is not.
    pub path: PathBuf,
    /// The most bytes of the file. It grows by doubling, so a file may be full from half of that
    /// on.
    pub max_bytes: u64,
    /// Bytes of the file kept in memory.
    pub cache_bytes: usize,
    /// Whether every page of the file is checked when it is opened after an orderly end, too. After
    /// a crash it always is.
    pub check_on_open: bool,
    /// The bounds of the broker, and when a publication counts as done.
    pub local: LocalSettings,
}

impl RedbSettings {
    /// The defaults for a file.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            max_bytes: 8 * 1024 * 1024 * 1024,
            cache_bytes: 64 * 1024 * 1024,
            check_on_open: false,
            local: LocalSettings::default(),
        }
    }
}
