//! Connections that come all at once, and are served while others still connect.

use std::io;
use std::time::{Duration, Instant};

use rustix::event::epoll;

use super::{PATIENCE, Pool, Receiver, ended};
use crate::load::link::Received;
use crate::load::upgrade;
use crate::load::wire::{Role, Wire};

/// Who comes.
pub(in crate::load) trait Comer: Receiver {
    /// Connection `link` begins to connect at `now`.
    fn begins(&mut self, link: usize, now: Instant);
    /// Appends what connection `link` says as soon as it is upgraded.
    fn hello(&mut self, link: usize, out: &mut Vec<u8>);
    /// Whether everybody has what they came for.
    fn is_done(&self) -> bool;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Connecting,
    Upgrading,
    Open,
}

impl Pool {
    /// Opens `count` connections in a pool that has none, `at_once` of them on the way to the
    /// upgrade, and returns when the comer is done. The client polls without sleeping. When no
    /// message comes for ten seconds, it returns as well: the comer knows what is missing.
    ///
    /// # Errors
    /// When a connection is refused, closed, or makes no progress on the way to the upgrade.
    pub(in crate::load) fn rush(
        &mut self,
        wire: &Wire,
        count: usize,
        at_once: usize,
        comer: &mut impl Comer,
    ) -> io::Result<()> {
        let request = upgrade::request(self.address, &wire.path(Role::Subscriber));
        let mut stages: Vec<Stage> = Vec::with_capacity(count);
        let mut open = 0;
        let mut progress = (Instant::now(), 0);
        while open < count || !comer.is_done() {
            while stages.len() < count && stages.len() - open < at_once {
                comer.begins(stages.len(), Instant::now());
                self.dial()?;
                stages.push(Stage::Connecting);
            }
            for at in 0..self.wait(Duration::ZERO)? {
                let number = self.ready(at);
                let Some(stage) = stages.get_mut(number) else {
                    continue;
                };
                match *stage {
                    Stage::Connecting => {
                        self.connected(number, &request)?;
                        *stage = Stage::Upgrading;
                    }
                    Stage::Upgrading if self.upgraded(number, comer)? => {
                        *stage = Stage::Open;
                        open += 1;
                    }
                    Stage::Upgrading => {}
                    Stage::Open => self.read(number, comer)?,
                }
            }
            let now = self.traffic().reads;
            if now != progress.1 {
                progress = (Instant::now(), now);
            } else if progress.0.elapsed() > PATIENCE {
                return self.gave_up(open, count);
            }
        }
        Ok(())
    }

    fn gave_up(&self, open: usize, count: usize) -> io::Result<()> {
        if open == count {
            return Ok(());
        }
        let message = format!("only {open} of {count} connections opened");
        Err(io::Error::new(io::ErrorKind::TimedOut, message))
    }

    /// Asks for the upgrade.
    fn connected(&mut self, number: usize, request: &[u8]) -> io::Result<()> {
        let link = &self.links[number];
        link.check_connected()?;
        let data = epoll::EventData::new_u64(number as u64);
        epoll::modify(&self.epoll, link.socket(), data, epoll::EventFlags::IN)?;
        link.write(request)
    }

    /// Reads the answer to the upgrade; says hello and hands on what came behind it. False when
    /// the answer is not all there.
    fn upgraded(&mut self, number: usize, comer: &mut impl Comer) -> io::Result<bool> {
        let link = &mut self.links[number];
        let bytes = match link.read(&mut self.scratch)? {
            Received::Nothing => return Ok(false),
            Received::Bytes(bytes) => bytes,
            Received::End => return Err(ended(number)),
        };
        let Some(head) = upgrade::answer(bytes)? else {
            link.keep(bytes);
            return Ok(false);
        };
        let used = self.intake.frames(number, &bytes[head..], comer)?;
        link.keep(&bytes[head + used..]);
        self.intake.answer(link)?;
        let mut hello = Vec::new();
        comer.hello(number, &mut hello);
        link.write(&hello)?;
        Ok(true)
    }
}
