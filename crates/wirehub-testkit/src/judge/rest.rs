//! Judgements once everything has come to rest.

use wirehub_model::Position;

use super::{Judge, Whom};
use crate::promise::{Promise, Verdict, broken};

impl Judge {
    /// Everything that was to be heard has been heard.
    pub(crate) fn judge_rest(&mut self) -> Verdict {
        for (client, witness) in self.witnesses.iter().enumerate() {
            if let Some((id, asked)) = witness.asked.first_key_value() {
                let found = format!("c{client} has no answer to #{id} {asked:?}");
                return broken(Promise::Answers, found);
            }
        }
        for (client, topic, missed) in std::mem::take(&mut self.gaps) {
            self.judge_gap(client, topic, missed)?;
        }
        self.gaps.clear();
        for client in 0..self.witnesses.len() {
            for topic in 0..self.ground.topics.len() {
                self.end_run(client, topic)?;
            }
            self.greetings
                .extend(self.witnesses[client].greeting.take());
        }
        for greeting in &self.greetings {
            self.judge_greeting(greeting)?;
        }
        self.judge_last_values()?;
        self.judge_rosters()?;
        self.judge_addressees()?;
        self.judge_audience()
    }

    /// Whoever subscribes to a topic with values has heard the last ones, in one way or another.
    fn judge_last_values(&self) -> Verdict {
        for (client, witness) in self.witnesses.iter().enumerate() {
            for standing in &witness.standings {
                let topic = standing.filter.as_topic();
                let topic = topic.and_then(|topic| self.ground.number(&topic));
                let Some((topic, thread)) = topic
                    .filter(|topic| self.has_values(*topic))
                    .and_then(|topic| Some((topic, witness.topics[topic].thread?)))
                else {
                    continue;
                };
                if witness.cut_short.contains(&topic) {
                    continue;
                }
                let values = self.values_at(topic, thread).unwrap_or_default();
                let mut told = values.values();
                let unheard = told.find(|value| !witness.heard.contains(value));
                if let Some(value) = unheard {
                    let found = format!("c{client} never heard the value p{value}");
                    return broken(Promise::Values, found);
                }
            }
        }
        Ok(())
    }

    /// Whoever was in before something was sent to its user, and ever since, has received it.
    fn judge_addressees(&self) -> Verdict {
        for (number, direct) in (0..).zip(&self.directs) {
            for (client, witness) in self.witnesses.iter().enumerate() {
                let owed = direct.accepted
                    && direct.whom == Whom::User(witness.user)
                    && witness.connection.is_some()
                    && witness.reached_since < direct.at;
                if owed && !witness.received.contains(&number) {
                    let found = format!("c{client} never received d{number}");
                    return broken(Promise::Directs, found);
                }
            }
        }
        Ok(())
    }

    /// Whoever was subscribed before something was said, and ever since, has heard it.
    fn judge_audience(&self) -> Verdict {
        for (client, witness) in self.witnesses.iter().enumerate() {
            for (number, said) in self.record.all() {
                let family = self.ground.family(said.topic);
                let owed = !family.drops() && said.ttl.is_none();
                if said.places.is_empty() || !owed || (!said.echo && said.by == Some(client)) {
                    continue;
                }
                let since = witness.hears_since(&self.ground, said.topic);
                if since.is_some_and(|since| since < said.at) && !witness.heard.contains(&number) {
                    let place = said.places.last().map_or(0, |place| place.offset.0);
                    let found = format!("c{client} never heard p{number} at {place}");
                    return broken(Promise::NoGap, found);
                }
            }
        }
        Ok(())
    }

    /// A roll call: this was just published, and everybody who subscribes has heard it.
    pub(crate) fn judge_roll_call(&self, number: u32, topic: usize, place: Position) -> Verdict {
        for (client, witness) in self.witnesses.iter().enumerate() {
            let subscribed = witness.hears_since(&self.ground, topic).is_some();
            if subscribed && witness.topics[topic].last != Some(place) {
                let offset = place.offset;
                let found = format!("c{client} never heard the roll call p{number} at {offset}");
                return broken(Promise::NoGap, found);
            }
        }
        Ok(())
    }
}
