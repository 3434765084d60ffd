//! The ring itself.
#![expect(
    unsafe_code,
    reason = "the kernel reads memory that it was given by address; what is written here holds for \
              every caller that has no unsafe code"
)]

use std::io;
use std::os::fd::AsRawFd as _;

use io_uring::{IoUring, opcode, squeue, types::Fd};

use crate::{Parcel, Sent};

/// Sends to many sockets with one system call.
///
/// It belongs to the thread that made it: the kernel refuses the calls of others.
pub struct SendRing {
    ring: IoUring,
    /// What is to be handed over. The addresses in it are good during one [`SendRing::send`] only.
    requests: Vec<squeue::Entry>,
    /// Nothing of an earlier call is left in the queue. A ring that is not is never entered again.
    intact: bool,
}

impl std::fmt::Debug for SendRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SendRing")
            .field("parcels", &self.ring.params().sq_entries())
            .finish_non_exhaustive()
    }
}

impl SendRing {
    /// A ring that hands over up to `parcels` at a time (rounded up to a power of two), of about a
    /// hundred bytes each.
    ///
    /// # Errors
    ///
    /// The kernel has no io_uring, or one older than Linux 6.0, or forbids it (`io_uring_disabled`,
    /// seccomp), or the process is out of descriptors or of memory that may be locked.
    pub fn new(parcels: u32) -> io::Result<Self> {
        let ring = IoUring::builder()
            .setup_clamp()
            // A parcel that is refused keeps none of the others from leaving.
            .setup_submit_all()
            .setup_single_issuer()
            .setup_coop_taskrun()
            .build(parcels.max(1))?;
        Ok(Self {
            ring,
            requests: Vec::new(),
            intact: true,
        })
    }

    /// Hands all parcels to the kernel, and replaces the contents of `sent` by what it says of
    /// each, in their order. No two of them may be for one socket, unless their order does not
    /// matter.
    ///
    /// # Errors
    ///
    /// The kernel takes no more requests. What was sent before is in `sent`; parcels that it did
    /// not look at are `None` there, and nothing of them has left. A ring that failed fails again.
    pub fn send<'a>(
        &mut self,
        parcels: impl IntoIterator<Item = Parcel<'a>>,
        sent: &mut Vec<Sent>,
    ) -> io::Result<()> {
        self.requests.clear();
        // All of the caller's code runs here, before anything is handed over: a panic in it leaves
        // no address behind in the queue.
        let numbered = (0..).zip(parcels);
        let requests = numbered.map(|(number, parcel)| request(parcel).user_data(number));
        self.requests.extend(requests);
        sent.clear();
        sent.resize_with(self.requests.len(), || None);
        let room = self.ring.params().sq_entries() as usize;
        let mut first = 0;
        while first < self.requests.len() {
            if !std::mem::take(&mut self.intact) {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            let count = room.min(self.requests.len() - first);
            self.hand_over(first, count);
            self.wait(count, sent)?;
            self.intact = true;
            first += count;
        }
        Ok(())
    }

    /// Puts requests into the queue, which is empty.
    fn hand_over(&mut self, first: usize, count: usize) {
        let requests = self.requests.get(first..first + count).unwrap_or_default();
        // SAFETY: the requests read slices and bytes that are borrowed for 'a, which outlives the
        // call of `send`, and `send` does not return before the kernel has answered for each
        // request that it took. Those it did not take it never sees: a ring in which some are left
        // is not entered again.
        let pushed = unsafe { self.ring.submission().push_multiple(requests) };
        debug_assert!(pushed.is_ok(), "the queue has room for {count}");
    }

    /// Waits until the kernel has answered for `count` requests. They are for sockets that do not
    /// block, so it does that before it comes back for the first time.
    fn wait(&mut self, count: usize, sent: &mut [Sent]) -> io::Result<()> {
        let mut answered = 0;
        loop {
            let entered = self.ring.submit_and_wait(count - answered);
            for answer in self.ring.completion() {
                answered += 1;
                let index = usize::try_from(answer.user_data()).unwrap_or(usize::MAX);
                if let Some(slot) = sent.get_mut(index) {
                    *slot = Some(taken(answer.result()));
                }
            }
            let untouched = self.ring.submission().len();
            match entered {
                _ if answered == count => return Ok(()),
                // Whatever it took it still reads, so there is no leaving before it has answered.
                Err(error) if untouched + answered == count && !is_passing(&error) => {
                    return Err(error);
                }
                _ => {}
            }
        }
    }
}

fn request(parcel: Parcel<'_>) -> squeue::Entry {
    let socket = Fd(parcel.socket.as_raw_fd());
    match parcel.slices {
        [bytes] => {
            let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            opcode::Send::new(socket, bytes.as_ptr(), length)
                .flags(libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL)
                .build()
        }
        slices => {
            let length = u32::try_from(slices.len()).unwrap_or(u32::MAX);
            // `IoSlice` is promised to be an `iovec` on Unix.
            opcode::Writev::new(socket, slices.as_ptr().cast(), length).build()
        }
    }
}

fn taken(result: i32) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::from_raw_os_error(-result))
}

fn is_passing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Interrupted
}
