//! The loop of one thread.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc::SyncSender,
    },
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token, event::Event};
use rustls::{ClientConfig, pki_types::ServerName};

use super::{
    alarm::Alarm,
    cause,
    link::{Link, Taken},
};
use crate::{
    crowd::{Crowd, Findings, Input, Output},
    outcome::{CloseKind, FailureCause, Row},
};

const EVENTS: usize = 1_024;
const SCRATCH: usize = 64 * 1024;
/// Reads of one socket before the others have their turn.
const READS: usize = 8;
/// How long a thread sleeps before it looks whether somebody wants an end.
const LOOK: Duration = Duration::from_millis(100);
/// No session has this number.
const ALARM: Token = Token(usize::MAX);

/// Where to connect to, and from where.
#[derive(Clone, Debug)]
pub(crate) struct Dialing {
    /// Of each node, by its number.
    pub(crate) doors: Vec<Door>,
    /// In turn; the kernel chooses when there are none.
    pub(crate) sources: Vec<IpAddr>,
}

/// Where a node is connected to, and what it is believed by.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    pub(crate) to: SocketAddr,
    pub(crate) tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

/// One thread's sockets.
pub(crate) struct Worker {
    crowd: Crowd,
    dialing: Dialing,
    /// When the run begins.
    start: Instant,
    poll: Poll,
    alarm: Alarm,
    /// By the number of the session.
    links: Vec<Option<Link>>,
    /// Sockets that stay open and silent to the end.
    abandoned: Vec<Link>,
    /// Those that have more to read than one turn took.
    unread: Vec<u32>,
    scratch: Vec<u8>,
    seconds: SyncSender<(u32, Row)>,
    is_done: bool,
}

impl Worker {
    pub(crate) fn new(
        crowd: Crowd,
        dialing: Dialing,
        start: Instant,
        seconds: SyncSender<(u32, Row)>,
    ) -> io::Result<Self> {
        let poll = Poll::new()?;
        let alarm = Alarm::new(poll.registry(), ALARM)?;
        Ok(Self {
            crowd,
            dialing,
            start,
            poll,
            alarm,
            links: Vec::new(),
            abandoned: Vec::new(),
            unread: Vec::new(),
            scratch: vec![0; SCRATCH],
            seconds,
            is_done: false,
        })
    }

