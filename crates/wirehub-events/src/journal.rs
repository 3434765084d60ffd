//! Occurrences in files: one CloudEvent a line.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::future::BoxFuture;
use tokio::task;

use crate::{EventSink, Occurred, SinkError};

/// Where a journal is, and how much of it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalSettings {
    /// The file. Its directory has to exist. Older files stand beside it, with `.1`, `.2` … behind
    /// the name.
    pub path: PathBuf,
    /// From how many bytes on another file is begun.
    pub max_bytes: u64,
    /// How many older files are kept.
    pub keep: u32,
}

impl JournalSettings {
    /// The defaults for a file.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            max_bytes: 64 * 1024 * 1024,
            keep: 4,
        }
    }
}

/// Files of lines, bounded as a whole.
#[derive(Clone, Debug)]
pub struct Journal(Arc<Mutex<Open>>);

#[derive(Debug)]
struct Open {
    settings: JournalSettings,
    file: File,
    len: u64,
}

impl Journal {
    /// Opens a journal, or begins it.
    ///
    /// # Errors
    /// When the file cannot be opened for writing.
    pub fn open(settings: JournalSettings) -> io::Result<Self> {
        let file = append_to(&settings.path)?;
        let len = file.metadata()?.len();
        let open = Open {
            settings,
            file,
            len,
        };
        Ok(Self(Arc::new(Mutex::new(open))))
    }
}

impl EventSink for Journal {
    fn bring<'a>(
        &'a self,
        occurrences: &'a [Arc<Occurred>],
    ) -> BoxFuture<'a, Result<(), SinkError>> {
        Box::pin(async move {
            let mut lines = Vec::new();
            for occurred in occurrences {
                occurred.write_json(&mut lines);
                lines.push(b'\n');
            }
            let open = Arc::clone(&self.0);
            let written = task::spawn_blocking(move || {
                let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
                open.write(&lines)
            });
            let later = |error: io::Error| SinkError::Later {
                reason: error.to_string(),
                after: None,
            };
            written
                .await
                .map_err(io::Error::other)
                .flatten()
                .map_err(later)
        })
    }
}

impl Open {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.len > 0 && self.len + lines.len() as u64 > self.settings.max_bytes {
            self.begin_another()?;
        }
        let written = self.file.write_all(lines);
        if written.is_err() {
            // Half a line would spoil the next one.
            self.file.set_len(self.len)?;
        } else {
            self.len += lines.len() as u64;
        }
        written
    }

    fn begin_another(&mut self) -> io::Result<()> {
        let JournalSettings { path, keep, .. } = &self.settings;
        for number in (1..*keep).rev() {
            move_if_there(&numbered(path, number), &numbered(path, number + 1))?;
        }
        match keep {
            0 => self.file.set_len(0)?,
            _ => {
                move_if_there(path, &numbered(path, 1))?;
                self.file = append_to(path)?;
            }
        }
        self.len = 0;
        Ok(())
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

fn move_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
