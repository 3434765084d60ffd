//! What a connection brought: frames are found, counted and handed on.

use std::io;
use std::time::Instant;

use super::{Receiver, closed};
use crate::load::client_frame::push_pong;
use crate::load::framing::Framing;
use crate::load::link::Link;
use crate::load::scanner;

/// Reads, and what was in them.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::load) struct Traffic {
    /// Reads that brought bytes.
    pub(in crate::load) reads: u64,
    /// Bytes of the messages in them, frame headers included.
    pub(in crate::load) bytes: u64,
}

impl Traffic {
    /// What came since `then`.
    pub(in crate::load) fn since(self, then: Self) -> Self {
        Self {
            reads: self.reads - then.reads,
            bytes: self.bytes - then.bytes,
        }
    }
}

/// One for all connections of a pool.
#[derive(Debug, Default)]
pub(super) struct Intake {
    /// What stands around messages.
    pub(super) framing: Framing,
    pub(super) traffic: Traffic,
    /// Whether the client says goodbye: then close frames are expected and nothing is answered.
    pub(super) closing: bool,
    reply: Vec<u8>,
}

impl Intake {
    /// Takes the whole frames at the front of `bytes`, which came with one read, and returns how
    /// many bytes they are.
    ///
    /// # Errors
    /// When they break the protocol, close the connection unasked, or the receiver gives up.
    pub(super) fn frames(
        &mut self,
        number: usize,
        bytes: &[u8],
        receiver: &mut impl Receiver,
    ) -> io::Result<usize> {
        let now = Instant::now();
        self.traffic.reads += 1;
        self.reply.clear();
        let mut used = 0;
        while let Some(frame) = self.framing.next(&bytes[used..])? {
            used += frame.length;
            match frame.opcode {
                scanner::TEXT | scanner::BINARY => {
                    self.traffic.bytes += frame.length as u64;
                    receiver.message(number, frame.payload, now, &mut self.reply)?;
                }
                scanner::PING => push_pong(&mut self.reply, frame.payload),
                scanner::CLOSE if !self.closing => return Err(closed(number, &frame)),
                _ => {}
            }
        }
        Ok(used)
    }

    /// Sends what the last frames are to be answered with.
    pub(super) fn answer(&self, link: &Link) -> io::Result<()> {
        if self.reply.is_empty() || self.closing {
            return Ok(());
        }
        link.write(&self.reply)
    }
}
