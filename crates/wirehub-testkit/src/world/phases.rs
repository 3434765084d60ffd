//! The course of a scenario: a storm, a calm, a roll call, and an empty house.

use std::time::Duration;

use wirehub_core::{Answer, Input, Request};
use wirehub_model::{Message, Publish};

use super::{World, network::ROOM};
use crate::{
    feature::Feature,
    letter::payload,
    promise::{Promise, Verdict, broken},
    record::Said,
};

/// Until half-open links are found out, slow readers are through and everybody is back.
const CALM: Duration = Duration::from_secs(60);

/// Until idle topics are forgotten, and whatever else waits.
const EMPTY: Duration = Duration::from_secs(700);

impl World {
    /// Plays the whole scenario.
    pub(crate) fn play(&mut self) -> Verdict {
        let end = self.now + self.knobs.storm;
        self.brew(end);
        self.run_until(end)?;
        self.settle()?;
        self.roll_call()?;
        self.empty()
    }

    /// The network heals and nobody begins anything new, until everybody has all they want.
    fn settle(&mut self) -> Verdict {
        self.trace.line(|| "calm".to_owned());
        self.calm = true;
        self.store.away = false;
        for link in self.links.iter_mut().filter(|link| link.slow) {
            link.slow = false;
            link.room += ROOM;
        }
        self.run_until(self.now + CALM)?;
        for (number, client) in self.clients.iter().enumerate() {
            if !client.is_settled() {
                let mood = client.mood();
                return broken(Promise::Answers, format!("c{number} is {mood}"));
            }
        }
        let brokered = self.has(Feature::Broker);
        self.judge.rolls = brokered.then(|| self.store.rolls(&self.ground));
        self.judge.judge_rest()?;
        self.judge.judge_counters(&self.node.stats())
    }

    /// The application says something on each topic, and all who subscribe hear it.
    fn roll_call(&mut self) -> Verdict {
        self.trace.line(|| "roll call".to_owned());
        let mut calls = Vec::new();
        for topic in 0..self.ground.topics.len() {
            let number = self.judge.record.enter(Said {
                topic,
                by: None,
                echo: true,
                ttl: None,
                key: None,
                at: self.now,
                places: Vec::new(),
            });
            let message = Message::of(payload(number, 0));
            let name = self.ground.topics[topic].0.clone();
            let request = Request::Publish(Publish::to(name, message));
            self.next_ticket += 1;
            let ticket = self.next_ticket;
            calls.push((ticket, number, topic));
            let shard = self.dice.below(usize::from(self.knobs.shards)) as u16;
            self.input(shard, Input::Request { ticket, request });
        }
        self.run_until(self.now + Duration::from_secs(5))?;
        for (ticket, number, topic) in calls {
            let place = self
                .answers
                .iter()
                .find(|(answered, _)| *answered == ticket);
            let Some((_, Answer::Published(Ok(published)))) = place else {
                let found = format!("p{number} of the application: {place:?}");
                return broken(Promise::Answers, found);
            };
            let position = published.position;
            self.judge.record.place(number, topic, position)?;
            self.judge.judge_roll_call(number, topic, position)?;
        }
        Ok(())
    }

    /// Everybody goes, time passes, and nothing is left.
    fn empty(&mut self) -> Verdict {
        self.trace.line(|| "everybody goes".to_owned());
        for client in 0..self.clients.len() {
            let deeds = self.clients[client].retire(&mut self.dice);
            self.do_deeds(client, deeds);
        }
        self.run_until(self.now + Duration::from_secs(30))?;
        self.run_until(self.now + EMPTY)?;
        let stats = self.node.stats();
        let left = (
            stats.connections,
            stats.subscriptions,
            stats.feeds,
            stats.topics,
        );
        let kept = [
            stats.members,
            stats.sessions_parked,
            stats.history_publications,
            stats.history_bytes,
            stats.retained_values,
        ];
        if kept != [0; 5] {
            let found =
                format!("members, sessions, publications, their bytes and values: {kept:?}");
            return broken(Promise::NothingLeft, found);
        }
        if left != ([0; 3], 0, 0, 0) || stats.waiting_bytes != 0 {
            let found = format!("connections, subscriptions, feeds and topics: {left:?}");
            return broken(Promise::NothingLeft, found);
        }
        if stats.opened != stats.closed.iter().sum::<u64>() {
            return broken(Promise::NothingLeft, "a connection ended without a cause");
        }
        let followed = self.store.followed();
        if followed > 0 {
            let found = format!("the broker still tells of {followed} topics and filters");
            return broken(Promise::NothingLeft, found);
        }
        match self.node.next_timeout() {
            Some((at, shard)) => {
                let found = format!("s{shard} wants to be woken at {at:?}");
                broken(Promise::NothingLeft, found)
            }
            None => Ok(()),
        }
    }
}
