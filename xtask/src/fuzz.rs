//! `cargo xtask fuzz`: every fuzz target for a while, two at a time.

mod run_log;
mod summary;

use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::fuzz::run_log::RunLog;
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
    /// Store the summary in benchmarks/fuzz.md
    #[arg(long, conflicts_with = "target")]
    write: bool,
    /// Just this target
    target: Option<String>,
}

/// How many targets run at the same time; a developer's machine has two cores.
const AT_A_TIME: usize = 2;

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
    let targets = targets(project, args.target.as_deref())?;
    process::run(cargo_fuzz(project).arg("build"))?;
    let logs = workers::run(AT_A_TIME, targets, |target| {
        run_one(project, &target, args.time)
    })?;
    let table = summary::table(&logs, args.time);
    println!("\n{table}");
    if args.write {
        let page = summary::page(&table, &process::today()?, &versions(project)?);
        std::fs::write(project.path("benchmarks/fuzz.md"), page)?;
        println!("wrote benchmarks/fuzz.md");
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

fn targets(project: &Project, only: Option<&str>) -> Result<Vec<String>> {
    let listed = process::capture(cargo_fuzz(project).arg("list"))?;
    let chosen: Vec<String> = listed
        .lines()
        .filter(|target| only.is_none_or(|only| only == *target))
        .map(str::to_owned)
        .collect();
    if chosen.is_empty() {
        bail!(
            "no such fuzz target; there are: {}",
            listed.trim().replace('\n', ", ")
        );
    }
    Ok(chosen)
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

fn versions(project: &Project) -> Result<String> {
    let fuzz = process::capture(cargo_fuzz(project).arg("--version"))?;
    let rustc = process::capture(project.command("rustc").args(["+nightly", "--version"]))?;
    Ok(format!("{}, {}", fuzz.trim(), rustc.trim()))
}

fn parse_time(text: &str) -> Result<Duration, String> {
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
