//! One publisher, many subscribers.

use std::io;
use std::time::Instant;

use super::flow::{self, Arrivals, Load};
use super::options::Options;
use super::order::{Arrival, Order};
use super::payload::Payload;
use super::pool::{Pool, Receiver};
use super::window::Window;
use super::wire::{Next, Role, Wire};
use crate::outcome::Flow;

/// The publisher is the first connection.
const PUBLISHER: usize = 0;

/// Runs the case.
pub(super) fn run(options: &Options, subscribers: usize, window: usize) -> io::Result<Flow> {
    let wire = options.wire();
    let mut pool = Pool::new(options.publisher.unwrap_or(options.address))?;
    pool.open(&wire, Role::Publisher, 1)?;
    let addresses = || std::iter::once(options.address).chain(options.also.iter().copied());
    let places = addresses().count();
    for (place, address) in addresses().enumerate() {
        let share = subscribers / places + usize::from(place < subscribers % places);
        pool.turn_to(address);
        pool.open(&wire, Role::Subscriber, share)?;
    }
    let room = Room {
        wire,
        payload: options.payload(),
        place: 0,
        window: Window::new(window, subscribers),
        orders: vec![Order::default(); subscribers],
        arrivals: Arrivals::default(),
        stopped: false,
        frames: Vec::new(),
        text: Vec::new(),
    };
    flow::run(options, pool, room)
}

struct Room {
    wire: Wire,
    payload: Payload,
    place: usize,
    window: Window,
    orders: Vec<Order>,
    arrivals: Arrivals,
    stopped: bool,
    frames: Vec<u8>,
    text: Vec<u8>,
}

impl Load for Room {
    /// All messages that are due go out with one write, so that a server may find them in one
    /// read.
    fn feed(&mut self, pool: &Pool) -> io::Result<()> {
        let due = self.window.due();
        if due == 0 || self.stopped {
            return Ok(());
        }
        self.frames.clear();
        let now = Instant::now();
        for _ in 0..due {
            let number = self.window.send(now);
            let payload = self.payload.numbered(number);
            self.wire
                .push_message(&mut self.frames, &mut self.text, payload);
        }
        pool.send(PUBLISHER, &self.frames)
    }

    fn stop(&mut self) {
        self.stopped = true;
    }

    fn missing(&self) -> u64 {
        self.window.missing()
    }

    fn arrivals(&mut self) -> &mut Arrivals {
        &mut self.arrivals
    }
}

impl Receiver for Room {
    fn message(
        &mut self,
        link: usize,
        message: &[u8],
        now: Instant,
        reply: &mut Vec<u8>,
    ) -> io::Result<()> {
        let subscriber = link.checked_sub(PUBLISHER + 1);
        let Some(order) = subscriber.and_then(|number| self.orders.get_mut(number)) else {
            return told_publisher(&self.wire, message, reply);
        };
        let Some(place) = Payload::find(message, self.place) else {
            if self.wire.is_message(message) {
                self.arrivals.note_corrupt();
            }
            return Ok(());
        };
        self.place = place;
        let mut rest = &message[place..];
        loop {
            let Some(number) = self.payload.number_in(rest) else {
                self.arrivals.note_corrupt();
                return Ok(());
            };
            let arrival = order.arrive(number);
            let sent = match arrival {
                Arrival::Fresh | Arrival::Late => self.window.deliver(number),
                Arrival::Again => None,
            };
            self.arrivals.note(arrival, sent, now);
            // Some servers put several messages into a frame.
            rest = &rest[self.payload.len()..];
            match Payload::find(rest, self.place) {
                Some(next) => rest = &rest[next..],
                None => return Ok(()),
            }
        }
    }
}

/// The publisher hears a greeting, errors, and whether it is still there.
fn told_publisher(wire: &Wire, message: &[u8], reply: &mut Vec<u8>) -> io::Result<()> {
    match wire.heard(Role::Publisher, message) {
        Next::Refused(text) => Err(io::Error::other(format!(
            "the server refused to publish: {text}"
        ))),
        Next::Say(frame) => {
            reply.extend(frame);
            Ok(())
        }
        Next::Open | Next::Wait => Ok(()),
    }
}
