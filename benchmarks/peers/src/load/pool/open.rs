//! Opening many connections: connect, upgrade if that is spoken, subscribe, several at a time.

use std::io;
use std::time::{Duration, Instant};

use rustix::event::epoll;

use super::{PATIENCE, Pool, closed, ended};
use crate::load::framing::Framing;
use crate::load::link::{Link, Received};
use crate::load::scanner;
use crate::load::upgrade;
use crate::load::wire::{Next, Role, Wire};

/// Connections on the way from connect to open at once: well within every accept queue.
const AT_ONCE: usize = 64;
/// Connections from one loopback address, a fraction of the ports it has.
const PER_SOURCE: usize = 4000;

/// How far a connection is on its way to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Connecting,
    Upgrading,
    Subscribing,
    Open,
}

impl Pool {
    /// Opens `count` more connections and returns when all are upgraded and subscribed.
    ///
    /// # Errors
    /// When one is refused, or none makes progress for ten seconds.
    pub(in crate::load) fn open(
        &mut self,
        wire: &Wire,
        role: Role,
        count: usize,
    ) -> io::Result<()> {
        self.open_beside(wire, role, count, &mut |_, _| Ok(()))
    }

    /// The same; meanwhile connections that are open and have something to read are shown to
    /// somebody.
    ///
    /// # Errors
    /// As for [`Pool::open`], and when whoever is shown one gives up.
    pub(in crate::load) fn open_beside(
        &mut self,
        wire: &Wire,
        role: Role,
        count: usize,
        beside: &mut impl FnMut(&mut Self, usize) -> io::Result<()>,
    ) -> io::Result<()> {
        self.intake.framing = wire.framing();
        let first = self.links.len();
        let end = first + count;
        let mut stages = Vec::with_capacity(count);
        let mut open = 0;
        let mut progress = Instant::now();
        while open < count {
            while self.links.len() < end && stages.len() - open < AT_ONCE {
                self.dial()?;
                stages.push(Stage::Connecting);
            }
            for at in 0..self.wait(Duration::from_millis(100))? {
                let link = self.ready(at);
                let stage = link.checked_sub(first).and_then(|at| stages.get_mut(at));
                let stage = stage.filter(|stage| **stage != Stage::Open);
                let Some(stage) = stage else {
                    beside(self, link)?;
                    continue;
                };
                let before = *stage;
                while let Some(next) = self.advance(link, *stage, wire, role)? {
                    *stage = next;
                }
                if *stage != before {
                    progress = Instant::now();
                    open += usize::from(*stage == Stage::Open);
                }
            }
            if progress.elapsed() > PATIENCE {
                let message = format!("only {open} of {count} connections opened");
                return Err(io::Error::new(io::ErrorKind::TimedOut, message));
            }
        }
        Ok(())
    }

    pub(super) fn dial(&mut self) -> io::Result<()> {
        let number = self.links.len();
        let link = Link::dial(self.address, (1 + number / PER_SOURCE) as u8)?;
        let both = epoll::EventFlags::IN | epoll::EventFlags::OUT;
        epoll::add(
            &self.epoll,
            link.socket(),
            epoll::EventData::new_u64(number as u64),
            both,
        )?;
        self.links.push(link);
        Ok(())
    }

    /// Takes one step; `None` when the connection has to wait.
    fn advance(
        &mut self,
        number: usize,
        stage: Stage,
        wire: &Wire,
        role: Role,
    ) -> io::Result<Option<Stage>> {
        let link = &mut self.links[number];
        if stage == Stage::Connecting {
            link.check_connected()?;
            let data = epoll::EventData::new_u64(number as u64);
            epoll::modify(&self.epoll, link.socket(), data, epoll::EventFlags::IN)?;
            if self.intake.framing != Framing::WebSocket {
                return Ok(Some(match take(link, wire.upgraded(role))? {
                    true => Stage::Open,
                    false => Stage::Subscribing,
                }));
            }
            link.write(&upgrade::request(self.address, &wire.path(role)))?;
            return Ok(Some(Stage::Upgrading));
        }
        if stage == Stage::Open {
            return Ok(None);
        }
        let bytes = match link.read(&mut self.scratch)? {
            Received::Nothing => return Ok(None),
            Received::Bytes(bytes) => bytes,
            Received::End => return Err(ended(number)),
        };
        let (used, next) = match stage {
            Stage::Upgrading => match upgrade::answer(bytes)? {
                None => (0, None),
                Some(length) => {
                    let (more, open) = match take(link, wire.upgraded(role))? {
                        true => (0, true),
                        false => listen(link, wire, role, &bytes[length..])?,
                    };
                    let next = if open {
                        Stage::Open
                    } else {
                        Stage::Subscribing
                    };
                    (length + more, Some(next))
                }
            },
            _ => {
                let (used, open) = listen(link, wire, role, bytes)?;
                (used, open.then_some(Stage::Open))
            }
        };
        link.keep(&bytes[used..]);
        Ok(next)
    }
}

/// Does what the frames at the front of `bytes` ask for. Returns how many bytes they are, and
/// whether the connection is open.
fn listen(link: &Link, wire: &Wire, role: Role, bytes: &[u8]) -> io::Result<(usize, bool)> {
    let mut used = 0;
    while let Some(frame) = wire.framing().next(&bytes[used..])? {
        used += frame.length;
        if frame.opcode == scanner::CLOSE {
            return Err(closed(0, &frame));
        }
        if take(link, wire.heard(role, frame.payload))? {
            return Ok((used, true));
        }
    }
    Ok((used, false))
}

/// Takes a step towards an open connection, and says whether that was the last.
fn take(link: &Link, next: Next) -> io::Result<bool> {
    match next {
        Next::Open => Ok(true),
        Next::Wait => Ok(false),
        Next::Say(frame) => link.write(&frame).map(|()| false),
        Next::Refused(text) => Err(io::Error::other(format!(
            "the server refused to subscribe: {text}"
        ))),
    }
}
