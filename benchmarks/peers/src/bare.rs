//! A WebSocket server with as little as possible in it: the limit of one core.
//!
//! One thread, level-triggered epoll. A connection says by the path of its request what it does:
//! `/echo` gets its own messages back, what `/pub` sends goes to every `/sub`. The frames that
//! come with one read leave with one `send` per receiver, encoded once. There is no
//! authentication, no limit on connections, no topic, no timer and no check of UTF-8: whoever is
//! faster than this has found a better way to use the kernel.

pub(crate) mod client_frame;
mod connection;
mod request;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;

use clap::Args;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::net::SocketFlags;

use crate::measure::raise_file_limit;
use connection::{Connection, Inbound, Outbound};
use request::Role;

/// Token of the listener; connections have their slot.
const LISTENER: u64 = u64::MAX;
const EVENTS: usize = 1024;
/// Large enough for all messages of a burst: a server can put together in one send only what it
/// found in one read.
const SCRATCH: usize = 256 * 1024;

/// The bare epoll server.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Address to listen on; port 0 takes a free one. It prints `listening ADDRESS`.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
}

/// Serves until the process is ended.
///
/// # Errors
/// When it cannot listen, or epoll fails.
pub fn serve(
    options: &Options,
    announce: impl FnOnce(SocketAddr) -> io::Result<()>,
) -> io::Result<()> {
    raise_file_limit()?;
    let listener = TcpListener::bind(options.listen)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let mut server = Server::new(listener)?;
    announce(address)?;
    loop {
        server.turn()?;
    }
}

struct Server {
    epoll: OwnedFd,
    listener: TcpListener,
    slots: Vec<Option<Connection>>,
    free: Vec<usize>,
    subscribers: Vec<usize>,
    events: Vec<epoll::Event>,
    scratch: Vec<u8>,
    /// The frames decoded in one read, encoded for the receivers.
    batch: Vec<u8>,
}

impl Server {
    fn new(listener: TcpListener) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        epoll::add(
            &epoll,
            &listener,
            EventData::new_u64(LISTENER),
            EventFlags::IN,
        )?;
        Ok(Self {
            epoll,
            listener,
            slots: Vec::new(),
            free: Vec::new(),
            subscribers: Vec::new(),
            events: Vec::with_capacity(EVENTS),
            scratch: vec![0; SCRATCH],
            batch: Vec::new(),
        })
    }

    fn turn(&mut self) -> io::Result<()> {
        self.events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for at in 0..self.events.len() {
            let epoll::Event { flags, data } = self.events[at];
            if data.u64() == LISTENER {
                self.accept()?;
                continue;
            }
            let slot = data.u64() as usize;
            if flags.contains(EventFlags::OUT) {
                self.flush(slot)?;
            }
            if flags.intersects(EventFlags::IN | EventFlags::HUP | EventFlags::ERR) {
                self.receive(slot)?;
            }
        }
        Ok(())
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
            let socket = match rustix::net::accept_with(&self.listener, flags) {
                Ok(socket) => socket,
                Err(rustix::io::Errno::AGAIN) => return Ok(()),
                Err(rustix::io::Errno::CONNABORTED | rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            };
            let connection = Connection::new(socket.into())?;
            let slot = self.free.pop().unwrap_or(self.slots.len());
            let data = EventData::new_u64(slot as u64);
            epoll::add(&self.epoll, connection.socket(), data, EventFlags::IN)?;
            if slot == self.slots.len() {
                self.slots.push(Some(connection));
            } else {
                self.slots[slot] = Some(connection);
            }
        }
    }

    fn receive(&mut self, slot: usize) -> io::Result<()> {
        let Some(connection) = self.slots.get_mut(slot).and_then(Option::as_mut) else {
            return Ok(());
        };
        self.batch.clear();
        match connection.receive(&mut self.scratch, &mut self.batch) {
            Inbound::Messages => {}
            Inbound::Upgraded(Role::Subscriber) => {
                connection.place = self.subscribers.len();
                self.subscribers.push(slot);
            }
            Inbound::Upgraded(_) => {}
            Inbound::End => return self.drop(slot),
        }
        if self.batch.is_empty() {
            return Ok(());
        }
        if connection.role() == Some(Role::Publisher) {
            return self.deliver();
        }
        self.send(slot)
    }

    fn deliver(&mut self) -> io::Result<()> {
        // From behind, because a subscriber that has gone is replaced by the last one.
        for at in (0..self.subscribers.len()).rev() {
            self.send(self.subscribers[at])?;
        }
        Ok(())
    }

    fn send(&mut self, slot: usize) -> io::Result<()> {
        let Some(connection) = self.slots[slot].as_mut() else {
            return Ok(());
        };
        match connection.send(&self.batch) {
            Outbound::Done => Ok(()),
            Outbound::Waiting => self.watch(slot, EventFlags::IN | EventFlags::OUT),
            Outbound::End => self.drop(slot),
        }
    }

    fn flush(&mut self, slot: usize) -> io::Result<()> {
        let Some(connection) = self.slots.get_mut(slot).and_then(Option::as_mut) else {
            return Ok(());
        };
        match connection.flush() {
            Outbound::Done => self.watch(slot, EventFlags::IN),
            Outbound::Waiting => Ok(()),
            Outbound::End => self.drop(slot),
        }
    }

    fn watch(&self, slot: usize, flags: EventFlags) -> io::Result<()> {
        let Some(connection) = &self.slots[slot] else {
            return Ok(());
        };
        let data = EventData::new_u64(slot as u64);
        Ok(epoll::modify(
            &self.epoll,
            connection.socket(),
            data,
            flags,
        )?)
    }

    /// Closing the socket takes it out of the epoll as well.
    fn drop(&mut self, slot: usize) -> io::Result<()> {
        let Some(connection) = self.slots[slot].take() else {
            return Ok(());
        };
        self.free.push(slot);
        if connection.role() == Some(Role::Subscriber) {
            let place = connection.place;
            self.subscribers.swap_remove(place);
            if let Some(moved) = self.subscribers.get(place)
                && let Some(other) = self.slots[*moved].as_mut()
            {
                other.place = place;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests;
