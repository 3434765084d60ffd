//! From the state machine to sockets.

use std::io::IoSlice;

use wirehub_model::{CloseCause, Moment};

use super::ShardLoop;

/// Pieces of memory handed to one write. A busy subscriber's share of a turn is one or two.
const SLICES: usize = 64;

impl ShardLoop {
    /// Writes to every socket that has something to be sent; returns whether there was one.
    pub(super) fn transmit(&mut self) -> bool {
        let now = self.now();
        let mut any = false;
        while let Some(slot) = self.shard.poll_transmit(now) {
            any = true;
            self.flush(now, slot);
        }
        any
    }

    fn flush(&mut self, now: Moment, slot: u32) {
        loop {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let used = self.shard.slices(slot, &mut slices);
            let Ok(written) = self.sockets.write(slot, &slices[..used]) else {
                if let Some(client) = self.client(slot) {
                    self.gone(now, client.id, CloseCause::Failed);
                }
                return;
            };
            self.io.writes += 1;
            self.io.bytes_out += written.bytes as u64;
            self.io.blocked += u64::from(written.blocked);
            if self.shard.wrote(slot, written.bytes, written.blocked) || written.blocked {
                return;
            }
        }
    }

    /// A socket that was full takes bytes again. With TLS, what was encrypted already goes first.
    pub(super) fn writable(&mut self, now: Moment, slot: u32) {
        match self.sockets.write(slot, &[]) {
            Ok(written) if written.blocked => {}
            Ok(_) => self.shard.writable(slot),
            Err(_) => {
                if let Some(client) = self.client(slot) {
                    self.gone(now, client.id, CloseCause::Failed);
                }
            }
        }
    }
}
