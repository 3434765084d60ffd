//! Plays the scenarios of a range of seeds: `simulate A..B LINES [MUTANT]`.
//!
//! `cargo xtask simulate` runs this, a range in each of a few processes. Whoever wants one seed
//! alone gives `N..M` with M one more than N. Ends with 1 at the first finding, after so many lines
//! of its trace.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to its user on standard output"
)]

use std::{ops::Range, process::ExitCode};

use wirehub_testkit::{Mutant, simulate_in_detail};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((seeds, lines, mutant)) = read(&arguments) else {
        eprintln!("usage: simulate A..B LINES [MUTANT]");
        let names = Mutant::ALL.map(Mutant::name);
        eprintln!("mutants: {}", names.join(", "));
        return ExitCode::from(2);
    };
    // A panic of the shard is a finding, told with its seed.
    std::panic::set_hook(Box::new(|_| {}));
    let (mut played, mut steps) = (0, 0);
    for seed in seeds {
        match simulate_in_detail(seed, mutant, lines) {
            Ok(summary) => {
                played += 1;
                steps += summary.steps;
            }
            Err(finding) => {
                println!("{finding}");
                println!("seeds: {played} before it without a finding");
                return ExitCode::FAILURE;
            }
        }
    }
    println!("seeds: {played}, steps: {steps}");
    ExitCode::SUCCESS
}

fn read(arguments: &[String]) -> Option<(Range<u64>, usize, Option<Mutant>)> {
    let [seeds, lines, rest @ ..] = arguments else {
        return None;
    };
    let (from, to) = seeds.split_once("..")?;
    let seeds = from.parse().ok()?..to.parse().ok()?;
    let mutant = match rest {
        [] => None,
        [name] => Some(Mutant::parse(name)?),
        _ => return None,
    };
    Some((seeds, lines.parse().ok()?, mutant))
}
