//! Questions of subscribers that have come further than their topic has here.
//!
//! A client that changes hubs may bring what the other hub told it a moment ago, and the broker has
//! not told this one yet. It is not from the future: the topic is about to get there.

use std::{collections::BTreeMap, time::Duration};

use wirehub_model::{Moment, Position, Topic};

use crate::Relay;

/// How long a topic may take to come as far as somebody says that it is. Longer than a hub takes to
/// find its broker again; whoever says more than is true is told so then.
const PATIENCE: Duration = Duration::from_secs(3);

/// The questions, by topic.
#[derive(Debug, Default)]
pub(super) struct Ahead(BTreeMap<Topic, Waiting>);

#[derive(Debug)]
struct Waiting {
    /// How far the topic has to come.
    upto: Position,
    until: Moment,
    /// In their order, with those that came behind and must not overtake them.
    questions: Vec<Relay>,
}

impl Ahead {
    /// Takes a question about a topic that stands here, if it has to wait; gives it back otherwise.
    pub(super) fn keep(
        &mut self,
        now: Moment,
        topic: &Topic,
        here: Position,
        question: Relay,
    ) -> Option<Relay> {
        let brought = match &question {
            Relay::Attach { since, .. } => *since,
            _ => None,
        };
        let ahead = brought.filter(|since| since.epoch == here.epoch && since.offset > here.offset);
        if let Some(waiting) = self.0.get_mut(topic) {
            let offset = &mut waiting.upto.offset;
            *offset = ahead.map_or(*offset, |since| since.offset.max(*offset));
            waiting.questions.push(question);
            return None;
        }
        let Some(since) = ahead else {
            return Some(question);
        };
        let waiting = Waiting {
            upto: since,
            until: now + PATIENCE,
            questions: vec![question],
        };
        self.0.insert(topic.clone(), waiting);
        None
    }

    /// The questions about a topic that has come so far, if that is far enough. In another life it
    /// never will be.
    pub(super) fn reached(&mut self, topic: &Topic, here: Position) -> Vec<Relay> {
        let waits = self.0.get(topic).is_some_and(|waiting| {
            waiting.upto.epoch == here.epoch && here.offset < waiting.upto.offset
        });
        if waits { Vec::new() } else { self.take(topic) }
    }

    /// When the next questions have waited for long enough.
    pub(super) fn poll_timeout(&self) -> Option<Moment> {
        self.0.values().map(|waiting| waiting.until).min()
    }

    /// Questions that have waited for long enough.
    pub(super) fn overdue(&mut self, now: Moment) -> Vec<Relay> {
        let due = self.0.iter().filter(|(_, waiting)| waiting.until <= now);
        let due: Vec<Topic> = due.map(|(topic, _)| topic.clone()).collect();
        due.iter().flat_map(|topic| self.take(topic)).collect()
    }

    fn take(&mut self, topic: &Topic) -> Vec<Relay> {
        let waiting = self.0.remove(topic);
        waiting.map_or_else(Vec::new, |waiting| waiting.questions)
    }
}
