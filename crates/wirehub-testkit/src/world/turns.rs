//! The loop around each shard: what comes in, what goes out, and the end of a turn.

use std::{io::IoSlice, time::Duration};

use wirehub_core::{AuditPlace, Input, Output, Relay};

use super::World;
use crate::{
    agenda::Happening,
    link::Down,
    mutant::Mutant,
    promise::{Breach, Promise, Verdict, broken},
    words,
};

/// How far behind its time nothing in a shard ever is.
const OVERDUE: Duration = Duration::from_secs(5);

impl World {
    /// Something happens to a shard.
    pub(super) fn input(&mut self, shard: u16, input: Input) {
        let now = self.now;
        self.node.member(shard).shard.handle(now, input);
        self.begin_turn(shard);
    }

    /// The shard's turn ends soon, with everything else that happens until then.
    pub(super) fn begin_turn(&mut self, shard: u16) {
        if !std::mem::replace(&mut self.node.member(shard).in_turn, true) {
            let at = self.soon(self.knobs.turn);
            self.agenda.add(at, Happening::EndTurn(shard));
        }
    }

    /// Ends a turn, and those that follow from it: the end of a turn may close slow readers, who
    /// are told in the next.
    pub(super) fn end_turn(&mut self, shard: u16) -> Verdict {
        self.node.member(shard).in_turn = false;
        for _ in 0..1_000 {
            self.take_outputs(shard);
            self.transmit(shard)?;
            let now = self.now;
            if !self.node.member(shard).shard.end_turn(now) {
                self.take_outputs(shard);
                return self.find_strays(shard);
            }
        }
        broken(Promise::Sanity, format!("the turns of s{shard} do not end"))
    }

    /// What looks for leaks in a running hub finds none here, whatever happens: what it finds would
    /// be a leak, or a false alarm.
    fn find_strays(&mut self, shard: u16) -> Verdict {
        let now = self.now;
        let state = &self.node.member(shard).shard;
        let mut place = Some(AuditPlace::default());
        while let Some(from) = place {
            let audit = state.audit(now, from, 7, OVERDUE);
            if let Some(stray) = audit.strays.first() {
                let found = format!("s{shard} has a stray {}: {stray:?}", stray.name());
                return broken(Promise::Sanity, found);
            }
            place = audit.next;
        }
        Ok(())
    }

    /// Does what a shard asks for.
    pub(super) fn take_outputs(&mut self, from: u16) {
        while let Some(output) = self.node.member(from).shard.poll_output() {
            match output {
                Output::Relay { shard, relay } => self.send_relay(from, shard, &relay),
                Output::HangUp { connection, cause } => {
                    let seats = &mut self.node.member(from).seats;
                    if let Some(link) = seats.remove(&connection.slot()) {
                        let why = cause.name();
                        self.trace
                            .line(|| format!("s{from} hangs up on {connection}: {why}"));
                        self.links[link].seat = None;
                        self.send_down(link, Down::End);
                    }
                }
                Output::Authenticate {
                    connection,
                    id,
                    token,
                } => {
                    let token = token.as_ref().map_or("", |token| token.expose());
                    self.check_later(connection, id, token);
                }
                Output::Answer { ticket, answer } => self.answers.push((ticket, answer)),
                Output::Broker(ask) => self.ask_broker(from, ask),
                Output::Call(_) | Output::Occurred(_) | Output::Delivered(_) | Output::Drained => {}
            }
        }
    }

