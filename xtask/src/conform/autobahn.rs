//! The Autobahn test suite against the `echo` example.
//!
//! The suite is slow where it is big: cases 12 and 13 send a thousand messages each. So the cases
//! are cut in groups, and a few `wstest` processes take one group after another.

mod echo;
mod report;
mod wstest;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::conform::autobahn::echo::{Echo, Profile};
use crate::conform::autobahn::report::Report;
pub(crate) use crate::conform::autobahn::wstest::{install, is_installed};
use crate::project::Project;
use crate::steps::Outcome;
use crate::{process, workers};

/// The Autobahn WebSocket suite, 517 cases
///
/// Every case must be OK or INFORMATIONAL; NON-STRICT and UNIMPLEMENTED are failures. Needs CPython
/// 2.7 (pyenv). The full run takes up to an hour and writes benchmarks/autobahn.json and
/// benchmarks/autobahn.md.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A subset of about two minutes, against the development build with its overflow checks
    #[arg(long)]
    quick: bool,
    /// Just these cases, such as 1.1.1 or 9.* (may be given more than once)
    #[arg(long = "case", value_name = "PATTERN", conflicts_with = "quick")]
    cases: Vec<String>,
    /// How many wstest processes run at the same time
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=16))]
    parallel: u8,
}

/// How many cases the suite has; a full run that judged fewer is a failure.
const CASES: usize = 517;

/// All cases, the slow groups first so that the last worker does not end late.
const FULL: &[&[&str]] = &[
    &["9.*"],
    &["12.1.*"],
    &["12.2.*"],
    &["12.3.*"],
    &["12.4.*"],
    &["12.5.*"],
    &["13.1.*"],
    &["13.2.*"],
    &["13.3.*"],
    &["13.4.*"],
    &["13.5.*"],
    &["13.6.*"],
    &["13.7.*"],
    &["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"],
];

/// All of the protocol, and the lower end of big messages.
const QUICK: &[&[&str]] = &[
    &["1.*", "2.*", "3.*", "4.*", "5.*", "7.*", "10.*"],
    &["6.*"],
    &[
        "9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.2", "9.2.3", "9.3.9", "9.4.9", "9.7.6", "9.8.6",
    ],
];

/// Sections of compressed messages, and how many cases of each are small enough to be quick.
const DEFLATE_SECTIONS: &[&str] = &[
    "12.1", "12.2", "12.3", "12.4", "12.5", "13.1", "13.2", "13.3", "13.4", "13.5", "13.6", "13.7",
];
const DEFLATE_QUICK: usize = 4;

/// How long one group may take; past it the run is a failure and not a hanging CI.
const GROUP_TIME_MAX: Duration = Duration::from_mins(60);

/// Runs what the options ask for.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    match judge(project, args)? {
        Outcome::Passed => {}
        Outcome::Skipped(reason) => println!("skipped   Autobahn: {reason}"),
    }
    Ok(())
}

/// The step of `cargo xtask test`.
pub(crate) fn quick(project: &Project) -> Result<Outcome> {
    judge(
        project,
        &Args {
            quick: true,
            cases: Vec::new(),
            parallel: 2,
        },
    )
}

fn judge(project: &Project, args: &Args) -> Result<Outcome> {
    if !wstest::can_be_installed(project) {
        let reason =
            "it needs CPython 2.7 and this machine has none; `pyenv install 2.7.18` adds it";
        return Ok(Outcome::Skipped(reason.to_owned()));
    }
    if !is_installed(project) {
        install(project)?;
    }
    let start = Instant::now();
    let profile = if args.quick {
        Profile::Development
    } else {
        Profile::Release
    };
    let echo = Echo::start(project, profile)?;
    let report = run_groups(project, echo.address(), &groups(args), args.parallel)?;
    let took = start.elapsed();
    for failure in report.failures() {
        println!("FAILED    {failure}");
    }
    println!("{}", report.summary(took));
    let is_full = !args.quick && args.cases.is_empty();
    if is_full && report.cases() != CASES {
        bail!("{} cases were judged in place of {CASES}", report.cases());
    }
    if is_full {
        report.write(project, &process::today()?, took)?;
    }
    if report.failures().count() > 0 {
        bail!("{} Autobahn cases failed", report.failures().count());
    }
    Ok(Outcome::Passed)
}

fn groups(args: &Args) -> Vec<Vec<String>> {
    let owned = |cases: &&[&str]| cases.iter().map(|&case| case.to_owned()).collect();
    match (args.quick, args.cases.is_empty()) {
        (true, _) => QUICK.iter().map(owned).chain(quick_deflate()).collect(),
        (false, true) => FULL.iter().map(owned).collect(),
        (false, false) => vec![args.cases.clone()],
    }
}

fn quick_deflate() -> impl Iterator<Item = Vec<String>> {
    let cases = |section: &&str| {
        (1..=DEFLATE_QUICK)
            .map(|case| format!("{section}.{case}"))
            .collect()
    };
    DEFLATE_SECTIONS.iter().map(cases)
}

fn run_groups(
    project: &Project,
    address: &str,
    groups: &[Vec<String>],
    parallel: u8,
) -> Result<Report> {
    let names: Vec<usize> = (0..groups.len()).collect();
    let reports = workers::run(
        usize::from(parallel),
        names.iter().zip(groups),
        |(name, cases)| {
            let start = Instant::now();
            let report = wstest::run(project, address, *name, cases, GROUP_TIME_MAX)?;
            let cases = cases.join(" ");
            println!("group     {cases}: {}", report.summary(start.elapsed()));
            Ok(report)
        },
    )?;
    Ok(reports.into_iter().fold(Report::default(), Report::merge))
}

#[cfg(test)]
mod tests;
