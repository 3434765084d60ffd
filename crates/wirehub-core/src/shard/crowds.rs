//! Who is on topics with other nodes, as far as this shard is their home.

use std::sync::Arc;

use wirehub_model::{Moment, PresenceChange, Refusal, Topic};

use crate::{Ask, Crowd, Encode, Output, Shard};

impl<E: Encode> Shard<E> {
    /// A member begins: from now on it is to be known who else is there, on all nodes.
    pub(super) fn follow_crowd(&mut self, now: Moment, topic: &Topic) {
        if self.settings.brokered && !self.crowds.follows(topic) {
            self.crowds.follow(topic);
            self.ask_crowds(now);
        }
    }

    /// Somebody came, changed or went on a topic. Those of this node are known already.
    pub(super) fn heard_elsewhere(&mut self, now: Moment, change: PresenceChange, version: u64) {
        if let Some(change) = self.crowds.heard(change, version) {
            let limits = Arc::clone(&self.settings.limits);
            self.rosters.heard(now, change, &limits);
            self.tell_news(now);
        }
    }

    /// The broker says who is on a topic, or why it does not.
    pub(super) fn crowd_told(
        &mut self,
        now: Moment,
        topic: &Topic,
        result: Result<Crowd, Refusal>,
    ) {
        let limits = Arc::clone(&self.settings.limits);
        let changes = match result {
            Ok(Crowd { version, .. }) if !self.crowds.believes(topic, version) => {
                self.crowds.not_listed(now, topic)
            }
            Ok(Crowd { members, version }) => {
                if self.crowds.follows(topic) {
                    self.rosters.compare(now, topic, members, &limits);
                } else {
                    self.rosters.correct(topic, &members);
                }
                self.crowds.listed(topic, version)
            }
            Err(_) => self.crowds.not_listed(now, topic),
        };
        for change in changes {
            self.rosters.heard(now, change, &limits);
        }
        self.tell_news(now);
        self.ask_crowds(now);
    }

    /// What was said of a member did not arrive: the list shows what is missing in it.
    pub(super) fn unheard(&mut self, now: Moment, topic: &Topic) {
        self.crowds.fall_behind(topic);
        self.crowds.pause(now);
    }

    /// News may have been missed, or members forgotten: all lists are compared anew.
    pub(super) fn missed(&mut self, now: Moment) {
        self.crowds.fall_behind_with_all();
        for topic in self.rosters.topics_here() {
            self.crowds.fall_behind(&topic);
        }
        self.ask_crowds(now);
    }

    /// Asks for the lists that are due.
    pub(super) fn ask_crowds(&mut self, now: Moment) {
        while let Some(topic) = self.crowds.next_ask(now) {
            self.outputs.push_back(Output::Broker(Ask::Crowd(topic)));
        }
    }
}
