//! One connection of the bare server.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use super::client_frame::{Step, step};
use super::request::{self, Role};

/// A receiver that has this much waiting is cut off.
const UNSENT_MAX: usize = 16 * 1024 * 1024;

/// A connection: while it is idle, a socket and three words.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    role: Option<Role>,
    /// Place among the subscribers.
    pub(super) place: usize,
    waiting: Option<Box<Waiting>>,
}

/// What could not be done at once.
#[derive(Debug, Default)]
struct Waiting {
    unread: Vec<u8>,
    unsent: Vec<u8>,
}

/// What a read brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Inbound {
    /// Any number of messages, encoded into the batch.
    Messages,
    /// The request; the batch holds the answer.
    Upgraded(Role),
    /// The connection is over.
    End,
}

/// How sending went.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outbound {
    Done,
    /// The socket is full.
    Waiting,
    /// The connection is over.
    End,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> std::io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            role: None,
            place: 0,
            waiting: None,
        })
    }

    pub(super) fn socket(&self) -> &TcpStream {
        &self.stream
    }

    pub(super) fn role(&self) -> Option<Role> {
        self.role
    }

    /// Reads once and puts what the receivers get into `batch`.
    pub(super) fn receive(&mut self, scratch: &mut [u8], batch: &mut Vec<u8>) -> Inbound {
        let old = self.take_unread(scratch);
        let count = match (&self.stream).read(&mut scratch[old..]) {
            Ok(0) => return Inbound::End,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(_) => return Inbound::End,
        };
        let bytes = &scratch[..old + count];
        if self.role.is_none() {
            return self.upgrade(bytes);
        }
        let mut rest = bytes;
        loop {
            match step(rest, batch) {
                Step::Message(used) | Step::Passed(used) => rest = &rest[used..],
                Step::Incomplete => break,
                Step::Close(answer) => {
                    // Messages before it are dropped: a client that closes does not wait for
                    // them. One that is gone does not read the answer, and need not.
                    let _ = (&self.stream).write(&batch[answer..]);
                    return Inbound::End;
                }
                Step::Wrong => return Inbound::End,
            }
        }
        self.keep_unread(rest);
        Inbound::Messages
    }

    fn upgrade(&mut self, bytes: &[u8]) -> Inbound {
        match request::read(bytes) {
            Ok(None) => {
                self.keep_unread(bytes);
                Inbound::Messages
            }
            Ok(Some(upgrade)) => {
                self.role = Some(upgrade.role);
                self.keep_unread(&bytes[upgrade.length..]);
                match self.send(&upgrade.response) {
                    Outbound::Done => Inbound::Upgraded(upgrade.role),
                    Outbound::Waiting | Outbound::End => Inbound::End,
                }
            }
            Err(_) => Inbound::End,
        }
    }

    /// Sends at once, or behind what already waits.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Outbound {
        if self
            .waiting
            .as_ref()
            .is_some_and(|waiting| !waiting.unsent.is_empty())
        {
            return self.wait_to_send(bytes);
        }
        match (&self.stream).write(bytes) {
            Ok(count) if count == bytes.len() => Outbound::Done,
            Ok(count) => self.wait_to_send(&bytes[count..]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait_to_send(bytes),
            Err(_) => Outbound::End,
        }
    }

    /// Sends what waits, after the socket had room again.
    pub(super) fn flush(&mut self) -> Outbound {
        let Some(waiting) = self.waiting.as_mut() else {
            return Outbound::Done;
        };
        match (&self.stream).write(&waiting.unsent) {
            Ok(count) => drop(waiting.unsent.drain(..count)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Outbound::Waiting,
            Err(_) => return Outbound::End,
        }
        if !waiting.unsent.is_empty() {
            return Outbound::Waiting;
        }
        if waiting.unread.is_empty() {
            self.waiting = None;
        }
        Outbound::Done
    }

    fn wait_to_send(&mut self, bytes: &[u8]) -> Outbound {
        let unsent = &mut self.waiting.get_or_insert_default().unsent;
        if unsent.len() + bytes.len() > UNSENT_MAX {
            return Outbound::End;
        }
        unsent.extend_from_slice(bytes);
        Outbound::Waiting
    }

    fn take_unread(&mut self, scratch: &mut [u8]) -> usize {
        let Some(waiting) = self.waiting.as_mut() else {
            return 0;
        };
        let unread = std::mem::take(&mut waiting.unread);
        if waiting.unsent.is_empty() {
            self.waiting = None;
        }
        scratch[..unread.len()].copy_from_slice(&unread);
        unread.len()
    }

    fn keep_unread(&mut self, rest: &[u8]) {
        if !rest.is_empty() {
            self.waiting
                .get_or_insert_default()
                .unread
                .extend_from_slice(rest);
        }
    }
}
