//! From the state machine to sockets.

use std::io::{self, IoSlice};

use wirehub_model::{CloseCause, Moment};
use wirehub_transport::{Parcel, Written};

use super::ShardLoop;

/// Pieces of memory that one socket takes at once. A busy subscriber's share of a turn is one or
/// two.
const SLICES: usize = 64;
/// Pieces of memory that are handed over at once.
const ALL_SLICES: usize = 1_024;

/// Lists that are filled and emptied in each turn.
#[derive(Debug, Default)]
pub(super) struct Departures {
    /// Slots with something to send.
    due: Vec<u32>,
    parcels: Vec<Parcel>,
    written: Vec<io::Result<Written>>,
}

impl ShardLoop {
    /// Writes to every socket that has something to be sent; returns whether there was one.
    pub(super) fn transmit(&mut self) -> bool {
        let now = self.now();
        let mut departures = std::mem::take(&mut self.departures);
        departures.due.clear();
        while let Some(slot) = self.shard.poll_transmit(now) {
            departures.due.push(slot);
        }
        let mut done = 0;
        while done < departures.due.len() {
            done += self.write_some(&mut departures, done);
            for (parcel, written) in departures.parcels.iter().zip(departures.written.drain(..)) {
                self.wrote(now, parcel.key, written);
            }
        }
        self.departures = departures;
        done > 0
    }

    /// Writes to as many of those that are due, from the one at `first` on, as fit into one list of
    /// slices; returns how many those were.
    fn write_some(&mut self, departures: &mut Departures, first: usize) -> usize {
        let due = departures.due.get(first..).unwrap_or_default();
        let mut slices = vec![IoSlice::new(&[]); ALL_SLICES.min(due.len() + SLICES - 1)];
        let mut used = 0;
        departures.parcels.clear();
        for slot in due {
            let Some(free) = slices.get_mut(used..used + SLICES) else {
                break;
            };
            let count = self.shard.slices(*slot, free);
            used += count;
            departures.parcels.push(Parcel {
                key: *slot,
                slices: count,
            });
        }
        self.sockets
            .write_together(&departures.parcels, &slices, &mut departures.written);
        departures.parcels.len()
    }

    /// Tells the state machine what a socket took, and goes on with it while it takes more.
    fn wrote(&mut self, now: Moment, slot: u32, written: io::Result<Written>) {
        let mut outcome = written;
        while let Ok(written) = outcome {
            self.io.writes += 1;
            self.io.bytes_out += written.bytes as u64;
            self.io.blocked += u64::from(written.blocked);
            if self.shard.wrote(slot, written.bytes, written.blocked) || written.blocked {
                return;
            }
            let mut slices = [IoSlice::new(&[]); SLICES];
            let used = self.shard.slices(slot, &mut slices);
            outcome = self
                .sockets
                .write(slot, slices.get(..used).unwrap_or_default());
        }
        if let Some(client) = self.client(slot) {
            self.gone(now, client.id, CloseCause::Failed);
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
