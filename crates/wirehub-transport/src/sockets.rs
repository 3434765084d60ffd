//! The established sockets of one shard.

use std::io::{self, IoSlice};
use std::os::fd::{AsRawFd as _, RawFd};
use std::time::Duration;

use mio::event::Event;
use mio::{Events, Poll, Token};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use wirehub_websocket::{Decoder, Inflater, Limits, Reader, Role};

use self::entry::{Entry, Filled, Flag};
use self::handover::Handover;
use self::together::Together;
use crate::socket::{Established, Wire};

mod entry;
mod handover;
mod session;
mod together;

pub use self::together::Parcel;

/// The sockets of one shard: one table, one poll, no task and no buffer per socket.
///
/// The poll stands in the tokio runtime as a single descriptor, so thousands of sockets cost the
/// runtime one registration. The caller names each socket by a number of its own choice, best a
/// small one: the table is an array.
///
/// One turn of the caller's loop: [`Sockets::ready`], [`Sockets::poll`], one [`Sockets::receive`]
/// for each readable socket, then one [`Sockets::write`] for each that has something to send, or
/// one [`Sockets::write_together`] for many. A socket with more to read than one `receive` takes is
/// reported again by the next `poll`, behind its neighbours.
#[derive(Debug)]
pub struct Sockets {
    poll: AsyncFd<Poll>,
    events: Events,
    events_max: usize,
    /// The last poll gave as many events as fit, so there may be more.
    full: bool,
    entries: Vec<Option<Entry>>,
    len: usize,
    /// Sockets to report without waiting for the kernel. Each has its `Flag::Again` or its
    /// `Flag::Answer` set; a key without is left from a socket that is gone or was served since.
    again: Vec<u32>,
    handover: Handover,
    together: Together,
}

/// A socket that has something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// The caller's name for the socket.
    pub key: u32,
    /// Call [`Sockets::receive`]: there are bytes, an end or an error.
    pub readable: bool,
    /// Call [`Sockets::write`], also with nothing: the last write was blocked and can go on, or the
    /// answer to the handshake still has to leave.
    pub writable: bool,
    /// The connection is over in both directions; writing is of no use any more.
    pub closed: bool,
}

/// What one [`Sockets::receive`] gave.
#[derive(Debug)]
pub struct Received<'a> {
    /// The items in the bytes received; all of them have to be asked for.
    pub reader: Reader<'a>,
    /// Bytes received, without those of TLS.
    pub bytes: usize,
    /// More may be waiting. The next [`Sockets::poll`] reports the socket again; a caller with time
    /// to spare may also receive again at once.
    pub more: bool,
    /// The peer sends nothing further. It may still read.
    pub end: bool,
}

/// What one [`Sockets::overhear`] gave.
#[derive(Debug)]
pub struct Overheard<'a> {
    /// Bytes received, without those of TLS.
    pub bytes: &'a [u8],
    /// The peer sends nothing further.
    pub end: bool,
}

/// What one [`Sockets::write`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Bytes taken from the front of the slices.
    pub bytes: usize,
    /// The socket takes no more for now. It is reported writable when it does; until then another
    /// write would be a system call in vain.
    pub blocked: bool,
}

impl Sockets {
    /// An empty table whose poll gives up to `events` sockets at a time (1 to 65,536). Must be
    /// called in the tokio runtime that will wait for it.
    ///
    /// # Errors
    ///
    /// The process is out of descriptors.
    pub fn new(events: usize) -> io::Result<Self> {
        let events_max = events.clamp(1, 1 << 16);
        Ok(Self {
            poll: nest(Poll::new()?)?,
            events: Events::with_capacity(events_max),
            events_max,
            full: false,
            entries: Vec::new(),
            len: 0,
            again: Vec::new(),
            handover: Handover::default(),
            together: Together::default(),
        })
    }

