//! Bytes for many sockets in one system call, by the io_uring of Linux.
//!
//! A server that tells the same thing to ten thousand clients spends its time entering the kernel
//! and leaving it. A [`SendRing`] enters once: it hands over a list of [`Parcel`]s, and comes back
//! when the kernel has answered for each.
//!
//! It is *not* a runtime. Nothing goes on behind the caller's back: no socket is registered, no
//! buffer is lent for longer than one call, and sockets are to be non-blocking, so that a full one
//! is an answer and not a wait.
//!
//! Where the kernel has no io_uring, or a container's rules forbid it, [`SendRing::new`] fails and
//! the caller writes as it would have written.
//!
//! ```
//! use std::io::{IoSlice, Read as _};
//! use std::os::{fd::AsFd as _, unix::net::UnixStream};
//!
//! use wirehub_uring::{Parcel, SendRing};
//!
//! # fn main() -> std::io::Result<()> {
//! let (near, mut far) = UnixStream::pair()?;
//! near.set_nonblocking(true)?;
//! let text = [IoSlice::new(b"hello, "), IoSlice::new(b"all")];
//!
//! let Ok(mut ring) = SendRing::new(256) else {
//!     return Ok(()); // Not on this machine.
//! };
//! let mut sent = Vec::new();
//! ring.send([Parcel { socket: near.as_fd(), slices: &text }], &mut sent)?;
//!
//! assert!(matches!(sent[0], Some(Ok(10))));
//! let mut heard = [0; 10];
//! far.read_exact(&mut heard)?;
//! # Ok(())
//! # }
//! ```

use std::io::{self, IoSlice};
use std::os::fd::BorrowedFd;

#[cfg(target_os = "linux")]
#[path = "ring/linux.rs"]
mod ring;
#[cfg(not(target_os = "linux"))]
#[path = "ring/elsewhere.rs"]
mod ring;

pub use self::ring::SendRing;

/// What one socket is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Parcel<'a> {
    /// A socket that does not block.
    pub socket: BorrowedFd<'a>,
    /// The bytes, in order; at most 1,024 slices, as writev(2) takes them.
    pub slices: &'a [IoSlice<'a>],
}

/// How sending a parcel went: bytes taken, which may be fewer than offered, or why none were
/// (`WouldBlock` from a socket that is full). `None` when the kernel was not asked.
pub type Sent = Option<io::Result<usize>>;
