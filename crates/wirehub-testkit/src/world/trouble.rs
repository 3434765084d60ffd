//! What goes wrong.

use std::time::Duration;

use wirehub_model::Moment;

use super::World;
use crate::{
    agenda::Happening,
    feature::Feature,
    link::{Down, Up},
    mutant::Mutant,
};

impl World {
    /// Enters the first troubles of the storm.
    pub(super) fn brew(&mut self, end: Moment) {
        if self.has(Feature::Cuts) {
            self.plan_trouble();
        }
        if self.has(Feature::Broker) && self.has(Feature::BrokerTrouble) {
            let at = self.soon(self.knobs.trouble * 4);
            self.agenda.add(at, Happening::BrokerTrouble);
        }
        if self.has(Feature::Broker) && self.has(Feature::Presence) && self.has(Feature::Guests) {
            self.agenda.add(self.now, Happening::Guest);
        }
        if self.has(Feature::Broker)
            && self.has(Feature::Presence)
            && self.has(Feature::ForgottenMembers)
        {
            let at = self.now + self.dice.span(Duration::ZERO, end.since(self.now));
            self.agenda.add(at, Happening::ForgetMembers);
        }
        if self.has(Feature::Crashes) {
            let at = self.now + self.dice.span(Duration::ZERO, end.since(self.now));
            self.agenda.add(at, Happening::Crash);
        }
    }

    fn plan_trouble(&mut self) {
        let at = self.soon(self.knobs.trouble * 2);
        self.agenda.add(at, Happening::Trouble);
    }

    /// One link is cut. Bytes on their way are lost from some point on. Each end may learn it soon,
    /// or find out for itself.
    pub(super) fn trouble(&mut self) {
        if self.calm {
            return;
        }
        self.plan_trouble();
        let client = self.dice.below(self.clients.len());
        let Some(link) = self.wires[client] else {
            return;
        };
        let told = [self.dice.chance(60), self.dice.chance(60)];
        self.trace
            .line(|| format!("l{link} is cut; c{client} and the shard learn it: {told:?}"));
        let (up, down) = (self.dice.below(4), self.dice.below(4));
        let entry = &mut self.links[link];
        if entry.cut {
            return;
        }
        entry.cut(up, down);
        self.end(link, told);
    }

    /// Tells the ends of a link that is cut.
    fn end(&mut self, link: usize, [client, shard]: [bool; 2]) {
        let (up, down) = (self.soon(self.knobs.latency), self.soon(self.knobs.latency));
        let entry = &mut self.links[link];
        if shard {
            entry.up_until = up.max(entry.up_until);
            entry.up.push_back(Up::End);
            self.agenda.add(entry.up_until, Happening::Up(link));
        }
        if client {
            entry.down_until = down.max(entry.down_until);
            entry.down.push_back(Down::End);
            self.agenda.add(entry.down_until, Happening::Down(link));
        }
    }

    /// The node loses all it has in memory and starts again. Its clients learn it soon, or find out
    /// for themselves.
    pub(super) fn crash(&mut self) {
        if self.calm {
            return;
        }
        self.trace
            .line(|| "the node crashes and starts again".to_owned());
        self.node = self.plan.start(self.now, &mut self.dice);
        let forgetful = self.mutant == Some(Mutant::ForgetfulStore);
        self.store.lose_node(if forgetful { 2 } else { 0 });
        for client in 0..self.wires.len() {
            let Some(link) = self.wires[client] else {
                continue;
            };
            let arrives = self.dice.below(4);
            let entry = &mut self.links[link];
            let was_cut = entry.cut;
            entry.seat = None;
            entry.cut(0, arrives);
            if !was_cut {
                let told = self.dice.chance(70);
                self.end(link, [told, false]);
            }
        }
        // Those that their clients left already lose their ends at the shard too.
        for link in &mut self.links {
            link.seat = None;
            link.up.clear();
        }
    }
}
