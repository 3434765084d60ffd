//! What a simulation found.

use std::fmt;

use crate::{mutant::Mutant, promise::Promise};

/// A promise that was broken, with what it takes to see it again.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The seed of the scenario.
    pub seed: u64,
    /// The bug that was planted, if any.
    pub mutant: Option<Mutant>,
    /// The promise.
    pub promise: Promise,
    /// What happened in place of what was promised.
    pub found: String,
    /// The last steps before it, the newest last.
    pub trace: Vec<String>,
    /// How many steps came before those.
    pub skipped: usize,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.skipped > 0 {
            writeln!(f, "      …  {} lines before", self.skipped)?;
        }
        for line in &self.trace {
            writeln!(f, "{line}")?;
        }
        writeln!(f, "expected: {}", self.promise.sentence())?;
        writeln!(f, "found:    {}", self.found)?;
        write!(f, "again:    cargo xtask simulate --seed {}", self.seed)?;
        match self.mutant {
            Some(mutant) => write!(f, " --mutant {}", mutant.name()),
            None => Ok(()),
        }
    }
}
