//! What is shipped to run hubs with: manifests for Kubernetes, a unit for systemd, an image.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;
use crate::project::Project;
use crate::setup::python;
use crate::steps::Outcome;

/// Where the program is, wherever it is installed.
const INSTALLED: &str = "/usr/local/bin/wirehub";
/// What the hub needs of its surroundings, of a hundred: systemd's own count of what could be
/// taken from a service and was not, times ten.
const EXPOSURE: &str = "--threshold=15";

/// Holds each of them against schemas and rules that were not written here.
pub(crate) fn step(project: &Project) -> Result<Outcome> {
    let mut check = project.command(python::DEPLOY.interpreter(project));
    check.args(["conformance/deploy/check.py", "deploy/kubernetes"]);
    process::run(check.env("PYTHONDONTWRITEBYTECODE", "1"))?;
    let mut lint = project.command(python::DEPLOY.program(project, "hadolint"));
    process::run(lint.arg("deploy/docker/Dockerfile"))?;
    let program = program(project)?;
    settings(project, &program)?;
    unit(project, &program)?;
    image(project, &program)?;
    Ok(Outcome::Passed)
}

/// Builds the program, which the tests have done already.
fn program(project: &Project) -> Result<std::path::PathBuf> {
    let mut cargo = project.cargo();
    cargo.args([
        "build",
        "--locked",
        "--package",
        "wirehub-cli",
        "--bin",
        "wirehub",
    ]);
    process::run(&mut cargo)?;
    project.built("debug/wirehub")
}

/// The settings that pods get, with secrets such as they are given.
fn settings(project: &Project, program: &Path) -> Result<()> {
    let mut check = project.command(program);
    check.args(["config", "check", "deploy/kubernetes/base/wirehub.toml"]);
    check.env(
        "WIREHUB_AUTH__HMAC_SECRET",
        "0123456789abcdef0123456789abcdef",
    );
    check.env("WIREHUB_ADMIN__API_KEY", "0123456789abcdef");
    process::capture(&mut check).map(drop)
}

/// The unit, where there is a systemd that reads it.
fn unit(project: &Project, program: &Path) -> Result<()> {
    if !process::is_on_path("systemd-analyze") {
        println!("the unit of systemd is not checked: there is no systemd-analyze");
        return Ok(());
    }
    let unit = std::fs::read_to_string(project.path("deploy/systemd/wirehub.service"))?;
    let here = project.scratch("deploy")?.join("wirehub.service");
    // It looks whether the program is there.
    std::fs::write(
        &here,
        unit.replace(INSTALLED, &program.display().to_string()),
    )?;
    let mut verify = Command::new("systemd-analyze");
    process::run(verify.arg("verify").arg(&here))?;
    let mut security = Command::new("systemd-analyze");
    security.args(["security", "--offline=true", "--no-pager", EXPOSURE]);
    process::capture(security.arg(&here)).map(drop)
}

/// The root of the image, with nothing around what is in there. The image itself is built where
/// there is a daemon for that.
fn image(project: &Project, program: &Path) -> Result<()> {
    let root = project.scratch("deploy")?.join("image");
    if root.exists() {
        std::fs::remove_dir_all(&root).context("cannot remove the image of before")?;
    }
    let mut assemble = project.command("deploy/docker/assemble");
    process::run(assemble.arg(program).arg(&root))?;
    let id = process::capture(Command::new("id").arg("-u"))?;
    let mut within = match id.trim() {
        "0" => Command::new("chroot"),
        // In a namespace of its own anybody is root.
        _ => {
            let mut unshare = Command::new("unshare");
            unshare.args(["--map-root-user", "chroot"]);
            unshare
        }
    };
    let said = process::capture(within.arg(&root).args([INSTALLED, "config", "default"]))?;
    anyhow::ensure!(said.contains("[auth]"), "the image's program says:\n{said}");
    Ok(())
}
