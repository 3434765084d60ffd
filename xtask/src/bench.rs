//! `cargo xtask bench`: instruction counts of the pure crates, and ratios against peers.

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use serde_json::Value;
use toml::Table;

use crate::process;
use crate::project::Project;

/// The library with which a bench target counts instructions; its runner is a program of its own
/// and must have the same version.
const LIBRARY: &str = "gungraun";
const RUNNER: &str = "gungraun-runner";

/// Benchmarks: instruction counts, and ratios against peers
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Count instructions of decode, encode and fan-out under Valgrind
    ///
    /// The same binary and input give the same count, whatever else the machine does.
    Instructions,
    /// Measure throughput, latency and memory beside other servers, on this machine
    ///
    /// Needs a quiet machine. Words after `peers` go to the benchmark itself; try `-- --help`.
    Peers {
        /// Passed on
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

/// Runs the chosen benchmark.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    match &args.command {
        Command::Instructions => instructions(project),
        Command::Peers { arguments } => peers(project, arguments),
    }
}

/// Builds what is measured, and measures it.
fn peers(project: &Project, arguments: &[String]) -> Result<()> {
    let release = ["--release", "--locked", "--package"];
    let mut echo = project.cargo();
    echo.arg("build").args(release);
    process::run(echo.args(["wirehub", "--example", "echo"]))?;
    let mut hub = project.cargo();
    hub.arg("build").args(release);
    process::run(hub.arg("wirehub-cli"))?;
    let bun = project.path("benchmarks/peers/bun");
    process::run(
        std::process::Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(bun),
    )?;
    let mut bench = project.cargo();
    bench.arg("run").args(release);
    process::run(bench.args(["wirehub-bench", "--", "peers"]).args(arguments))
}

fn instructions(project: &Project) -> Result<()> {
    if !process::is_on_path("valgrind") {
        bail!("valgrind is not installed; `cargo xtask setup` installs it");
    }
    let benches = instruction_benches(&project.metadata()?);
    if benches.is_empty() {
        bail!("no package has a bench target that counts instructions with {LIBRARY}");
    }
    let lock = std::fs::read_to_string(project.path("Cargo.lock"))?;
    ensure_runner(project, &locked_version(&lock, LIBRARY)?)?;
    for (package, bench) in benches {
        let mut cargo = project.cargo();
        cargo.args([
            "bench",
            "--locked",
            "--package",
            &package,
            "--bench",
            &bench,
        ]);
        process::run(&mut cargo)?;
    }
    Ok(())
}

fn ensure_runner(project: &Project, version: &str) -> Result<()> {
    let present = process::capture(project.command(RUNNER).arg("--version")).unwrap_or_default();
    if present.split_whitespace().last() == Some(version) {
        return Ok(());
    }
    println!("install   {RUNNER} {version}: runs the benchmarks under Valgrind");
    let mut cargo = project.cargo();
    process::run(cargo.args(["install", "--locked", RUNNER, "--version", version]))
}

/// The version of a package in the lock file.
fn locked_version(lock: &str, name: &str) -> Result<String> {
    let lock: Table = lock.parse().context("Cargo.lock is not TOML")?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let field = |package: &toml::Value, field: &str| Some(package.get(field)?.as_str()?.to_owned());
    let package = packages
        .into_iter()
        .flatten()
        .find(|package| field(package, "name").as_deref() == Some(name));
    package
        .and_then(|package| field(package, "version"))
        .with_context(|| format!("Cargo.lock has no {name}"))
}

/// Package and bench target of every benchmark that counts instructions.
fn instruction_benches(metadata: &Value) -> Vec<(String, String)> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut benches = Vec::new();
    for package in list(&metadata["packages"]) {
        if list(&package["dependencies"])
            .iter()
            .all(|used| used["name"] != LIBRARY)
        {
            continue;
        }
        for target in list(&package["targets"]) {
            if list(&target["kind"]).iter().any(|kind| kind == "bench") {
                benches.push((text(&package["name"]), text(&target["name"])));
            }
        }
    }
    benches
}

#[cfg(test)]
mod tests;
