//! What goes to the broker and comes from it.

use wirehub_core::{Ask, Input, Told};

use super::World;
use crate::{agenda::Happening, mutant::Mutant, store::Say};

impl World {
    /// A shard asks the broker for something.
    pub(super) fn ask_broker(&mut self, shard: u16, ask: Ask) {
        let is_lost = self.mutant == Some(Mutant::UnheardMember) && matches!(ask, Ask::Enter(..));
        if is_lost && self.mutates() {
            return;
        }
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
            self.carry(say);
        }
    }

    /// Puts something that the broker says on its way.
    fn carry(&mut self, say: Say) {
        let (shard, told) = match say {
            Say::Answer(shard, told) => (shard, told),
            Say::News(topic, told) => (self.node.home(&topic), told),
        };
        let arrives = self.soon(self.knobs.broker);
        let at = self.node.tell(shard, told, arrives);
        self.agenda.add(at, Happening::Told(shard));
    }

    /// A member comes to another node, or goes from it. Now and then the news of it is lost, and
    /// the node is told later that it may have missed something.
    pub(super) fn guest(&mut self) {
        if self.calm {
            return;
        }
        let at = self.soon(self.knobs.pause * 2);
        self.agenda.add(at, Happening::Guest);
        let say = self.store.guest(&self.ground, &mut self.dice);
        if self.dice.chance(10) {
            self.trace.line(|| format!("nobody hears of {say:?}"));
            let at = self.soon(self.knobs.trouble);
            self.agenda.add(at, Happening::Missed);
        } else if let Some(say) = say {
            self.carry(say);
        }
    }

    /// The broker forgets who is there, as one does that kept it in memory, and begins to count
    /// anew. Whoever comes to it again has missed something.
    pub(super) fn forget_members(&mut self) {
        if self.calm {
            return;
        }
        self.trace
            .line(|| "the broker forgets who is there".to_owned());
        self.store.forget_members();
        self.tell_missed();
    }

    /// All shards learn that they may have missed something.
    pub(super) fn tell_missed(&mut self) {
        for shard in 0..self.knobs.shards {
            self.carry(Say::Answer(shard, Told::Missed));
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
