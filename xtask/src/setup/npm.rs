//! The npm packages of the conformance clients, exactly as locked.

use std::path::PathBuf;

use anyhow::Result;

use crate::process;
use crate::project::Project;

const FOLDER: &str = "conformance";
const LOCK: &str = "conformance/package-lock.json";

/// What playwright-core asks for.
const NODE_MIN: u32 = 20;

/// Whether there is a Node.js that is new enough.
pub(crate) fn has_node(project: &Project) -> bool {
    let version = process::capture(project.command("node").arg("--version"));
    version.is_ok_and(|version| major(&version).is_some_and(|major| major >= NODE_MIN))
}

/// Whether what is installed came from the lock file as it is.
pub(crate) fn is_installed(project: &Project) -> bool {
    let locked = std::fs::read(project.path(LOCK));
    let installed = std::fs::read(stamp(project));
    matches!((locked, installed), (Ok(locked), Ok(installed)) if locked == installed)
}

/// Installs from the lock file; no package's install script runs.
pub(crate) fn install(project: &Project) -> Result<()> {
    let mut npm = project.command("npm");
    npm.current_dir(project.path(FOLDER));
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    process::run(&mut npm)?;
    std::fs::copy(project.path(LOCK), stamp(project))?;
    Ok(())
}

/// A copy of the lock file inside what it installed, so that both go together.
fn stamp(project: &Project) -> PathBuf {
    project
        .path(FOLDER)
        .join("node_modules/.installed-from.json")
}

/// The first number of `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version
        .trim()
        .strip_prefix('v')?
        .split('.')
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests;
