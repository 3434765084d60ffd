//! Commands that leave together.

use std::collections::HashMap;

use redis::Value;
use wirehub_model::Topic;

use crate::command::Command;

/// Commands as they are said. Publications of one topic become one command where nothing but other
/// publications was asked between them, so that all but the first cost the server little.
pub(crate) struct Group {
    pub(crate) commands: Vec<Command>,
    /// Which of them answers each command that was asked.
    places: Vec<usize>,
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

impl Group {
    /// Puts commands together.
    pub(crate) fn of(asked: impl Iterator<Item = Command>) -> Self {
        let (mut commands, mut places) = (Vec::new(), Vec::new());
        // Where further publications of a topic may join.
        let mut joined: HashMap<Topic, usize> = HashMap::new();
        for command in asked {
            let command = match command {
                Command::Append(appends) => {
                    let place = joined.get(&appends.topic).copied();
                    let first = place.and_then(|at| Some((at, commands.get_mut(at)?)));
                    let appends = match first {
                        Some((place, Command::Append(first))) => match first.join(appends) {
                            Ok(()) => {
                                places.push(place);
                                continue;
                            }
                            Err(appends) => appends,
                        },
                        _ => appends,
                    };
                    joined.insert(appends.topic.clone(), commands.len());
                    Command::Append(appends)
                }
                other => {
                    joined.clear();
                    other
                }
            };
            places.push(commands.len());
            commands.push(command);
        }
        Self { commands, places }
    }

    /// Gives each command that was asked its answer.
    pub(crate) fn deal(&self, answers: Vec<Value>) -> Vec<Value> {
        let said = self.commands.iter().zip(answers);
        let said = said.map(|(command, answer)| match (command, answer) {
            (Command::Append(_), Value::Array(each)) => Said::Each(each.into_iter()),
            (Command::Append(_), answer) => Said::All(answer),
            (_, answer) => Said::This(answer),
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
