//! What goes to the broker and comes from it.

use wirehub_core::{Ask, Input};

use super::World;
use crate::{agenda::Happening, store::Say};

impl World {
    /// A shard asks the broker for something.
    pub(super) fn ask_broker(&mut self, shard: u16, ask: Ask) {
        self.trace.line(|| format!("s{shard} -> broker {ask:?}"));
        self.store.ask(shard, ask);
        let at = self.soon(self.knobs.broker);
        self.agenda.add(at, Happening::Store);
    }

    /// The broker does the next thing.
    pub(super) fn work_store(&mut self) {
        let (now, knobs, ground) = (self.now, &self.knobs, &self.ground);
        let says = self.store.work(now, knobs, ground, &mut self.dice);
        for say in says {
            let (shard, told) = match say {
                Say::Answer(shard, told) => (shard, told),
                Say::Publication(publication, told) => (self.node.home(&publication.topic), told),
            };
            let arrives = self.soon(self.knobs.broker);
            let at = self.node.tell(shard, told, arrives);
            self.agenda.add(at, Happening::Told(shard));
        }
    }

    /// What the broker said reaches a shard.
    pub(super) fn arrive_told(&mut self, shard: u16) {
        if let Some(told) = self.node.next_told(shard) {
            self.trace.line(|| format!("broker -> s{shard} {told:?}"));
            self.input(shard, Input::Broker(told));
        }
    }

    /// The broker goes away, or comes back.
    pub(super) fn broker_trouble(&mut self) {
        if self.calm {
            return;
        }
        self.store.away = !self.store.away;
        let away = self.store.away;
        self.trace.line(|| format!("the broker is away: {away}"));
        let most = if away {
            self.knobs.trouble
        } else {
            self.knobs.trouble * 4
        };
        let at = self.soon(most);
        self.agenda.add(at, Happening::BrokerTrouble);
    }
}
