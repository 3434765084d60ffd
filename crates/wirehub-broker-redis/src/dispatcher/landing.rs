//! What comes back from servers.

use std::{collections::HashSet, time::Duration};

use redis::Value;
use tokio::time::Instant;
use wirehub_broker::BrokerError;

use super::Dispatcher;
use crate::{
    address::Address,
    failure::unavailable,
    layout::{Life, Origin},
    queues::{Item, State},
    slot::Slot,
    verdict::{Verdict, is_doubtful},
    wire::{Answered, Wire},
};

/// How long commands rest whose slot is moving.
const REST: Duration = Duration::from_millis(20);

/// A group that has come back.
pub(super) struct Flight {
    pub(super) server: Address,
    pub(super) wire: Wire,
    pub(super) items: Vec<Item>,
    pub(super) answers: Result<Vec<Answered>, BrokerError>,
}

impl Dispatcher {
    /// Takes answers, and sends commands again that have come to the wrong server.
    pub(super) fn land(&mut self, flight: Flight) {
        let life = flight.wire.life().cloned();
        let slots: HashSet<Slot> = flight.items.iter().map(|item| item.slot).collect();
        let mut rests = HashSet::new();
        match flight.answers {
            Ok(answers) => {
                let back = flight.items.into_iter().zip(answers).rev().collect();
                rests = self.sort(back, &flight.server, life.as_ref());
            }
            Err(error) => {
                self.layout.doubt();
                for item in flight.items {
                    self.answer(&item, Err(error.clone()));
                }
            }
        }
        match self.servers.get_mut(&flight.server) {
            Some(berth) => berth.wire = Some(flight.wire),
            None => drop(flight.wire),
        }
        let until = Instant::now() + REST;
        for slot in slots {
            if rests.contains(&slot) {
                self.queues.set(slot, State::Paused(until));
            } else {
                self.queues.set(slot, State::Idle);
                self.list(slot);
            }
        }
    }

    /// Goes through answers from the last one to the first, and says which slots are to rest.
    pub(super) fn sort(
        &mut self,
        back: Vec<(Item, Answered)>,
        server: &Address,
        life: Option<&Life>,
    ) -> HashSet<Slot> {
        let (mut done, mut rests) = (HashSet::new(), HashSet::new());
        for (mut item, answer) in back {
            let verdict = match &answer {
                Ok(value) if self.layout.is_cluster() => Verdict::of(value, server),
                _ => Verdict::Answered,
            };
            let mut rest = false;
            match verdict {
                Verdict::Answered => {
                    if answer.as_ref().is_ok_and(is_doubtful) {
                        self.layout.doubt();
                    }
                    if !matches!(answer, Err(_) | Ok(Value::ServerError(_))) {
                        done.insert(item.slot);
                    }
                    self.answer(&item, answer);
                    continue;
                }
                Verdict::Moved(slot, owner) => {
                    // Servers that do not agree yet would send it to and fro.
                    rest = item.until.is_some();
                    if self.layout.map().owner(slot) != Some(&owner) {
                        self.layout.learn(slot, &owner);
                    }
                }
                Verdict::Moving => rest = true,
                Verdict::OtherEra(era) => {
                    let origin = life.map(|life| self.layout.origin(&era, life));
                    match origin {
                        Some(Origin::Moved) => item.origin = Some(era),
                        Some(Origin::Lost) => item.origin = Some(String::new()),
                        Some(Origin::Unknown) | None => {
                            self.layout.doubt();
                            rest = true;
                        }
                    }
                }
            }
            let now = Instant::now();
            let until = *item.until.get_or_insert(now + self.office.patience);
            // Whatever was done after it must not come before it.
            if done.contains(&item.slot) || until <= now {
                let slot = item.slot.number();
                let reason = format!("the slot {slot} moves to another server; try again shortly");
                self.answer(&item, Err(unavailable(&reason)));
                continue;
            }
            if rest {
                rests.insert(item.slot);
            }
            self.queues.put_back(item);
        }
        rests
    }

    pub(super) fn answer(&mut self, item: &Item, answer: Answered) {
        if let Some(slot) = self.jobs.answer(item, answer) {
            self.list(slot);
        }
    }
}
