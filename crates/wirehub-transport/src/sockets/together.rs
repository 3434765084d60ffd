//! Writing to many sockets at once.

use std::io::{self, IoSlice};
use std::os::fd::AsFd as _;

use wirehub_uring::{SendRing, Sent};

use super::entry::{Entry, SLICES_MAX};
use super::{Sockets, Written};

/// Fewer parcels than these are written one by one: the ring would not be worth its own call.
const WORTHWHILE: usize = 4;
/// Parcels that the ring holds, of about a hundred bytes each.
const ROOM: u32 = 1_024;

/// What one socket is to be sent, in a list for [`Sockets::write_together`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// The socket's name.
    pub key: u32,
    /// How many slices are for it.
    pub slices: usize,
}

/// The ring of the table, if it has one, and what the last call of it said.
#[derive(Debug, Default)]
pub(super) struct Together {
    ring: Option<SendRing>,
    sent: Vec<Sent>,
}

impl Sockets {
    /// Lets [`Sockets::write_together`] enter the kernel once for many sockets, by io_uring. Must
    /// be called by the thread that will write.
    ///
    /// # Errors
    ///
    /// The kernel has no io_uring, is older than Linux 6.0, or forbids it. The table writes one
    /// socket after the other then, as before.
    pub fn use_io_uring(&mut self) -> io::Result<()> {
        self.together.ring = Some(SendRing::new(ROOM)?);
        Ok(())
    }

    /// Writes to many sockets, each named once. Each parcel takes its slices from the front of
    /// `slices`, up to 1,024; `written` is replaced by what [`Sockets::write`] would have said of
    /// each, in their order.
    pub fn write_together(
        &mut self,
        parcels: &[Parcel],
        slices: &[IoSlice<'_>],
        written: &mut Vec<io::Result<Written>>,
    ) {
        let mut sent = std::mem::take(&mut self.together.sent);
        sent.clear();
        if parcels.len() >= WORTHWHILE {
            self.send_plain(parcels, slices, &mut sent);
        }
        written.clear();
        let mut sent_plain = sent.drain(..);
        written.extend(cut(parcels, slices).map(|(key, slices)| {
            // Without a ring nothing was sent, and nobody needs to be looked at twice.
            let was_plain = sent_plain.len() > 0 && self.plain(key, slices).is_some();
            match was_plain.then(|| sent_plain.next().flatten()).flatten() {
                Some(sent) => self.was_sent(key, slices, sent),
                None => self.write(key, slices),
            }
        }));
        drop(sent_plain);
        self.together.sent = sent;
    }

    /// Has the ring send what needs neither TLS nor an answer in front of it.
    fn send_plain(&mut self, parcels: &[Parcel], slices: &[IoSlice<'_>], sent: &mut Vec<Sent>) {
        let Some(mut ring) = self.together.ring.take() else {
            return;
        };
        let plain = cut(parcels, slices).filter_map(|(key, slices)| {
            let socket = self.plain(key, slices)?.stream.as_fd();
            Some(wirehub_uring::Parcel { socket, slices })
        });
        // A ring that failed is not asked again; what it did not send is written below.
        if ring.send(plain, sent).is_ok() {
            self.together.ring = Some(ring);
        }
    }

    /// The socket, if the ring may write these slices to it.
    fn plain(&self, key: u32, slices: &[IoSlice<'_>]) -> Option<&Entry> {
        let entry = self.entries.get(key as usize)?.as_ref()?;
        let fits = (1..=SLICES_MAX).contains(&slices.len());
        (fits && entry.is_plain()).then_some(entry)
    }

    fn was_sent(
        &mut self,
        key: u32,
        slices: &[IoSlice<'_>],
        sent: io::Result<usize>,
    ) -> io::Result<Written> {
        let bytes = match sent {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                return self.write(key, slices);
            }
            sent => sent?,
        };
        let offered: usize = slices.iter().map(|slice| slice.len()).sum();
        let written = Written {
            bytes,
            blocked: bytes < offered,
        };
        self.entry(key)?.note(written);
        Ok(written)
    }
}

/// The parcels with their slices.
fn cut<'a>(
    parcels: &'a [Parcel],
    mut slices: &'a [IoSlice<'a>],
) -> impl Iterator<Item = (u32, &'a [IoSlice<'a>])> {
    parcels.iter().map(move |parcel| {
        let (own, rest) = slices
            .split_at_checked(parcel.slices)
            .unwrap_or((slices, &[]));
        slices = rest;
        (parcel.key, own)
    })
}
