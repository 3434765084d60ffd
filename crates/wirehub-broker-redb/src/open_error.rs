//! Why a store cannot be opened.

use std::{io, path::PathBuf};

use redb::{DatabaseError, StorageError};

/// Why a store cannot be opened, in a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory of the file does not exist.
    #[error("the directory of the store {0} does not exist; make it, or correct the path")]
    NoDirectory(PathBuf),
    /// The path is a directory.
    #[error("the store {0} is a directory; name a file in it")]
    IsDirectory(PathBuf),
    /// The file may not be read and written.
    #[error("the store {0} may not be read and written; let the user of this program own it")]
    NoPermission(PathBuf),
    /// The file lies where nothing can be written.
    #[error("the store {0} lies on a file system that is mounted for reading only")]
    ReadOnly(PathBuf),
    /// Another process, or another broker of this one, has the file.
    #[error("the store {0} is in use by another program; a store belongs to one at a time")]
    InUse(PathBuf),
    /// The file is something else.
    #[error("the file {0} is not a store of Wirehub; move it away, or correct the path")]
    Foreign(PathBuf),
    /// The file was written by a Wirehub before the first release.
    #[error(
        "the store {path} has format {found} of an early Wirehub, which is not read any more; \
             move it away to begin without what was remembered"
    )]
    TooOld {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        found: u64,
    },
    /// The file was written by a Wirehub that this one does not understand.
    #[error(
        "the store {path} has format {found}, and this Wirehub knows formats up to {known}; \
             use the Wirehub that wrote it, or a newer one"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        found: u64,
        /// The newest format that is known.
        known: u64,
    },
    /// The file is damaged.
    #[error(
        "the store {path} is damaged ({reason}); restore a copy, or move it away to begin \
             without what was remembered"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system failed.
    #[error("the store {path} cannot be opened: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What failed.
        error: io::Error,
    },
}

impl OpenError {
    /// What an error of the system means for a file.
    pub(crate) fn of_io(path: PathBuf, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NoDirectory(path),
            io::ErrorKind::IsADirectory => Self::IsDirectory(path),
            io::ErrorKind::PermissionDenied => Self::NoPermission(path),
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(path),
            // redb says so of a file that does not begin as its files do.
            io::ErrorKind::InvalidData => Self::Foreign(path),
            io::ErrorKind::UnexpectedEof => Self::Damaged {
                path,
                reason: "it ends too early".to_owned(),
            },
            _ => Self::Io { path, error },
        }
    }

    /// What an error of redb while opening means for a file.
    pub(crate) fn of_database(path: PathBuf, error: DatabaseError) -> Self {
        match error {
            DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
                Self::InUse(path)
            }
            DatabaseError::Storage(StorageError::Io(error)) => Self::of_io(path, error),
            other => Self::of_redb(path, &redb::Error::from(other)),
        }
    }

    /// What any other error of redb means for a file that is open.
    pub(crate) fn of_redb(path: PathBuf, error: &redb::Error) -> Self {
        Self::Damaged {
            path,
            reason: error.to_string(),
        }
    }
}
