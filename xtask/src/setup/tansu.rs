//! Tansu with a file of its own, which outlives it. The one in the package keeps all in memory.
//!
//! It takes minutes to build, and only `cargo xtask chaos --broker kafka` needs it, so set-up does
//! without and the first such run builds it.

use std::path::PathBuf;

use anyhow::Result;

use super::cargo_tool::built_quickly;
use crate::process;
use crate::project::Project;

const VERSION: &str = "0.6.0";

/// Where the program is once it is installed.
pub(crate) fn program(project: &Project) -> PathBuf {
    project.path("target/xtask/tansu/bin/tansu")
}

/// Builds it when it is not there.
pub(crate) fn install(project: &Project) -> Result<()> {
    if program(project).exists() {
        return Ok(());
    }
    println!("install   Tansu: a server of Kafka's protocol that keeps its records in a file");
    let mut cargo = project.cargo();
    cargo.args(["install", "--locked", "tansu", "--version", VERSION]);
    cargo.args(["--no-default-features", "--features", "libsql", "--root"]);
    cargo.arg(project.scratch("tansu")?);
    process::run(built_quickly(&mut cargo))
}
