//! A disk in memory that fails when told to, and loses what was not synced when its power goes.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard},
};

use redb::StorageBackend;
use wirehub_broker_redb::Disk;

/// What a disk writes as a whole or not at all, in bytes.
const SECTOR: usize = 512;

/// A disk in memory. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub(crate) struct VirtualDisk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// What a reader sees.
    seen: Vec<u8>,
    /// What is there after a loss of power, come what may.
    safe: Vec<u8>,
    /// Writes since the last sync.
    unsafe_writes: Vec<(usize, Vec<u8>)>,
    /// Grows with each loss of power: whoever opened the disk before cannot use it any more.
    life: u64,
    failure: Option<io::ErrorKind>,
    /// Syncs that succeed before one fails.
    syncs_left: Option<u64>,
    random: u64,
}

impl VirtualDisk {
    /// A disk whose losses are drawn from a seed.
    pub(crate) fn new(seed: u64) -> Self {
        let disk = Self::default();
        disk.state().random = seed | 1;
        disk
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// From now on every write fails like this, or works again.
    pub(crate) fn fail(&self, failure: Option<io::ErrorKind>) {
        let mut state = self.state();
        state.failure = failure;
        state.syncs_left = None;
    }

    /// So many syncs work, then everything fails.
    pub(crate) fn fail_after(&self, syncs: u64) {
        self.state().syncs_left = Some(syncs);
    }

    /// The power goes: of what was not synced, some sectors are there and others are not.
    pub(crate) fn lose_power(&self) {
        let mut state = self.state();
        state.life += 1;
        state.failure = None;
        state.syncs_left = None;
        let writes = std::mem::take(&mut state.unsafe_writes);
        let mut bytes = std::mem::take(&mut state.safe);
        for (offset, data) in writes {
            for (index, sector) in data.chunks(SECTOR).enumerate() {
                let start = offset + index * SECTOR;
                if !state.draw().is_multiple_of(3) && start + sector.len() <= bytes.len() {
                    bytes[start..start + sector.len()].copy_from_slice(sector);
                }
            }
        }
        state.seen = bytes.clone();
        state.safe = bytes;
    }

    /// Changes bytes behind the back of whoever uses the disk.
    pub(crate) fn scribble(&self, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        change(&mut state.seen);
        state.safe = state.seen.clone();
    }
}

impl State {
    /// xorshift64.
    const fn draw(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}

impl Disk for VirtualDisk {
    fn open(&self) -> io::Result<Box<dyn StorageBackend>> {
        let life = self.state().life;
        Ok(Box::new(Backend {
            disk: self.clone(),
            life,
        }))
    }
}

/// The disk as one user sees it.
#[derive(Debug)]
struct Backend {
    disk: VirtualDisk,
    life: u64,
}

impl Backend {
    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.state();
        if state.life != self.life {
            return Err(io::Error::other("the power has gone"));
        }
        Ok(state)
    }

    fn writable(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.state()?;
        match state.failure {
            Some(failure) => Err(failure.into()),
            None => Ok(state),
        }
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state()?.seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state()?;
        let start = offset as usize;
        let bytes = state.seen.get(start..start + out.len());
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.writable()?;
        state.seen.resize(len as usize, 0);
        // A file system keeps lengths in a journal of its own.
        state.safe.resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.writable()?;
        if let Some(left) = &mut state.syncs_left {
            if *left == 0 {
                state.failure = Some(io::ErrorKind::StorageFull);
                return Err(io::ErrorKind::StorageFull.into());
            }
            *left -= 1;
        }
        for (offset, data) in std::mem::take(&mut state.unsafe_writes) {
            let end = (offset + data.len()).min(state.safe.len());
            if offset < end {
                state.safe[offset..end].copy_from_slice(&data[..end - offset]);
            }
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.writable()?;
        let start = offset as usize;
        state.seen[start..start + data.len()].copy_from_slice(data);
        state.unsafe_writes.push((start, data.to_vec()));
        Ok(())
    }
}