    /// Runs to the end of the scenario, or to an early one: after the first `stop` in order, after
    /// a second one at once.
    pub(crate) fn run(mut self, stop: &AtomicBool, now: &AtomicBool) -> io::Result<Findings> {
        let mut events = Events::with_capacity(EVENTS);
        let (mut has_stopped, mut has_hurried) = (false, false);
        while !self.is_done {
            if stop.load(Relaxed) && !has_stopped {
                has_stopped = true;
                self.tell(Input::Stop);
            }
            if now.load(Relaxed) && !has_hurried {
                has_hurried = true;
                self.tell(Input::Stop);
            }
            self.crowd.handle_timeout(self.now());
            self.perform();
            let wait = self.crowd.poll_timeout().saturating_sub(self.now());
            let wait = if self.unread.is_empty() {
                wait
            } else {
                Duration::ZERO
            };
            let timeout = self.alarm.within(wait.min(LOOK))?;
            match self.poll.poll(&mut events, Some(timeout)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            for link in std::mem::take(&mut self.unread) {
                self.readable(link);
            }
            for event in &events {
                self.event(event);
            }
        }
        Ok(self.crowd.into_findings())
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn tell(&mut self, input: Input<'_>) {
        self.crowd.handle(self.start.elapsed(), input);
        self.perform();
    }

    fn link(&mut self, number: u32) -> Option<&mut Link> {
        self.links.get_mut(number as usize)?.as_mut()
    }

    fn event(&mut self, event: &Event) {
        if event.token() == ALARM {
            return;
        }
        let Ok(number) = u32::try_from(event.token().0) else {
            return;
        };
        let Some(link) = self.link(number) else {
            return;
        };
        if !link.is_up {
            match link.rise() {
                Ok(true) => self.tell(Input::Connected { link: number }),
                Ok(false) if event.is_readable() => {}
                Ok(false) => return,
                Err(error) => return self.broken(number, &error),
            }
        } else if event.is_writable() {
            self.writable(number);
        }
        if event.is_readable() {
            self.readable(number);
        }
    }

    fn writable(&mut self, number: u32) {
        let Some(link) = self.link(number) else {
            return;
        };
        if let Err(error) = link.flush() {
            return self.broken(number, &error);
        }
        if link.is_full && !link.overflows() {
            link.is_full = false;
            self.tell(Input::Drained { link: number });
        }
    }

    fn readable(&mut self, number: u32) {
        for _ in 0..READS {
            if self.link(number).is_none_or(|link| link.is_paused) {
                return;
            }
            match self.take(number, SCRATCH) {
                Some(true) => {}
                Some(false) => return,
                None => return,
            }
        }
        self.unread.push(number);
    }

    /// Reads once, up to so many bytes. Says whether there may be more; nothing when the
    /// connection is gone.
    fn take(&mut self, number: u32, most: usize) -> Option<bool> {
        let link = self.links.get_mut(number as usize)?.as_mut()?;
        let space = self
            .scratch
            .get_mut(..most)
            .filter(|space| !space.is_empty());
        let Some(space) = space else {
            // The buffer is in use further up: its turn comes later.
            self.unread.push(number);
            return Some(false);
        };
        let taken = link.read(space);
        let has_risen = !link.is_up && matches!(link.rise(), Ok(true));
        let mut scratch = std::mem::take(&mut self.scratch);
        if has_risen {
            self.tell(Input::Connected { link: number });
        }
        let (count, has_more) = match taken {
            Ok(Taken::All(count)) => (count, Some(false)),
            Ok(Taken::Some(count)) => (count, Some(true)),
            Ok(Taken::Nothing) => (0, Some(false)),
            Ok(Taken::End) => {
                self.ended(number);
                (0, None)
            }
            Err(error) => {
                self.broken(number, &error);
                (0, None)
            }
        };
        if count > 0
            && let Some(bytes) = scratch.get_mut(..count)
        {
            self.tell(Input::Bytes {
                link: number,
                bytes,
            });
        }
        self.scratch = scratch;
        has_more
    }

    /// The other side ended the stream.
    fn ended(&mut self, number: u32) {
        self.drop_link(number, false);
        self.tell(Input::Gone {
            link: number,
            failed: FailureCause::Ended,
            closed: CloseKind::ServerEnded,
        });
    }

    fn broken(&mut self, number: u32, error: &io::Error) {
        let is_tls = self.dialing.doors.iter().any(|door| door.tls.is_some());
        let is_tls = is_tls && error.kind() == io::ErrorKind::InvalidData;
        let (failed, closed) = match is_tls {
            true => (FailureCause::Tls, CloseKind::Garbage),
            false => cause::of(error),
        };
        self.drop_link(number, true);
        self.tell(Input::Gone {
            link: number,
            failed,
            closed,
        });
    }

    fn drop_link(&mut self, number: u32, reset: bool) {
        if let Some(link) = self.links.get_mut(number as usize).and_then(Option::take) {
            link.close(reset);
        }
    }

    /// Does what the crowd wants. What comes of it is told the crowd when it has said all.
    fn perform(&mut self) {
        let mut broken = Vec::new();
        while let Some(output) = self.crowd.poll_output() {
            let outcome = match output {
                Output::Connect { link, node } => {
                    self.connect(link, node).map_err(|error| (link, error))
                }
                Output::Write { link, bytes } => {
                    self.write(link, &bytes).map_err(|error| (link, error))
                }
                Output::Close { link, reset } => {
                    self.drop_link(link, reset);
                    Ok(())
                }
                Output::Abandon { link } => {
                    self.abandon(link);
                    Ok(())
                }
                Output::Pause { link } => {
                    self.pause(link, true);
                    Ok(())
                }
                Output::Resume { link } => {
                    self.pause(link, false);
                    self.unread.push(link);
                    Ok(())
                }
                Output::Sip { link, bytes } => {
                    self.take(link, (bytes as usize).min(SCRATCH));
                    Ok(())
                }
                Output::Second { second, row } => {
                    // Whoever listens went away only when all is lost anyhow.
                    let _ = self.seconds.send((second, *row));
                    Ok(())
                }
                Output::Done => {
                    self.is_done = true;
                    Ok(())
                }
            };
            if let Err((link, error)) = outcome {
                broken.push((link, error));
            }
        }
        for (link, error) in broken {
            self.broken(link, &error);
        }
    }

    fn connect(&mut self, number: u32, node: u32) -> io::Result<()> {
        let place = number as usize;
        let sources = &self.dialing.sources;
        let source = sources.get(place % sources.len().max(1)).copied();
        let door = self.dialing.doors.get(node as usize);
        let door = door.ok_or(io::ErrorKind::NotFound)?;
        let tls = door.tls.as_ref().map(|(config, name)| (config, name));
        let mut link = Link::dial(door.to, source, tls)?;
        let both = Interest::READABLE | Interest::WRITABLE;
        let registry = self.poll.registry();
        registry.register(&mut link.stream, Token(place), both)?;
        if self.links.len() <= place {
            self.links.resize_with(place + 1, || None);
        }
        if let Some(slot) = self.links.get_mut(place) {
            *slot = Some(link);
        }
        Ok(())
    }

    fn write(&mut self, number: u32, bytes: &[u8]) -> io::Result<()> {
        let Some(link) = self.link(number) else {
            return Ok(());
        };
        link.write(bytes)?;
        if !link.is_full && link.overflows() {
            link.is_full = true;
            let now = self.start.elapsed();
            self.crowd.handle(now, Input::Full { link: number });
        }
        Ok(())
    }

    fn pause(&mut self, number: u32, is_paused: bool) {
        if let Some(link) = self.link(number) {
            link.is_paused = is_paused;
        }
    }

    /// Keeps the socket, and hears nothing of it any more.
    fn abandon(&mut self, number: u32) {
        let link = self.links.get_mut(number as usize).and_then(Option::take);
        if let Some(mut link) = link {
            // One that cannot be taken out of the poll is only heard and not answered.
            let _ = self.poll.registry().deregister(&mut link.stream);
            self.abandoned.push(link);
        }
    }
}
