//! What handshakes leave for the table to finish.

use std::collections::BTreeMap;
use std::io::{self, IoSlice};
use std::iter;

use bytes::{Buf as _, Bytes};

use super::Written;
use super::entry::{Entry, Filled, Flag};

/// Bytes of both directions that handshakes left behind, by the key of the socket. They are gone
/// after a turn or two, so a socket has a flag for each kind and no field.
#[derive(Debug, Default)]
pub(super) struct Handover {
    /// What clients sent behind their requests, until it is received.
    received: BTreeMap<u32, Bytes>,
    /// Answers to upgrades, until they are written.
    answers: BTreeMap<u32, Bytes>,
}

impl Handover {
    pub(super) fn keep(&mut self, key: u32, entry: &mut Entry, received: Bytes, answer: Bytes) {
        if !received.is_empty() {
            entry.flags.set(Flag::Leftover);
            self.received.insert(key, received);
        }
        if !answer.is_empty() {
            entry.flags.set(Flag::Answer);
            self.answers.insert(key, answer);
        }
    }

    /// Moves what came behind the handshake into `scratch`. The socket itself is read next time.
    pub(super) fn receive(&mut self, key: u32, entry: &mut Entry, scratch: &mut [u8]) -> Filled {
        let mut received = self.received.remove(&key).unwrap_or_default();
        let bytes = received.len().min(scratch.len());
        let (target, _) = scratch.split_at_mut(bytes);
        received.copy_to_slice(target);
        if received.is_empty() {
            entry.flags.clear(Flag::Leftover);
        } else {
            self.received.insert(key, received);
        }
        Filled {
            bytes,
            more: true,
            end: false,
        }
    }

    /// Writes the answer, and the slices behind it.
    pub(super) fn write(
        &mut self,
        key: u32,
        entry: &mut Entry,
        slices: &[IoSlice<'_>],
    ) -> io::Result<Written> {
        let answer = self.answers.remove(&key).unwrap_or_default();
        let all: Vec<IoSlice<'_>> = iter::once(IoSlice::new(&answer))
            .chain(slices.iter().copied())
            .collect();
        let written = entry.write(&all)?;
        let taken = written.bytes.min(answer.len());
        if taken < answer.len() {
            self.answers.insert(key, answer.slice(taken..));
        } else {
            entry.flags.clear(Flag::Answer);
        }
        Ok(Written {
            bytes: written.bytes - taken,
            ..written
        })
    }

    pub(super) fn forget(&mut self, key: u32, entry: &Entry) {
        if entry.flags.has(Flag::Leftover) {
            self.received.remove(&key);
        }
        if entry.flags.has(Flag::Answer) {
            self.answers.remove(&key);
        }
    }
}
