//! One scenario, from its seed to its judgement.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{
    finding::Finding,
    mutant::Mutant,
    promise::{Breach, Promise},
    trace::Trace,
    world::World,
};

/// What a scenario without a finding was like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many things happened.
    pub steps: u64,
}

/// Plays the scenario of a seed, with a bug planted or without.
///
/// # Errors
/// The first promise that was broken. The scenario is played a second time for the trace.
pub fn simulate(seed: u64, mutant: Option<Mutant>) -> Result<Summary, Box<Finding>> {
    simulate_in_detail(seed, mutant, 60)
}

/// As [`simulate`], with so many lines of trace before a broken promise.
///
/// # Errors
/// The first promise that was broken.
pub fn simulate_in_detail(
    seed: u64,
    mutant: Option<Mutant>,
    lines: usize,
) -> Result<Summary, Box<Finding>> {
    let breach = match play(seed, mutant, Trace::default()) {
        Ok(summary) => return Ok(summary),
        Err(breach) => breach,
    };
    let trace = Trace::of(lines);
    let again = play(seed, mutant, trace.clone());
    let breach = match again {
        Err(again) if again == breach => breach,
        other => Breach {
            promise: Promise::Sanity,
            found: format!("a seed is not the same life twice: {breach:?}, then {other:?}"),
        },
    };
    let (trace, skipped) = trace.take();
    Err(Box::new(Finding {
        seed,
        mutant,
        promise: breach.promise,
        found: breach.found,
        trace,
        skipped,
    }))
}

fn play(seed: u64, mutant: Option<Mutant>, trace: Trace) -> Result<Summary, Breach> {
    let mut world = World::new(seed, mutant, trace);
    let played = catch_unwind(AssertUnwindSafe(|| world.play()));
    match played {
        Ok(verdict) => verdict.map(|()| Summary { steps: world.steps }),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(Breach {
                promise: Promise::Sanity,
                found: format!("panic: {}", text.unwrap_or("without words")),
            })
        }
    }
}
