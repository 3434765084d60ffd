//! Where the bytes of the store lie.

use std::{
    fmt,
    fs::OpenOptions,
    io,
    ops::Bound,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use redb::{BackendError, StorageBackend, backends::FileBackend};

/// Something a store can lie on. It is opened again after it failed. Tests hand in disks that fail
/// in ways that files cannot be made to fail.
pub trait Disk: fmt::Debug + Send {
    /// Opens the bytes for one user.
    ///
    /// # Errors
    /// When they cannot be reached, or not at the moment.
    fn open(&self) -> io::Result<Box<dyn StorageBackend>>;
}

/// A file.
#[derive(Clone, Debug)]
pub struct FileDisk(PathBuf);

impl FileDisk {
    /// The file at a path.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl Disk for FileDisk {
    fn open(&self) -> io::Result<Box<dyn StorageBackend>> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&self.0)?;
        let backend = FileBackend::new(file).map_err(io::Error::other)?;
        Ok(Box::new(backend))
    }
}

/// A disk that grows to a bound only, and whose length others may look at.
#[derive(Debug)]
pub(crate) struct Bounded {
    inner: Box<dyn StorageBackend>,
    max_bytes: u64,
    len: Arc<AtomicU64>,
}

impl Bounded {
    pub(crate) fn new(
        inner: Box<dyn StorageBackend>,
        max_bytes: u64,
        len: Arc<AtomicU64>,
    ) -> io::Result<Self> {
        len.store(inner.len()?, Ordering::Relaxed);
        Ok(Self {
            inner,
            max_bytes,
            len,
        })
    }
}

impl StorageBackend for Bounded {
    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.inner.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        // A file that is larger already may stay so, and shrink.
        if len > self.max_bytes && len > self.inner.len()? {
            let text = format!("the store may not grow beyond {} bytes", self.max_bytes);
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, text));
        }
        self.inner.set_len(len)?;
        self.len.store(len, Ordering::Relaxed);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.inner.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.inner.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.inner.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.try_lock_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.inner.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.inner.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.inner.query_lock_range(start, end)
    }
}