    /// Puts a relay on its way; this is where bugs are planted.
    fn send_relay(&mut self, from: u16, to: u16, relay: &Relay) {
        let copies = match (self.mutant, relay) {
            (Some(Mutant::LostDelivery), Relay::Deliver(..)) if self.mutates() => 0,
            (Some(Mutant::DoubledDelivery), Relay::Deliver(..)) if self.mutates() => 2,
            (Some(Mutant::LostReceipt), Relay::Published { .. }) if self.mutates() => 0,
            (Some(Mutant::LostDisinterest), Relay::Disinterest { .. }) if self.mutates() => 0,
            (Some(Mutant::LostWindow), Relay::DeliverMany(_)) if self.mutates() => 0,
            (Some(Mutant::GhostMember), Relay::Presence(_))
                if is_leave(relay) && self.mutates() =>
            {
                0
            }
            _ => 1,
        };
        if copies != 1 {
            self.trace
                .line(|| format!("s{from} -> s{to} MUTANT x{copies}: {}", words::relay(relay)));
        }
        for _ in 0..copies {
            let arrives = self.soon(self.knobs.relay);
            let at = self.node.send((from, to), relay.clone(), arrives);
            self.agenda.add(at, Happening::Relay(from, to));
        }
        if self.mutant == Some(Mutant::SwappedDeliveries) {
            self.swap_deliveries(from, to);
        }
    }

    /// Whether a planted bug shows this time. It does so rarely, as bugs of this kind do.
    pub(super) fn mutates(&mut self) -> bool {
        self.dice.chance(2)
    }

    fn swap_deliveries(&mut self, from: u16, to: u16) {
        let mutates = self.mutates();
        let queue = self.node.queue(from, to);
        let last = queue.len().saturating_sub(1);
        let is_delivery = |place| matches!(queue.get(place), Some(Relay::Deliver(..)));
        if mutates && last > 0 && is_delivery(last) && is_delivery(last - 1) {
            self.trace
                .line(|| format!("s{from} -> s{to} MUTANT: two deliveries swapped"));
            queue.swap(last - 1, last);
        }
    }

    /// A relay reaches the shard it is for.
    pub(super) fn arrive_relay(&mut self, from: u16, to: u16) {
        if let Some(relay) = self.node.queue(from, to).pop_front() {
            self.trace
                .line(|| format!("s{from} -> s{to} {}", words::relay(&relay)));
            self.input(to, Input::Relay(relay));
        }
    }

    /// Hands sockets what there is for them.
    fn transmit(&mut self, shard: u16) -> Verdict {
        let now = self.now;
        while let Some(slot) = self.node.member(shard).shard.poll_transmit(now) {
            let Some(link) = self.node.member(shard).seats.get(&slot).copied() else {
                return broken(Promise::Sanity, format!("bytes for the empty slot {slot}"));
            };
            while !self.write(shard, slot, link)? {}
        }
        Ok(())
    }

    /// One write to a socket; returns whether it is done with for this turn.
    fn write(&mut self, shard: u16, slot: u32, link: usize) -> Result<bool, Breach> {
        let room = self.links[link].room;
        let state = &self.node.shards[usize::from(shard)].shard;
        let mut slices = [IoSlice::new(&[]); 3];
        let used = state.slices(slot, &mut slices);
        let slices = &slices[..used];
        let offered: usize = slices.iter().map(|slice| slice.len()).sum();
        if offered == 0 {
            return broken(
                Promise::Sanity,
                format!("nothing for slot {slot} of s{shard}"),
            );
        }
        let mut taken = Vec::with_capacity(offered.min(room));
        for slice in slices {
            let rest = slice.len().min(room - taken.len());
            taken.extend_from_slice(&slice[..rest]);
        }
        let mut count = taken.len();
        let blocked = count < offered;
        if blocked && self.mutant == Some(Mutant::TornFrame) && self.mutates() {
            count += 1;
        }
        let entry = &mut self.links[link];
        entry.room -= taken.len();
        entry.blocked = blocked;
        let flushed = self.node.member(shard).shard.wrote(slot, count, blocked);
        if !taken.is_empty() {
            self.send_down(link, Down::Bytes(taken));
        }
        Ok(flushed || blocked)
    }
}

/// Whether a member leaves. What shards tell each other of members is theirs; its words will do.
fn is_leave(relay: &Relay) -> bool {
    format!("{relay:?}").contains("Leave {")
}
