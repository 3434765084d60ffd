//! Commands that leave together.

use std::collections::HashMap;

use redis::Value;
use wirehub_model::Topic;

use crate::{appends::Appends, command::Command, queues::Item};

/// Commands as they are said. Publications of one topic become one command where nothing but other
/// publications was asked between them, so that all but the first cost the server little.
pub(crate) struct Group<'a> {
    pub(crate) spoken: Vec<Spoken<'a>>,
    /// Which of them answers each command that was asked.
    places: Vec<usize>,
}

/// A command as it is said.
pub(crate) enum Spoken<'a> {
    Alone(&'a Item),
    /// Publications of a topic, and the life in which that was last written.
    Appends(Appends<'a>, Option<&'a str>),
}

/// What the server said to one command.
enum Said {
    /// To one that was asked so.
    This(Value),
    /// To publications, to each its own.
    Each(std::vec::IntoIter<Value>),
    /// To publications, to all the same.
    All(Value),
}

impl<'a> Group<'a> {
    /// Puts commands together.
    pub(crate) fn of(asked: &'a [Item]) -> Self {
        let (mut spoken, mut places) = (Vec::new(), Vec::new());
        // Where further publications of a topic may join.
        let mut joined: HashMap<&Topic, usize> = HashMap::new();
        for item in asked {
            let Command::Append(publication) = &item.command else {
                joined.clear();
                places.push(spoken.len());
                spoken.push(Spoken::Alone(item));
                continue;
            };
            let place = joined.get(&publication.topic).copied();
            let first = place.and_then(|place| Some((place, spoken.get_mut(place)?)));
            if let Some((place, Spoken::Appends(appends, origin))) = first
                && *origin == item.origin.as_deref()
                && appends.join(publication)
            {
                places.push(place);
                continue;
            }
            let appends = Appends::one(publication);
            joined.insert(appends.topic(), spoken.len());
            places.push(spoken.len());
            spoken.push(Spoken::Appends(appends, item.origin.as_deref()));
        }
        Self { spoken, places }
    }

    /// Gives each command that was asked its answer.
    pub(crate) fn deal(&self, answers: Vec<Value>) -> Vec<Value> {
        let said = self.spoken.iter().zip(answers);
        let said = said.map(|(spoken, answer)| match (spoken, answer) {
            (Spoken::Appends(..), Value::Array(each)) => Said::Each(each.into_iter()),
            (Spoken::Appends(..), answer) => Said::All(answer),
            (Spoken::Alone(_), answer) => Said::This(answer),
        });
        let mut said: Vec<Said> = said.collect();
        let places = self.places.iter().map(|place| match said.get_mut(*place) {
            Some(Said::This(answer)) => std::mem::take(answer),
            Some(Said::Each(answers)) => answers.next().unwrap_or_default(),
            Some(Said::All(answer)) => answer.clone(),
            None => Value::Nil,
        });
        places.collect()
    }
}

#[cfg(test)]
mod tests;
