//! The Python packages of the conformance client, in a venv of their own.

use std::path::PathBuf;

use anyhow::Result;

use crate::process;
use crate::project::Project;

const REQUIREMENTS: &str = "conformance/python-websockets/requirements.txt";

/// The interpreter that has the packages.
pub(crate) fn interpreter(project: &Project) -> PathBuf {
    project.path("target/xtask/python/bin/python")
}

/// Whether Python is there and can make a venv with pip in it.
pub(crate) fn can_make_venv(project: &Project) -> bool {
    process::succeeds(
        project
            .command("python3")
            .args(["-c", "import ensurepip, venv"]),
    )
}

/// Whether what is installed came from the requirements as they are.
pub(crate) fn is_installed(project: &Project) -> bool {
    let pinned = std::fs::read(project.path(REQUIREMENTS));
    let installed = std::fs::read(stamp(project));
    matches!((pinned, installed), (Ok(pinned), Ok(installed)) if pinned == installed)
}

/// Makes the venv anew and installs the requirements.
pub(crate) fn install(project: &Project) -> Result<()> {
    let venv = project.scratch("python")?;
    process::run(
        project
            .command("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&venv),
    )?;
    let mut pip = project.command(interpreter(project));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    process::run(pip.args(["--requirement", REQUIREMENTS]))?;
    std::fs::copy(project.path(REQUIREMENTS), stamp(project))?;
    Ok(())
}

fn stamp(project: &Project) -> PathBuf {
    project.path("target/xtask/python/installed-from.txt")
}
