//! The task of a lane.

mod landing;

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::{self, Instant},
};
use wirehub_broker::BrokerError;

use self::landing::Flight;
use crate::{
    address::Address,
    failure::unavailable,
    jobs::{Jobs, Turn},
    lane::Call,
    layout::Layout,
    queues::{Item, Queues, State},
    slot::Slot,
    wire::{Office, Wire},
};

/// Commands that leave together, and bytes of them.
const GROUP: usize = 512;
const GROUP_BYTES: usize = 1024 * 1024;

/// The task of a lane: deals commands out to the servers that have their slots.
///
/// The commands of a slot leave in one group, and the next group of that slot leaves when all
/// answers are there, whichever server has it then: that is what keeps their order.
pub(crate) struct Dispatcher {
    office: Arc<Office>,
    layout: Arc<Layout>,
    jobs: Jobs,
    queues: Queues,
    servers: HashMap<Address, Berth>,
    flights: JoinSet<Flight>,
}

/// Where groups leave to a server.
struct Berth {
    /// The connection, unless a group is on its way over it.
    wire: Option<Wire>,
    ready: VecDeque<Slot>,
}

impl Dispatcher {
    pub(crate) fn new(office: Arc<Office>, layout: Arc<Layout>) -> Self {
        Self {
            office,
            layout,
            jobs: Jobs::default(),
            queues: Queues::default(),
            servers: HashMap::new(),
            flights: JoinSet::new(),
        }
    }

    pub(crate) async fn run(mut self, mut calls: mpsc::Receiver<Call>) {
        let mut changes = self.layout.changes();
        let mut end: Option<oneshot::Sender<()>> = None;
        let mut is_open = true;
        while is_open || !self.jobs.is_empty() {
            let next = self.queues.next();
            tokio::select! {
                call = calls.recv(), if is_open => {
                    let mut call = call;
                    let mut taken = 0;
                    loop {
                        match call {
                            Some(Call::Commands(job)) => {
                                let (layout, phrases) = (&self.layout, &self.office.phrases);
                                let slot = |command: &_| phrases.slot(command, layout);
                                let items = self.jobs.take(job, slot);
                                taken += items.len();
                                self.accept(items);
                            }
                            Some(Call::End(reply)) => {
                                end = Some(reply);
                                is_open = false;
                                break;
                            }
                            None => {
                                is_open = false;
                                break;
                            }
                        }
                        if taken >= GROUP {
                            break;
                        }
                        match calls.try_recv() {
                            Ok(more) => call = Some(more),
                            Err(_) => break,
                        }
                    }
                    self.depart();
                }
                Some(flight) = self.flights.join_next(), if !self.flights.is_empty() => {
                    match flight {
                        Ok(flight) => self.land(flight),
                        // What was on its way is not known any more.
                        Err(_) => return self.jobs.fail(&BrokerError::Stopped),
                    }
                    self.depart();
                }
                () = time::sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                    for slot in self.queues.rested(Instant::now()) {
                        self.queues.set(slot, State::Idle);
                        self.list(slot);
                    }
                    self.depart();
                }
                Ok(()) = changes.changed() => {
                    self.list_anew();
                    self.depart();
                }
            }
        }
        if let Some(end) = end {
            _ = end.send(());
        }
    }

    fn accept(&mut self, items: Vec<Item>) {
        for item in items {
            let slot = item.slot;
            self.queues.push(item);
            self.list(slot);
        }
    }

    /// Has the first commands of a slot leave to whoever has it, as soon as it is their turn.
    fn list(&mut self, slot: Slot) {
        while self.queues.state(slot) == State::Idle {
            let Some(item) = self.queues.front(slot) else {
                return self.queues.set(slot, State::Idle);
            };
            let error = match self.jobs.turn(item) {
                Turn::Later => return,
                Turn::Never(error) => error,
                Turn::Now => match self.layout.map().owner(slot) {
                    Some(server) => {
                        self.berth(server).ready.push_back(slot);
                        return self.queues.set(slot, State::Listed);
                    }
                    None => {
                        self.layout.doubt();
                        unavailable(&format!("no server has the slot {}", slot.number()))
                    }
                },
            };
            if let Some(item) = self.queues.pop(slot) {
                self.answer(&item, Err(error));
            }
        }
    }

    /// Deals out anew what waits for a server, since another one may have it now.
    fn list_anew(&mut self) {
        self.servers
            .values_mut()
            .for_each(|berth| berth.ready.clear());
        for slot in self.queues.listed() {
            self.queues.set(slot, State::Idle);
            self.list(slot);
        }
        let map = self.layout.map();
        self.servers.retain(|server, berth| {
            berth.wire.is_none() || !berth.ready.is_empty() || map.has(server)
        });
    }

    fn berth(&mut self, server: &Address) -> &mut Berth {
        self.servers.entry(server.clone()).or_insert_with(|| Berth {
            wire: Some(Wire::new(Arc::clone(&self.office), server.clone())),
            ready: VecDeque::new(),
        })
    }

    /// Has groups leave to all servers that have none on its way.
    fn depart(&mut self) {
        let is_due = |berth: &Berth| berth.wire.is_some() && !berth.ready.is_empty();
        let due = self.servers.iter().filter(|(_, berth)| is_due(berth));
        let due: Vec<Address> = due.map(|(server, _)| server.clone()).collect();
        for server in due {
            let items = self.gather(&server);
            let wire = self
                .servers
                .get_mut(&server)
                .and_then(|berth| berth.wire.take());
            let Some(mut wire) = wire else { continue };
            self.flights.spawn(async move {
                let answers = wire.exchange(&items).await;
                Flight {
                    server,
                    wire,
                    items,
                    answers,
                }
            });
        }
    }

    /// The next group for a server.
    fn gather(&mut self, server: &Address) -> Vec<Item> {
        let (mut items, mut bytes) = (Vec::new(), 0);
        while items.len() < GROUP
            && bytes < GROUP_BYTES
            && let Some(slot) = self
                .servers
                .get_mut(server)
                .and_then(|berth| berth.ready.pop_front())
        {
            self.queues.set(slot, State::Flying);
            while items.len() < GROUP
                && bytes < GROUP_BYTES
                && let Some(item) = self.queues.front(slot)
                && matches!(self.jobs.turn(item), Turn::Now)
            {
                bytes += item.command.bytes();
                items.extend(self.queues.pop(slot));
            }
        }
        items
    }
}

#[cfg(test)]
mod tests;
