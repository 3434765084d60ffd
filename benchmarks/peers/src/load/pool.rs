//! All connections of a run behind one epoll.

mod intake;
mod open;
mod rush;

use std::io;
use std::net::SocketAddrV4;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};

use super::client_frame::push_close;
use super::framing::Framing;
use super::link::{Link, Received};
use super::scanner::Frame;
use intake::Intake;
pub(super) use intake::Traffic;
pub(super) use rush::Comer;

const EVENTS: usize = 1024;
const SCRATCH: usize = 256 * 1024;
/// How long opening or closing may make no progress.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who gets the messages.
pub(super) trait Receiver {
    /// A message arrived at connection `link`, read at `now`. What is appended to `reply` is
    /// sent on the same connection at once.
    ///
    /// # Errors
    /// When the run cannot go on.
    fn message(
        &mut self,
        link: usize,
        message: &[u8],
        now: Instant,
        reply: &mut Vec<u8>,
    ) -> io::Result<()>;
}

/// The connections.
pub(super) struct Pool {
    address: SocketAddrV4,
    epoll: OwnedFd,
    links: Vec<Link>,
    events: Vec<epoll::Event>,
    scratch: Vec<u8>,
    intake: Intake,
    ended: usize,
}

impl Pool {
    /// No connections yet.
    pub(super) fn new(address: SocketAddrV4) -> io::Result<Self> {
        Ok(Self {
            address,
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            links: Vec::new(),
            events: Vec::with_capacity(EVENTS),
            scratch: vec![0; SCRATCH],
            intake: Intake::default(),
            ended: 0,
        })
    }

    /// Further connections are opened there.
    pub(super) fn turn_to(&mut self, address: SocketAddrV4) {
        self.address = address;
    }

    /// What came, counted since the pool was made.
    pub(super) fn traffic(&self) -> Traffic {
        self.intake.traffic
    }

    /// Cuts all connections without a word, as a network that fails does.
    pub(super) fn cut(&mut self) -> io::Result<()> {
        for link in self.links.drain(..) {
            link.cut()?;
        }
        Ok(())
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.links.len()
    }

    /// Sends bytes on one connection.
    pub(super) fn send(&self, link: usize, bytes: &[u8]) -> io::Result<()> {
        self.links[link].write(bytes)
    }

    /// Waits up to `patience` (zero: does not wait) and hands every message that is there to
    /// the receiver.
    ///
    /// # Errors
    /// When a server closed a connection, broke the protocol, or the receiver gives up.
    pub(super) fn turn(
        &mut self,
        patience: Duration,
        receiver: &mut impl Receiver,
    ) -> io::Result<()> {
        for at in 0..self.wait(patience)? {
            self.read(self.ready(at), receiver)?;
        }
        Ok(())
    }

    /// Closes all connections in order: close frame, its answer, end of stream; or the latter
    /// alone. Connections that do not end within ten seconds are cut.
    pub(super) fn close(mut self) -> io::Result<()> {
        let mut frame = Vec::new();
        push_close(&mut frame);
        self.intake.closing = true;
        self.ended = 0;
        for link in 0..self.links.len() {
            // A connection the server has already ended takes no goodbye.
            let _ = match self.intake.framing {
                Framing::WebSocket => self.send(link, &frame),
                Framing::Resp | Framing::Nats => self.links[link].finish(),
            };
            if link % EVENTS == 0 {
                self.turn(Duration::ZERO, &mut Ignore)?;
            }
        }
        let mut progress = (Instant::now(), self.ended);
        while self.ended < self.links.len() && progress.0.elapsed() < PATIENCE {
            self.turn(Duration::from_millis(100), &mut Ignore)?;
            if self.ended > progress.1 {
                progress = (Instant::now(), self.ended);
            }
        }
        Ok(())
    }

    /// Waits for ready connections and returns how many there are.
    fn wait(&mut self, patience: Duration) -> io::Result<usize> {
        self.events.clear();
        let timeout = Timespec::try_from(patience).map_err(io::Error::other)?;
        match epoll::wait(
            &self.epoll,
            spare_capacity(&mut self.events),
            Some(&timeout),
        ) {
            Ok(count) => Ok(count),
            Err(rustix::io::Errno::INTR) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// The connection behind the ready event `at`.
    fn ready(&self, at: usize) -> usize {
        let data = self.events[at].data;
        data.u64() as usize
    }

    /// Reads what a connection brings, and hands every message to the receiver.
    pub(super) fn read(&mut self, number: usize, receiver: &mut impl Receiver) -> io::Result<()> {
        let Some(link) = self.links.get_mut(number) else {
            return Ok(());
        };
        let bytes = match link.read(&mut self.scratch) {
            Ok(Received::Nothing) => return Ok(()),
            Ok(Received::Bytes(bytes)) => bytes,
            Err(_) | Ok(Received::End) if self.intake.closing => {
                self.ended += 1;
                return epoll::delete(&self.epoll, link.socket()).map_err(Into::into);
            }
            Ok(Received::End) => return Err(ended(number)),
            Err(error) => return Err(error),
        };
        let used = self.intake.frames(number, bytes, receiver)?;
        link.keep(&bytes[used..]);
        self.intake.answer(link)
    }
}

fn ended(link: usize) -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        format!("the server ended connection {link}"),
    )
}

fn closed(link: usize, frame: &Frame<'_>) -> io::Error {
    let (code, reason) = match frame.payload {
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
        _ => (1005, frame.payload),
    };
    let reason = String::from_utf8_lossy(reason);
    io::Error::other(format!(
        "the server closed connection {link}: {code} {reason}"
    ))
}

/// A receiver that is not interested.
pub(super) struct Ignore;

impl Receiver for Ignore {
    fn message(&mut self, _: usize, _: &[u8], _: Instant, _: &mut Vec<u8>) -> io::Result<()> {
        Ok(())
    }
}
