//! `cargo xtask fuzz`: every fuzz target for a while, a few at a time.

mod run_log;
mod summary;

use std::fs::File;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::fuzz::run_log::RunLog;
use crate::fuzz::summary::{Rows, Stamp};
use crate::project::Project;
use crate::setup::cargo_tool;
use crate::{process, workers};

/// Run the fuzz targets; fails on a finding
///
/// Needs a nightly compiler. Installs cargo-fuzz when it is missing. The whole output of each
/// target goes to target/xtask/fuzz/TARGET.log.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long each target runs: 90s, 15m, 2h
    #[arg(long = "for", value_name = "TIME", default_value = "1m", value_parser = parse_time)]
    time: Duration,
    /// How many targets run at the same time
    #[arg(long, value_name = "COUNT", default_value = "2")]
    at_a_time: NonZeroUsize,
    /// Store the results in benchmarks/fuzz.md; targets that were not run keep theirs
    #[arg(long)]
    write: bool,
    /// Just these targets
    targets: Vec<String>,
}

/// Where results are kept.
const PAGE: &str = "benchmarks/fuzz.md";

/// What one target may hold, in MiB: a decoder with limits needs far less.
const MEMORY_MAX_MIB: u32 = 1024;

/// Builds the targets, runs them, and sums up.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    if !process::succeeds(project.command("cargo").args(["+nightly", "--version"])) {
        bail!("fuzzing needs a nightly compiler: `rustup toolchain install nightly` adds one");
    }
    if !cargo_tool::FUZZ.is_installed(project) {
        println!("install   cargo-fuzz: coverage-guided fuzzing");
        cargo_tool::FUZZ.install(project)?;
    }
    let all = targets(project)?;
    let chosen = chosen(&all, &args.targets)?;
    process::run(cargo_fuzz(project).arg("build"))?;
    // Taken before the runs, as the tree may change during them.
    let stamp = stamp(project)?;
    let logs = workers::run(args.at_a_time.get(), chosen, |target| {
        run_one(project, &target, args.time)
    })?;
    let rows = summary::rows(&logs, &stamp);
    println!("\n{}", summary::table(&rows));
    if args.write {
        write_page(project, &all, rows)?;
    }
    let findings = logs.iter().filter(|log| log.is_finding()).count();
    println!(
        "targets: {} passed, {findings} failed",
        logs.len() - findings
    );
    if findings > 0 {
        bail!("{findings} targets have a finding; the logs are in target/xtask/fuzz/");
    }
    Ok(())
}

/// The toolchain is named on the command line, so Cargo must come from `PATH`, where rustup's proxy
/// is.
fn cargo_fuzz(project: &Project) -> Command {
    let mut cargo = project.command("cargo");
    cargo
        .args(["+nightly", "fuzz"])
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN");
    cargo
}

fn targets(project: &Project) -> Result<Vec<String>> {
    let listed = process::capture(cargo_fuzz(project).arg("list"))?;
    Ok(listed.lines().map(str::to_owned).collect())
}

/// The targets asked for; all of them when none is.
fn chosen(all: &[String], asked: &[String]) -> Result<Vec<String>> {
    if let Some(unknown) = asked.iter().find(|asked| !all.contains(asked)) {
        bail!("no fuzz target `{unknown}`; there are: {}", all.join(", "));
    }
    let asks = |target: &&String| asked.is_empty() || asked.contains(target);
    Ok(all.iter().filter(asks).cloned().collect())
}

/// Puts the rows in the place of those of the same targets; rows of targets that are gone go.
fn write_page(project: &Project, all: &[String], new: Rows) -> Result<()> {
    let path = project.path(PAGE);
    let mut rows = if path.is_file() {
        summary::read(&std::fs::read_to_string(&path)?)
    } else {
        Rows::new()
    };
    rows.extend(new);
    rows.retain(|target, _| all.contains(target));
    std::fs::write(&path, summary::page(&rows))
        .with_context(|| format!("cannot write {}", path.display()))?;
    println!("wrote {PAGE}");
    Ok(())
}

fn run_one(project: &Project, target: &str, time: Duration) -> Result<RunLog> {
    let path = project.scratch("fuzz")?.join(format!("{target}.log"));
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    println!("start     {target}, for {} s", time.as_secs());
    let mut cargo = cargo_fuzz(project);
    cargo.args(["run", target]).args(corpora(project, target)?);
    cargo.args([
        "--",
        &format!("-max_total_time={}", time.as_secs()),
        &format!("-rss_limit_mb={MEMORY_MAX_MIB}"),
        "-timeout=10",
        "-print_final_stats=1",
    ]);
    let status = cargo.stdout(file.try_clone()?).stderr(file).status()?;
    let log = RunLog::read(target, &std::fs::read_to_string(&path)?, status.success());
    println!("end       {log}");
    Ok(log)
}

/// New inputs go to the first folder, so it is not the one with the committed seeds.
fn corpora(project: &Project, target: &str) -> Result<Vec<PathBuf>> {
    let seeds = project.path(format!("fuzz/corpus/{target}"));
    let found = project.scratch(&format!("fuzz/corpus/{target}"))?;
    Ok(if seeds.is_dir() {
        vec![found, seeds]
    } else {
        vec![found]
    })
}

fn stamp(project: &Project) -> Result<Stamp> {
    let fuzz = process::capture(cargo_fuzz(project).arg("--version"))?;
    let rustc = process::capture(project.command("rustc").args(["+nightly", "--version"]))?;
    Ok(Stamp {
        date: process::today()?,
        commit: project.commit()?,
        versions: format!("{}, {}", fuzz.trim(), rustc.trim()),
    })
}

/// Reads how long something runs: 90s, 15m, 2h.
pub(crate) fn parse_time(text: &str) -> Result<Duration, String> {
    let advice = || format!("`{text}` is not a time: write 90s, 15m or 2h");
    let (number, unit) = text
        .split_at_checked(text.len().saturating_sub(1))
        .ok_or_else(advice)?;
    let seconds_per_unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(advice()),
    };
    let number: u64 = number.parse().map_err(|_| advice())?;
    let seconds = number
        .checked_mul(seconds_per_unit)
        .filter(|seconds| *seconds > 0);
    seconds.map(Duration::from_secs).ok_or_else(advice)
}

#[cfg(test)]
mod tests;
