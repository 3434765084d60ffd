//! Programs around the Rust client that do what a judge in `conformance/` tells them.

use std::path::PathBuf;

use anyhow::Result;

use crate::process;
use crate::project::Project;

/// Builds an example of the Rust client.
pub(crate) fn build(project: &Project, example: &str) -> Result<PathBuf> {
    let mut cargo = project.cargo();
    cargo.args(["build", "--locked", "--package", "wirehub-client"]);
    process::run(cargo.args(["--example", example]))?;
    project.built(&format!("debug/examples/{example}"))
}
