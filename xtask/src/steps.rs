//! Named steps, run in order and timed; the first failure ends the run.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::project::Project;

/// How a step ended when it did not fail.
pub(crate) enum Outcome {
    /// It ran.
    Passed,
    /// It could not run here; the text says why and is shown again at the end.
    Skipped(String),
}

/// One named thing to do.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    /// The name for `--only` and `--skip`.
    pub(crate) name: &'static str,
    /// What it is for, in a few words.
    pub(crate) about: &'static str,
    /// What it does.
    pub(crate) run: fn(&Project) -> Result<Outcome>,
}

/// Which steps a developer asked for.
#[derive(clap::Args, Default)]
pub(crate) struct Selection {
    /// Leave a step out (may be given more than once)
    #[arg(long, value_name = "STEP", conflicts_with = "only")]
    skip: Vec<String>,
    /// Run just this step (may be given more than once)
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
}

impl Selection {
    fn wants(&self, name: &str) -> bool {
        let listed = |names: &[String]| names.iter().any(|listed| listed == name);
        if self.only.is_empty() {
            !listed(&self.skip)
        } else {
            listed(&self.only)
        }
    }

    /// A misspelt step must not pass as "everything that was asked for is green".
    fn check(&self, steps: &[Step]) -> Result<()> {
        for name in self.skip.iter().chain(&self.only) {
            if !steps.iter().any(|step| step.name == name) {
                let known: Vec<_> = steps.iter().map(|step| step.name).collect();
                bail!(
                    "there is no step `{name}`; the steps are: {}",
                    known.join(", ")
                );
            }
        }
        Ok(())
    }
}

/// Runs the chosen steps and ends with a line `steps: N passed, N failed`.
pub(crate) fn run(project: &Project, steps: &[Step], selection: &Selection) -> Result<()> {
    selection.check(steps)?;
    let mut tally = Tally::default();
    for step in steps {
        if !selection.wants(step.name) {
            if selection.only.is_empty() {
                tally.skipped(step.name, "left out by --skip");
            }
            continue;
        }
        println!("\n=== {}: {}", step.name, step.about);
        let start = Instant::now();
        let result = (step.run)(project);
        tally.record(step.name, start.elapsed(), &result);
        if let Err(error) = result {
            println!("\n{}", tally.summary());
            return Err(error.context(format!(
                "step `{0}` failed; `--only {0}` runs it alone",
                step.name
            )));
        }
    }
    println!("\n{}", tally.summary());
    Ok(())
}

#[derive(Default)]
struct Tally {
    lines: Vec<String>,
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Tally {
    fn record(&mut self, name: &str, took: Duration, result: &Result<Outcome>) {
        let seconds = took.as_secs_f64();
        match result {
            Ok(Outcome::Passed) => {
                self.passed += 1;
                self.lines
                    .push(format!("  passed   {seconds:>7.1} s  {name}"));
            }
            Ok(Outcome::Skipped(reason)) => self.skipped(name, reason),
            Err(_) => {
                self.failed += 1;
                self.lines
                    .push(format!("  FAILED   {seconds:>7.1} s  {name}"));
            }
        }
        println!(
            "--- {}",
            self.lines.last().map_or("", |line| line.trim_start())
        );
    }

    fn skipped(&mut self, name: &str, reason: &str) {
        self.skipped += 1;
        self.lines
            .push(format!("  skipped            {name}: {reason}"));
    }

    fn summary(&self) -> String {
        let (passed, failed, skipped) = (self.passed, self.failed, self.skipped);
        let lines = self.lines.join("\n");
        format!("{lines}\nsteps: {passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests;
