//! Which place in the program has more memory than before.

use std::collections::HashMap;

use super::{is_of_library, ledger::LEDGER, without_library, writing};
use crate::{Place, symbols::Symbols};

/// The most stacks that are looked up: those that grew most. The others are small beside them.
const STACKS: usize = 256;
/// How many callers are named.
const CALLERS: usize = 3;

/// How much memory each place in the program had at one moment.
#[derive(Clone, Debug)]
pub struct HeapMark(Vec<i64>);

/// A place in the program that has more than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// By how many bytes, estimated from samples.
    pub bytes: u64,
    /// The function that asked for them, with its line, and the functions that called it.
    pub place: String,
}

impl HeapMark {
    /// How it is now; `None` unless the program allocates through a
    /// [`SamplingAllocator`](crate::SamplingAllocator).
    #[must_use]
    pub fn now() -> Option<Self> {
        LEDGER
            .is_used()
            .then(|| writing(|| Self(LEDGER.live_bytes())))
    }

    /// The place that has the most more now than it had then; `None` when none has more. Looks
    /// names up, which takes a while.
    #[must_use]
    pub fn most_grown(&self) -> Option<Growth> {
        let mut places = HashMap::<Vec<Place>, u64>::new();
        let mut symbols = Symbols::of_program();
        for (stack, bytes) in self.grown() {
            let mut stack = without_library(symbols.callers(&stack));
            // Iterators and closures of the standard library between them say nothing.
            stack.retain(|place| !place.functions.iter().all(is_of_library));
            stack.truncate(1 + CALLERS);
            *places.entry(stack).or_default() += bytes;
        }
        places.remove(&Vec::new());
        let most = places.into_iter().max_by_key(|(_, bytes)| *bytes);
        most.map(|(stack, bytes)| Growth {
            bytes,
            place: named(&stack),
        })
    }

    /// The stacks that grew most, and by how much.
    fn grown(&self) -> Vec<(Box<[u64]>, u64)> {
        let now = writing(|| LEDGER.live_bytes());
        let grown = now.iter().enumerate().filter_map(|(number, now)| {
            let then = self.0.get(number).copied().unwrap_or_default();
            let bytes = u64::try_from(now - then).ok()?;
            (bytes > 0).then_some((number, bytes))
        });
        let mut grown: Vec<_> = grown.collect();
        grown.sort_unstable_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        grown.truncate(STACKS);
        let grown = grown.into_iter().collect();
        writing(|| LEDGER.stacks(&grown))
    }
}

/// The innermost function of each place, and the line of the first.
fn named(stack: &[Place]) -> String {
    let functions = stack.iter().filter_map(|place| {
        let mut functions = place.functions.iter();
        functions.find(|function| !is_of_library(function))
    });
    let mut words = String::new();
    for (depth, function) in functions.enumerate() {
        match depth {
            0 if function.file.is_empty() => words += &function.name,
            0 => words += &format!("{}:{} ({})", function.file, function.line, function.name),
            _ => words += &format!(", called by {}", function.name),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_with_its_callers() {
        let stack = [Place::named("f", "a.rs", 7), Place::named("g", "b.rs", 9)];
        assert_eq!(named(&stack), "a.rs:7 (f), called by g");
        assert_eq!(named(&[Place::named("f", "", 0)]), "f");
    }
}
