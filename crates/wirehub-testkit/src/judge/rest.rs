//! Judgements once everything has come to rest.

use wirehub_model::Position;

use super::Judge;
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
        self.judge_audience()
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
            if subscribed && witness.last[topic] != Some(place) {
                let offset = place.offset;
                let found = format!("c{client} never heard the roll call p{number} at {offset}");
                return broken(Promise::NoGap, found);
            }
        }
        Ok(())
    }
}
