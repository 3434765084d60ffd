//! Subscribers that keep account of what they have, so that they can come back.

use std::io;
use std::time::Instant;

use serde::Deserialize;

use super::order::{Arrival, Order};
use super::payload::Payload;
use super::pool::{Comer, Receiver};
use super::wire::{Next, Place, Role, Wire};
use crate::case::Comeback;
use crate::measure::Latencies;
use crate::outcome::{Faults, Latency};

/// What every client has on its account.
#[derive(Debug, Clone)]
struct Client {
    session: String,
    /// The offset up to which it has everything.
    offset: u64,
    order: Order,
    /// Messages it has, each counted once.
    has: u64,
    began: Instant,
    /// Whether its subscription stands.
    here: bool,
}

/// What the server says besides messages.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    session: Option<String>,
    #[serde(default)]
    epoch: Option<String>,
    #[serde(default)]
    offset: Option<u64>,
    #[serde(default)]
    recovered: Option<bool>,
}

/// The subscribers of one topic. Connection and client have the same number.
#[derive(Debug)]
pub(super) struct Crowd {
    wire: Wire,
    payload: Payload,
    /// Where the payload stood in the last message.
    place: usize,
    epoch: String,
    clients: Vec<Client>,
    /// How they come back; not at all at first.
    by: Option<Comeback>,
    /// Messages that everybody should have by now.
    owed: u64,
    complete: usize,
    complete_at: Instant,
    latencies: Latencies,
    faults: Faults,
}

impl Crowd {
    /// So many that nobody has heard of yet.
    pub(super) fn new(wire: Wire, payload: Payload, count: usize) -> Self {
        let now = Instant::now();
        let client = Client {
            session: String::new(),
            offset: 0,
            order: Order::default(),
            has: 0,
            began: now,
            here: false,
        };
        Self {
            wire,
            payload,
            place: 0,
            epoch: String::new(),
            clients: vec![client; count],
            by: None,
            owed: 0,
            complete: 0,
            complete_at: now,
            latencies: Latencies::default(),
            faults: Faults::default(),
        }
    }

    /// Everybody is to get `count` more messages.
    pub(super) fn expect(&mut self, count: u64) {
        self.owed += count;
        self.complete = 0;
    }

    /// All were cut, and come back this way.
    pub(super) fn leave(&mut self, by: Comeback) {
        self.by = Some(by);
        self.complete = 0;
        self.latencies = Latencies::default();
        for client in &mut self.clients {
            client.here = false;
        }
    }

    /// How many are here and have everything.
    pub(super) fn complete(&self) -> usize {
        self.complete
    }

    /// When the last one had everything.
    pub(super) fn complete_at(&self) -> Instant {
        self.complete_at
    }

    /// From connect to having everything.
    pub(super) fn latency(&self) -> Latency {
        self.latencies.summary()
    }

    /// What went wrong, given that nothing more comes.
    pub(super) fn faults(&self) -> Faults {
        let missing = self.clients.iter().map(|client| self.owed - client.has);
        Faults {
            lost: missing.sum(),
            ..self.faults
        }
    }

    fn publication(&mut self, link: usize, message: &[u8], now: Instant) {
        let (Some(number), Some(offset)) = (
            self.payload.number_in(&message[self.place..]),
            offset_in(&message[self.place..]),
        ) else {
            self.faults.corrupt += 1;
            return;
        };
        let client = &mut self.clients[link];
        // A message nobody sent would make up for one that is lost.
        if number >= self.owed {
            self.faults.corrupt += 1;
            return;
        }
        match client.order.arrive(number) {
            Arrival::Again => {
                self.faults.duplicated += 1;
                return;
            }
            Arrival::Late => self.faults.reordered += 1,
            Arrival::Fresh => {}
        }
        client.has += 1;
        client.offset = client.offset.max(offset);
        self.settle(link, now);
    }

    fn told(&mut self, link: usize, message: &[u8], now: Instant) -> io::Result<()> {
        let unexpected = || {
            let text = String::from_utf8_lossy(message);
            Err(io::Error::other(format!("the server said {text}")))
        };
        let Ok(event) = serde_json::from_slice::<Event>(message) else {
            return unexpected();
        };
        let client = &mut self.clients[link];
        match (event.kind.as_str(), self.by) {
            ("welcome", None) => client.session = event.session.unwrap_or_default(),
            ("welcome", Some(_)) | ("ok", Some(Comeback::Resume)) | ("spread", _) => {}
            ("ok", None) => {
                client.offset = event.offset.unwrap_or_default();
                self.epoch = event.epoch.unwrap_or_default();
                self.arrived(link, now);
            }
            ("ok", Some(Comeback::Since)) | ("subscribed", Some(Comeback::Resume))
                if event.recovered == Some(true) =>
            {
                self.arrived(link, now);
            }
            _ => return unexpected(),
        }
        Ok(())
    }

    fn arrived(&mut self, link: usize, now: Instant) {
        self.clients[link].here = true;
        self.settle(link, now);
    }

    fn settle(&mut self, link: usize, now: Instant) {
        let client = &self.clients[link];
        if client.here && client.has == self.owed {
            self.complete += 1;
            self.complete_at = now;
            self.latencies
                .record(now.saturating_duration_since(client.began));
        }
    }
}

impl Receiver for Crowd {
    fn message(
        &mut self,
        link: usize,
        message: &[u8],
        now: Instant,
        _reply: &mut Vec<u8>,
    ) -> io::Result<()> {
        match Payload::find(message, self.place) {
            Some(place) => {
                self.place = place;
                self.publication(link, message, now);
                Ok(())
            }
            None => self.told(link, message, now),
        }
    }
}

impl Comer for Crowd {
    fn begins(&mut self, link: usize, now: Instant) {
        self.clients[link].began = now;
    }

    fn hello(&mut self, link: usize, out: &mut Vec<u8>) {
        let client = &self.clients[link];
        let place = Place {
            session: &client.session,
            epoch: &self.epoch,
            offset: client.offset,
        };
        match self.by {
            Some(by) => out.extend(self.wire.come_back(by, &place)),
            None => {
                if let Next::Say(frame) = self.wire.upgraded(Role::Subscriber) {
                    out.extend(frame);
                }
            }
        }
    }

    fn is_done(&self) -> bool {
        self.complete == self.clients.len()
    }
}

/// The offset of a publication; it stands behind the payload.
fn offset_in(message: &[u8]) -> Option<u64> {
    const NAME: &[u8] = b"\"offset\":";
    let at = message
        .windows(NAME.len())
        .rposition(|window| window == NAME)?;
    let digits = message[at + NAME.len()..].iter();
    let digits = digits.take_while(|byte| byte.is_ascii_digit());
    let mut found = None;
    for digit in digits {
        let so_far: u64 = found.unwrap_or(0);
        found = Some(
            so_far
                .checked_mul(10)?
                .checked_add(u64::from(digit - b'0'))?,
        );
    }
    found
}

#[cfg(test)]
mod tests;
