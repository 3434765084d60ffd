//! The file that tells scripts where the hub can be reached.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::Addresses;
use crate::failure::Failure;

/// A file that is there while the hub accepts connections.
#[derive(Debug)]
pub(super) struct ReadyFile {
    path: PathBuf,
}

impl ReadyFile {
    /// Writes the addresses. The file appears whole or not at all.
    pub(super) fn write(path: &Path, addresses: &Addresses) -> Result<Self, Failure> {
        let text = serde_json::json!({
            "public": addresses.public,
            "admin": addresses.admin,
        });
        let mut draft = path.as_os_str().to_owned();
        draft.push(format!(".{}", std::process::id()));
        let written = fs::write(&draft, format!("{text}\n"));
        let written = written.and_then(|()| fs::rename(&draft, path));
        written.map_err(|error| {
            Failure::outside(format!(
                "failed to write --ready-file {}: {error}",
                path.display()
            ))
        })?;
        Ok(Self {
            path: path.to_owned(),
        })
    }
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(path = %self.path.display(), %error, "failed to remove ready file");
            }
            _ => {}
        }
    }
}
