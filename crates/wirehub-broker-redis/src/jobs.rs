//! Jobs that are not answered yet.

use std::collections::HashMap;

use redis::Value;
use wirehub_broker::BrokerError;

use crate::{
    failure::{answered, unavailable},
    lane::Job,
    queues::Item,
    slot::Slot,
    wire::Answered,
};

/// A job whose commands are on their way.
struct Open {
    job: Job,
    slots: Vec<Slot>,
    answers: Vec<Option<Answered>>,
    left: usize,
}

/// The jobs of a lane that are not answered yet.
#[derive(Default)]
pub(crate) struct Jobs {
    open: HashMap<u64, Open>,
    next: u64,
}

/// Whether a command may be sent.
pub(crate) enum Turn {
    Now,
    /// The one before it is not answered yet.
    Later,
    /// The one before it has failed.
    Never(BrokerError),
}

impl Jobs {
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Takes a job on, and gives out its commands.
    pub(crate) fn take(
        &mut self,
        mut job: Job,
        slot: impl Fn(&crate::command::Command) -> Slot,
    ) -> Vec<Item> {
        let commands = std::mem::take(&mut job.commands);
        if commands.is_empty() {
            job.end(Ok(Vec::new()));
            return Vec::new();
        }
        self.next += 1;
        let number = self.next;
        let slots: Vec<Slot> = commands.iter().map(slot).collect();
        let items = commands.into_iter().zip(&slots).enumerate();
        let items = items.map(|(place, (command, slot))| Item {
            job: number,
            place,
            command,
            slot: *slot,
            origin: None,
            until: None,
        });
        let items: Vec<Item> = items.collect();
        let open = Open {
            answers: items.iter().map(|_| None).collect(),
            left: items.len(),
            slots,
            job,
        };
        self.open.insert(number, open);
        items
    }

    /// Whether it is a command's turn. Those of one slot keep their order by themselves.
    pub(crate) fn turn(&self, item: &Item) -> Turn {
        let Some(open) = self.open.get(&item.job) else {
            return Turn::Never(unavailable("nobody waits for the answer"));
        };
        let Some(before) = item.place.checked_sub(1).filter(|_| open.job.in_turn) else {
            return Turn::Now;
        };
        if open.slots.get(before) == Some(&item.slot) {
            return Turn::Now;
        }
        match open.answers.get(before) {
            Some(Some(Err(error))) => Turn::Never(error.clone()),
            Some(Some(Ok(value @ Value::ServerError(_)))) => match answered(value.clone()) {
                Ok(_) => Turn::Now,
                Err(error) => Turn::Never(error),
            },
            Some(Some(Ok(_))) => Turn::Now,
            _ => Turn::Later,
        }
    }

    /// Takes an answer, and says which slot may have waited for that.
    pub(crate) fn answer(&mut self, item: &Item, answer: Answered) -> Option<Slot> {
        let open = self.open.get_mut(&item.job)?;
        if let Some(place) = open.answers.get_mut(item.place) {
            *place = Some(answer);
        }
        open.left -= 1;
        if open.left > 0 {
            let next = open.slots.get(item.place + 1).copied();
            return next.filter(|_| open.job.in_turn);
        }
        let open = self.open.remove(&item.job)?;
        let missing = || Err(unavailable("the server did not answer"));
        let answers = open.answers.into_iter();
        open.job.end(Ok(answers
            .map(|answer| answer.unwrap_or_else(missing))
            .collect()));
        None
    }

    /// Answers all with an error.
    pub(crate) fn fail(&mut self, error: &BrokerError) {
        for (_, open) in self.open.drain() {
            open.job.end(Err(error.clone()));
        }
    }
}
