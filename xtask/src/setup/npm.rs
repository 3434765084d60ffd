//! npm packages, exactly as locked.

use std::path::PathBuf;

use anyhow::Result;

use crate::process;
use crate::project::Project;

/// A folder with a lock file.
pub(crate) struct Packages(&'static str);

/// What the foreign clients use.
pub(crate) const CONFORMANCE: Packages = Packages("conformance");
/// What the page with three libraries loads.
pub(crate) const THREE_LIBRARIES: Packages = Packages("examples/three-libraries");
/// What our TypeScript client is built and tested with.
pub(crate) const TYPESCRIPT: Packages = Packages("clients/typescript");
/// What the console is made of, and built and tested with.
pub(crate) const CONSOLE: Packages = Packages("console");

/// What playwright-core asks for.
const NODE_MIN: u32 = 20;

/// Whether there is a Node.js that is new enough.
pub(crate) fn has_node(project: &Project) -> bool {
    let version = process::capture(project.command("node").arg("--version"));
    version.is_ok_and(|version| major(&version).is_some_and(|major| major >= NODE_MIN))
}

impl Packages {
    /// Whether what is installed came from the lock file as it is.
    pub(crate) fn are_installed(&self, project: &Project) -> bool {
        let locked = std::fs::read(self.lock(project));
        let installed = std::fs::read(self.stamp(project));
        matches!((locked, installed), (Ok(locked), Ok(installed)) if locked == installed)
    }

    /// Installs from the lock file; no package's install script runs.
    pub(crate) fn install(&self, project: &Project) -> Result<()> {
        let mut npm = project.command("npm");
        npm.current_dir(project.path(self.0));
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        process::run(&mut npm)?;
        std::fs::copy(self.lock(project), self.stamp(project))?;
        Ok(())
    }

    /// Runs a script of its package.json, after installing what that needs.
    pub(crate) fn run(&self, project: &Project, script: &str) -> Result<()> {
        if !self.are_installed(project) {
            self.install(project)?;
        }
        let mut npm = project.command("npm");
        npm.current_dir(project.path(self.0));
        process::run(npm.args(["run", "--silent", script]))
    }

    fn lock(&self, project: &Project) -> PathBuf {
        project.path(self.0).join("package-lock.json")
    }

    /// A copy of the lock file inside what it installed, so that both go together.
    fn stamp(&self, project: &Project) -> PathBuf {
        project
            .path(self.0)
            .join("node_modules/.installed-from.json")
    }
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
