//! Every connection keeps one message on its way.

use std::io;
use std::time::Instant;

use super::flow::{self, Arrivals, Load};
use super::options::Options;
use super::order::{Arrival, Order};
use super::payload::Payload;
use super::pool::{Pool, Receiver};
use super::wire::{Role, Wire};
use crate::outcome::Flow;

/// Runs the case.
pub(super) fn run(options: &Options, connections: usize) -> io::Result<Flow> {
    let wire = options.wire();
    let mut pool = Pool::new(options.address)?;
    pool.open(&wire, Role::Echo, connections)?;
    let echoes = Echoes {
        wire,
        payload: options.payload(),
        callers: vec![Caller::default(); connections],
        arrivals: Arrivals::default(),
        started: false,
        stopped: false,
        text: Vec::new(),
    };
    flow::run(options, pool, echoes)
}

struct Echoes {
    wire: Wire,
    payload: Payload,
    callers: Vec<Caller>,
    arrivals: Arrivals,
    started: bool,
    stopped: bool,
    text: Vec<u8>,
}

#[derive(Debug, Clone, Default)]
struct Caller {
    next: u64,
    sent: Option<Instant>,
    order: Order,
}

impl Echoes {
    fn push_next(&mut self, caller: usize, now: Instant, out: &mut Vec<u8>) {
        let Some(caller) = self.callers.get_mut(caller) else {
            return;
        };
        let payload = self.payload.numbered(caller.next);
        self.wire.push_message(out, &mut self.text, payload);
        caller.next += 1;
        caller.sent = Some(now);
    }
}

impl Load for Echoes {
    /// The first message of every connection; the next ones are replies.
    fn feed(&mut self, pool: &Pool) -> io::Result<()> {
        if std::mem::replace(&mut self.started, true) {
            return Ok(());
        }
        let mut frame = Vec::new();
        for caller in 0..self.callers.len() {
            frame.clear();
            self.push_next(caller, Instant::now(), &mut frame);
            pool.send(caller, &frame)?;
        }
        Ok(())
    }

    fn stop(&mut self) {
        self.stopped = true;
    }

    fn missing(&self) -> u64 {
        self.callers
            .iter()
            .filter(|caller| caller.sent.is_some())
            .count() as u64
    }

    fn arrivals(&mut self) -> &mut Arrivals {
        &mut self.arrivals
    }
}

impl Receiver for Echoes {
    fn message(
        &mut self,
        link: usize,
        message: &[u8],
        now: Instant,
        reply: &mut Vec<u8>,
    ) -> io::Result<()> {
        let Some(caller) = self.callers.get_mut(link) else {
            return Ok(());
        };
        let Some(number) = self.payload.number_in(message) else {
            self.arrivals.note_corrupt();
            return Ok(());
        };
        let arrival = caller.order.arrive(number);
        let awaited = number + 1 == caller.next;
        let sent = if awaited { caller.sent.take() } else { None };
        self.arrivals.note(arrival, sent, now);
        if arrival != Arrival::Again && sent.is_some() && !self.stopped {
            self.push_next(link, now, reply);
        }
        Ok(())
    }
}
