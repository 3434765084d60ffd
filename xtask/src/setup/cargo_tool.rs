//! Cargo subcommands that are built from crates.

use std::process::Command;

use anyhow::Result;

use crate::process;
use crate::project::Project;

/// A Cargo subcommand that this project uses.
pub(crate) struct CargoTool {
    /// The package, `cargo-NAME`.
    pub(crate) package: &'static str,
    /// The subcommand, `NAME`.
    subcommand: &'static str,
    /// The version that is installed where there is none; any present one is used.
    version: &'static str,
}

/// Test runner.
pub(crate) const NEXTEST: CargoTool = CargoTool {
    package: "cargo-nextest",
    subcommand: "nextest",
    version: "0.9.143",
};

/// Licences, advisories, duplicate versions and sources of dependencies.
pub(crate) const DENY: CargoTool = CargoTool {
    package: "cargo-deny",
    subcommand: "deny",
    version: "0.20.2",
};

/// Coverage-guided fuzzing; needs a nightly compiler to run.
pub(crate) const FUZZ: CargoTool = CargoTool {
    package: "cargo-fuzz",
    subcommand: "fuzz",
    version: "0.13.2",
};

impl CargoTool {
    /// Whether Cargo finds the subcommand.
    pub(crate) fn is_installed(&self, project: &Project) -> bool {
        process::succeeds(project.cargo().args([self.subcommand, "--version"]))
    }

    /// Builds and installs it.
    pub(crate) fn install(&self, project: &Project) -> Result<()> {
        let mut cargo = project.cargo();
        cargo.args([
            "install",
            "--locked",
            self.package,
            "--version",
            self.version,
        ]);
        process::run(built_quickly(&mut cargo))
    }
}

/// Has Cargo build a tool whose own speed does not matter; the time to build it does.
pub(super) fn built_quickly(cargo: &mut Command) -> &mut Command {
    cargo
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
}
