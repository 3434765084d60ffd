//! Whether those who begin are told the last values.

use std::collections::BTreeMap;

use wirehub_model::Position;

use super::{Judge, witness::Greeting};
use crate::{
    feature::Feature,
    ground::Family,
    letter::Heard,
    promise::{Promise, Verdict, broken},
};

impl Judge {
    /// A client that begins is told a value.
    pub(super) fn judge_value(&mut self, client: usize, heard: &Heard) -> Verdict {
        let (number, topic) = self.judge_place(heard)?;
        let Some(witness) = self.witnesses.get_mut(client) else {
            return Ok(());
        };
        witness.heard.insert(number);
        let greeting = witness.greeting.as_mut();
        match greeting.filter(|greeting| greeting.topic == topic) {
            Some(greeting) => greeting.values.push(number),
            None => {
                let found = format!("nobody came new to {}, and p{number} is told", heard.topic);
                return broken(Promise::Values, found);
            }
        }
        Ok(())
    }

    /// Compares what was told with what is known by now.
    pub(super) fn judge_greeting(&self, greeting: &Greeting) -> Verdict {
        let Some(all) = self.values_at(greeting.topic, greeting.position) else {
            return Ok(());
        };
        let up_to =
            |offset: u64| -> Vec<u32> { all.range(..=offset).map(|(_, number)| *number).collect() };
        let (low, high) = greeting.known;
        // Where it has acknowledged for sure and where it may have is not the same.
        if (low..=high).any(|offset| up_to(offset) == greeting.values) {
            return Ok(());
        }
        let expected = up_to(high);
        let (client, told, offset) = (greeting.client, &greeting.values, greeting.position.offset);
        let found = format!("c{client} was told {told:?} at {offset} in place of {expected:?}");
        broken(Promise::Values, found)
    }

    /// Whether a topic keeps its last values.
    pub(super) fn has_values(&self, topic: usize) -> bool {
        self.features.has(Feature::Values) && self.ground.family(topic) == Family::Value
    }

    /// The last publication, and the last with each key, when a topic stood at a position; `None`
    /// when nobody was told of some publication before it.
    pub(super) fn values_at(&self, topic: usize, position: Position) -> Option<BTreeMap<u64, u32>> {
        let mut kept: BTreeMap<u64, (usize, u32)> = BTreeMap::new();
        let mut last = None;
        for offset in 1..=position.offset.0 {
            let place = Position {
                offset: wirehub_model::Offset(offset),
                ..position
            };
            let number = self.record.at(topic, place)?;
            let key = self.record.said(number)?.key;
            last = Some((offset, number));
            if let Some(key) = key {
                kept.retain(|_, (known, _)| *known != key);
                kept.insert(offset, (key, number));
                while kept.len() > self.keys {
                    kept.pop_first();
                }
            }
        }
        let mut values: BTreeMap<u64, u32> = BTreeMap::new();
        values.extend(
            kept.into_iter()
                .map(|(offset, (_, number))| (offset, number)),
        );
        values.extend(last);
        Some(values)
    }
}
