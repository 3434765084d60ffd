//! Debian packages, installed as root or through sudo.

use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Result, bail};

use crate::process;
use crate::project::Project;

/// Installs one package, after refreshing the package lists once a run.
pub(crate) fn install(project: &Project, package: &str) -> Result<()> {
    static LISTS_ARE_FRESH: OnceLock<bool> = OnceLock::new();
    if !process::is_on_path("apt-get") {
        bail!("there is no apt-get on this machine");
    }
    if !is_root() && !can_sudo() {
        bail!("installing Debian's {package} needs root, or sudo without a password");
    }
    if !LISTS_ARE_FRESH.get_or_init(|| process::run(apt(project).arg("update")).is_ok()) {
        println!("          the package lists could not be refreshed; trying with the old ones");
    }
    process::run(apt(project).args(["install", "--yes", "--no-install-recommends", package]))
}

fn apt(project: &Project) -> Command {
    let mut command = if is_root() {
        project.command("apt-get")
    } else {
        let mut sudo = project.command("sudo");
        sudo.args(["--non-interactive", "apt-get"]);
        sudo
    };
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .arg("--quiet");
    command
}

fn is_root() -> bool {
    process::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn can_sudo() -> bool {
    process::is_on_path("sudo")
        && process::succeeds(Command::new("sudo").args(["--non-interactive", "true"]))
}
