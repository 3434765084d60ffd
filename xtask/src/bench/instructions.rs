//! Counts instructions of the pure crates under Valgrind.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use toml::Table;

use super::counts::{self, Count};
use crate::process;
use crate::project::Project;

/// The library with which a bench target counts instructions; its runner is a program of its own
/// and must have the same version.
const LIBRARY: &str = "gungraun";
const RUNNER: &str = "gungraun-runner";

/// Runs every bench target that counts, and prints what was counted.
pub(super) fn run(project: &Project, write: bool) -> Result<()> {
    let version = ensure(project)?;
    let benches = instruction_benches(&project.metadata()?);
    if benches.is_empty() {
        bail!("no package has a bench target that counts instructions with {LIBRARY}");
    }
    let mut all = Vec::new();
    for (package, bench) in benches {
        println!("count     {package}, {bench}");
        all.extend(count(project, &package, &bench)?);
    }
    let table = counts::table(&all);
    println!("{table}");
    if write {
        let valgrind = process::capture(project.command("valgrind").arg("--version"))?;
        let rustc = process::capture(project.command("rustc").arg("--version"))?;
        let made = format!(
            "{}, commit {}, {}, {}, {LIBRARY} {version}",
            process::today()?,
            project.commit()?,
            rustc.trim(),
            valgrind.trim()
        );
        let page = counts::page(&table, &made);
        std::fs::write(project.path("benchmarks/instructions.md"), page)?;
        println!("wrote benchmarks/instructions.md");
    }
    Ok(())
}

/// Sees that what counts is there; returns its version.
pub(super) fn ensure(project: &Project) -> Result<String> {
    if !process::is_on_path("valgrind") {
        bail!("valgrind is not installed; `cargo xtask setup` installs it");
    }
    let lock = std::fs::read_to_string(project.path("Cargo.lock"))?;
    let version = locked_version(&lock, LIBRARY)?;
    ensure_runner(project, &version)?;
    Ok(version)
}

/// What one bench target counts.
pub(super) fn count(project: &Project, package: &str, bench: &str) -> Result<Vec<Count>> {
    let mut cargo = project.cargo();
    cargo.args(["bench", "--quiet", "--locked", "--package", package]);
    cargo.args(["--bench", bench, "--", "--output-format=json"]);
    let lines = process::capture(&mut cargo)?;
    let lines = lines.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| Count::read(package, line)).collect()
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