    /// Sockets in the table.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the table is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The memory of the table, what TLS takes aside.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Option<Entry>>()
    }

    /// Adds a connection under `key`. The answer to its handshake leaves with the first
    /// [`Sockets::write`]; the next [`Sockets::poll`] asks for one if there was none.
    ///
    /// # Errors
    ///
    /// The key is taken, or the kernel's poll takes no more; the connection is closed.
    pub fn insert(&mut self, key: u32, established: Established) -> io::Result<()> {
        let index = key as usize;
        if self.entry(key).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let Established {
            socket,
            answer,
            leftover,
            wire,
            ticket,
        } = established;
        let compressed = matches!(wire, Wire::WebSocket { deflate: Some(_) });
        let decoder = Decoder::new(Role::Server, compressed);
        let mut entry = Entry::new(socket, decoder, ticket);
        let registry = self.poll.get_ref().registry();
        registry.register(
            &mut entry.stream,
            Token(index),
            mio::Interest::READABLE | mio::Interest::WRITABLE,
        )?;
        // A TLS session may hold decrypted bytes already, which no poll knows of.
        let waiting = !leftover.is_empty() || entry.session.is_some();
        if !waiting && !answer.is_empty() {
            self.again.push(key);
        }
        self.handover.keep(key, &mut entry, leftover, answer);
        if self.entries.len() <= index {
            self.entries.resize_with(index + 1, || None);
        }
        if let Some(slot) = self.entries.get_mut(index) {
            *slot = Some(entry);
            self.len += 1;
        }
        if waiting {
            self.again(key);
        }
        Ok(())
    }

    /// Waits until [`Sockets::poll`] has something to report. Dropping the future loses nothing.
    /// When something is left from the last turn it gives way to the runtime's other tasks once,
    /// and returns.
    ///
    /// # Errors
    ///
    /// The runtime is shutting down.
    pub async fn ready(&self) -> io::Result<()> {
        if self.full || !self.again.is_empty() {
            tokio::task::yield_now().await;
            return Ok(());
        }
        self.poll.readable().await?.retain_ready();
        Ok(())
    }

    /// Replaces the contents of `ready` by the sockets that have something to do. It does not wait.
    ///
    /// # Errors
    ///
    /// The kernel's poll failed.
    pub fn poll(&mut self, ready: &mut Vec<Ready>) -> io::Result<()> {
        ready.clear();
        if self.fetch()? {
            for event in &self.events {
                let entry = self.entries.get_mut(event.token().0);
                if let Some(entry) = entry.and_then(Option::as_mut) {
                    ready.extend(report(event, entry));
                }
            }
        }
        // Behind the others, which have not had their turn yet.
        for key in self.again.drain(..) {
            let Ok(entry) = entry_of(&mut self.entries, key) else {
                continue;
            };
            let readable = entry.flags.take(Flag::Again);
            let writable = entry.flags.has(Flag::Answer) && !entry.flags.has(Flag::Blocked);
            if readable || writable {
                ready.push(Ready {
                    key,
                    readable,
                    writable,
                    closed: false,
                });
            }
        }
        Ok(())
    }

    /// Reports the socket as readable in the next [`Sockets::poll`]. For a caller that was told so
    /// and did not receive at once, for example because it waits for the client to read its
    /// answers.
    pub fn again(&mut self, key: u32) {
        let Ok(entry) = self.entry(key) else {
            return;
        };
        if !entry.flags.has(Flag::Again) {
            entry.flags.set(Flag::Again);
            self.again.push(key);
        }
    }

    /// Reads the socket once into `scratch` and decodes what came.
    ///
    /// # Errors
    ///
    /// The connection broke, TLS included, or there is none under `key`.
    pub fn receive<'a>(
        &'a mut self,
        key: u32,
        scratch: &'a mut [u8],
        limits: &'a Limits,
        inflater: &'a mut Inflater,
    ) -> io::Result<Received<'a>> {
        let filled = self.fill(key, scratch)?;
        let input = scratch.get_mut(..filled.bytes).unwrap_or_default();
        let entry = self.entry(key)?;
        Ok(Received {
            reader: entry.decoder.read(input, limits, inflater),
            bytes: filled.bytes,
            more: filled.more,
            end: filled.end,
        })
    }

    /// Reads the socket of a stream once into `scratch`. Its client has nothing to say there: what
    /// comes is for the caller to judge.
    ///
    /// # Errors
    ///
    /// The connection broke, TLS included, or there is none under `key`.
    pub fn overhear<'a>(&mut self, key: u32, scratch: &'a mut [u8]) -> io::Result<Overheard<'a>> {
        let filled = self.fill(key, scratch)?;
        Ok(Overheard {
            bytes: scratch.get(..filled.bytes).unwrap_or_default(),
            end: filled.end,
        })
    }

    /// Writes the slices in order, with one system call for up to 1,024 of them when the socket is
    /// plain.
    ///
    /// # Errors
    ///
    /// The connection broke, or there is none under `key`.
    pub fn write(&mut self, key: u32, slices: &[IoSlice<'_>]) -> io::Result<Written> {
        let entry = entry_of(&mut self.entries, key)?;
        let written = if entry.flags.has(Flag::Answer) {
            self.handover.write(key, entry, slices)?
        } else {
            entry.write(slices)?
        };
        entry.note(written);
        Ok(written)
    }

    /// Ends the sending direction behind the bytes written so far (TLS: `close_notify`, then FIN).
    /// The client's own bytes can still be received; a socket that is removed with unread bytes
    /// would be reset, and the client might lose the last ones sent to it.
    ///
    /// # Errors
    ///
    /// The connection broke, or there is none under `key`.
    pub fn shutdown(&mut self, key: u32) -> io::Result<()> {
        self.write(key, &[])?;
        let entry = self.entry(key)?;
        if entry.shutdown()? {
            entry.flags.set(Flag::Blocked);
        }
        Ok(())
    }

    /// Closes the socket and gives its place back; says whether there was one.
    pub fn remove(&mut self, key: u32) -> bool {
        let slot = self.entries.get_mut(key as usize);
        let Some(entry) = slot.and_then(Option::take) else {
            return false;
        };
        self.handover.forget(key, &entry);
        // Closing the only descriptor of a socket takes it out of the poll (epoll(7)).
        drop(entry);
        self.len -= 1;
        self.shrink();
        true
    }

    /// The descriptors of all sockets in the table.
    pub fn descriptors(&self) -> impl Iterator<Item = RawFd> {
        let entries = self.entries.iter().flatten();
        entries.map(|entry| entry.stream.as_raw_fd())
    }

    /// The decoder of a socket, which knows whether a message is incomplete and what it holds.
    #[must_use]
    pub fn decoder(&self, key: u32) -> Option<&Decoder> {
        let slot = self.entries.get(key as usize)?.as_ref();
        slot.map(|entry| &entry.decoder)
    }

    /// Reads a socket once, or what is left from its handshake.
    fn fill(&mut self, key: u32, scratch: &mut [u8]) -> io::Result<Filled> {
        let entry = entry_of(&mut self.entries, key)?;
        let filled = if entry.flags.has(Flag::Leftover) {
            self.handover.receive(key, entry, scratch)
        } else {
            entry.fill(scratch)?
        };
        if filled.more {
            self.again(key);
        }
        Ok(filled)
    }

    fn entry(&mut self, key: u32) -> io::Result<&mut Entry> {
        entry_of(&mut self.entries, key)
    }

    /// Asks the kernel for events; says whether it was worth asking.
    fn fetch(&mut self) -> io::Result<bool> {
        let Self {
            poll,
            events,
            events_max,
            full,
            ..
        } = self;
        let mut asked = false;
        let outcome = poll.try_io_mut(Interest::READABLE, |poll| {
            poll.poll(events, Some(Duration::ZERO))?;
            asked = true;
            *full = events.iter().count() >= *events_max;
            // With all events taken, the runtime has to wait for the kernel's next word; it learns
            // that from `WouldBlock`.
            match *full {
                true => Ok(()),
                false => Err(io::ErrorKind::WouldBlock.into()),
            }
        });
        match outcome {
            Ok(()) => Ok(asked),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(asked),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Gives memory back after many sockets are gone.
    fn shrink(&mut self) {
        while let Some(None) = self.entries.last() {
            self.entries.pop();
        }
        if self.entries.capacity() > 1_024 && self.entries.len() < self.entries.capacity() / 4 {
            self.entries.shrink_to(self.entries.len() * 2);
        }
    }
}

fn entry_of(entries: &mut [Option<Entry>], key: u32) -> io::Result<&mut Entry> {
    let slot = entries.get_mut(key as usize);
    slot.and_then(Option::as_mut)
        .ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// Hands the poll's descriptor to the runtime.
#[expect(
    deprecated,
    reason = "its successor is unsafe, because a type may name a descriptor that it does not own; \
              a `Poll` owns its descriptor and names the same one until it is dropped"
)]
fn nest(poll: Poll) -> io::Result<AsyncFd<Poll>> {
    AsyncFd::with_interest(poll, Interest::READABLE)
}

/// What an event means for the caller; `None` when it means nothing, such as room to write on a
/// socket that was not blocked.
fn report(event: &Event, entry: &mut Entry) -> Option<Ready> {
    let broken = event.is_error() || event.is_write_closed();
    if event.is_read_closed() || broken {
        entry.flags.set(Flag::ReadClosed);
    }
    let readable = event.is_readable() || event.is_read_closed() || broken;
    if readable {
        entry.flags.clear(Flag::Again);
    }
    let writable = (event.is_writable() || broken) && entry.flags.take(Flag::Blocked);
    (readable || writable).then_some(Ready {
        key: u32::try_from(event.token().0).unwrap_or(u32::MAX),
        readable,
        writable,
        closed: broken,
    })
}
