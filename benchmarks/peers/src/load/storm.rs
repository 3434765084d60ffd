//! Connections that come and go: connect, upgrade, close handshake, end of stream.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};

use super::client_frame::push_close;
use super::link::{Link, Received};
use super::options::Options;
use super::scanner::{self, scan};
use super::upgrade;
use super::wire::{Role, WireKind};
use crate::measure::{Latencies, Meter};
use crate::outcome::Storm;

/// Loopback addresses taken in turn, so that no port has to be used again soon.
const SOURCES: usize = 16;
const SCRATCH: usize = 128 * 1024;
/// Connections still on their way after this long are stuck.
const PATIENCE: Duration = Duration::from_secs(5);
const POLL: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

/// Runs the case.
pub(super) fn run(options: &Options, at_once: usize) -> io::Result<Storm> {
    let server = options.server();
    let mut visits = Visits::new(options, at_once)?;
    let rss_before = server.rss()?;
    let descriptors_before = server.descriptors()?;
    visits.drive(options.warmed_up())?;
    visits.reset();
    let meter = Meter::start(&[server], options.server_core)?;
    let started = Instant::now();
    visits.drive(options.measured())?;
    let seconds = started.elapsed().as_secs_f64();
    let cpu = meter.stop()?;
    let (connections, latency) = (visits.done, visits.latencies.summary());
    let stuck = visits.finish()?;
    std::thread::sleep(Duration::from_millis(500));
    Ok(Storm {
        seconds,
        connections,
        errors: visits.errors,
        stuck,
        cpu,
        latency,
        rss_before,
        rss_after: server.rss()?,
        descriptors_before,
        descriptors_after: server.descriptors()?,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Connecting,
    Upgrading,
    /// Upgraded, and waiting for a message.
    Greeting,
    /// The close frame is out; its answer has not come.
    Closing,
    /// The server has answered the close frame and has to end the stream (RFC 6455 7.1.1).
    Ending,
}

struct Visit {
    link: Link,
    stage: Stage,
    started: Instant,
}

struct Visits {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
    scratch: Vec<u8>,
    slots: Vec<Option<Visit>>,
    address: std::net::SocketAddrV4,
    request: Vec<u8>,
    /// What is sent after the upgrade; empty when there is nothing to say.
    hello: Vec<u8>,
    greeted: bool,
    close: Vec<u8>,
    dialed: usize,
    done: u64,
    errors: u64,
    latencies: Latencies,
}

impl Visits {
    fn new(options: &Options, at_once: usize) -> io::Result<Self> {
        let mut close = Vec::new();
        push_close(&mut close);
        let wire = options.wire();
        let mut hello = Vec::new();
        if options.first_message && options.wire == WireKind::Plain {
            wire.push_message(&mut hello, &mut Vec::new(), options.payload().numbered(0));
        }
        let mut slots = Vec::new();
        slots.resize_with(at_once, || None);
        Ok(Self {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            events: Vec::with_capacity(at_once),
            scratch: vec![0; SCRATCH],
            slots,
            address: options.address,
            request: upgrade::request(options.address, &wire.path(Role::Echo)),
            hello,
            greeted: options.first_message,
            close,
            dialed: 0,
            done: 0,
            errors: 0,
            latencies: Latencies::default(),
        })
    }

    fn reset(&mut self) {
        (self.done, self.errors, self.latencies) = (0, 0, Latencies::default());
    }

    fn drive(&mut self, time: Duration) -> io::Result<()> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            for slot in 0..self.slots.len() {
                if self.slots[slot].is_none() {
                    self.dial(slot)?;
                }
            }
            self.turn()?;
        }
        Ok(())
    }

    /// Lets the last ones come to their end; returns how many do not.
    fn finish(&mut self) -> io::Result<u64> {
        let started = Instant::now();
        while self.slots.iter().any(Option::is_some) && started.elapsed() < PATIENCE {
            self.turn()?;
        }
        Ok(self.slots.iter_mut().filter_map(Option::take).count() as u64)
    }

    fn dial(&mut self, slot: usize) -> io::Result<()> {
        let started = Instant::now();
        let link = Link::dial(self.address, (1 + self.dialed % SOURCES) as u8)?;
        self.dialed += 1;
        let both = epoll::EventFlags::IN | epoll::EventFlags::OUT;
        epoll::add(
            &self.epoll,
            link.socket(),
            epoll::EventData::new_u64(slot as u64),
            both,
        )?;
        self.slots[slot] = Some(Visit {
            link,
            stage: Stage::Connecting,
            started,
        });
        Ok(())
    }

    fn turn(&mut self) -> io::Result<()> {
        self.events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&POLL)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for at in 0..self.events.len() {
            let data = self.events[at].data;
            let slot = data.u64() as usize;
            match self.step(slot) {
                Ok(false) => {}
                Ok(true) => {
                    if let Some(visit) = self.slots[slot].take() {
                        self.done += 1;
                        self.latencies.record(visit.started.elapsed());
                    }
                }
                Err(_) => {
                    self.slots[slot] = None;
                    self.errors += 1;
                }
            }
        }
        Ok(())
    }

    /// Takes one step with a connection that is ready; true when it came to its end.
    fn step(&mut self, slot: usize) -> io::Result<bool> {
        let Some(visit) = self.slots[slot].as_mut() else {
            return Ok(false);
        };
        if visit.stage == Stage::Connecting {
            visit.link.check_connected()?;
            let data = epoll::EventData::new_u64(slot as u64);
            epoll::modify(
                &self.epoll,
                visit.link.socket(),
                data,
                epoll::EventFlags::IN,
            )?;
            visit.link.write(&self.request)?;
            visit.stage = Stage::Upgrading;
            return Ok(false);
        }
        let bytes = match visit.link.read(&mut self.scratch)? {
            Received::Nothing => return Ok(false),
            Received::End if visit.stage == Stage::Ending => return Ok(true),
            Received::End => return Err(io::ErrorKind::UnexpectedEof.into()),
            Received::Bytes(bytes) => bytes,
        };
        let mut used = 0;
        if visit.stage == Stage::Upgrading {
            match upgrade::answer(bytes)? {
                None => {
                    visit.link.keep(bytes);
                    return Ok(false);
                }
                Some(length) => used = length,
            }
            let (stage, frame) = match self.greeted {
                true => (Stage::Greeting, &self.hello),
                false => (Stage::Closing, &self.close),
            };
            visit.link.write(frame)?;
            visit.stage = stage;
        }
        while let Some(frame) = scan(&bytes[used..]).map_err(io::Error::other)? {
            used += frame.length;
            match frame.opcode {
                scanner::CLOSE => visit.stage = Stage::Ending,
                scanner::TEXT | scanner::BINARY if visit.stage == Stage::Greeting => {
                    visit.link.write(&self.close)?;
                    visit.stage = Stage::Closing;
                }
                _ => {}
            }
        }
        visit.link.keep(&bytes[used..]);
        Ok(false)
    }
}
