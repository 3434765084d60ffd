//! `cargo xtask check`: everything that can be said about the tree without running the product's
//! tests.

use std::process::Command;

use anyhow::{Result, bail};

use crate::project::Project;
use crate::setup::cargo_tool;
use crate::steps::{self, Outcome, Selection, Step};
use crate::{generate, process, tidy};

/// Format, lints, tidy, documentation, licences and generated files
///
/// Steps: fmt, tidy, clippy, doc, deny, advisories, generate. The quick ones come first.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    selection: Selection,
}

/// The steps, in the order in which they run.
pub(crate) const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        about: "cargo fmt --check",
        run: format,
    },
    Step {
        name: "tidy",
        about: "the house rules",
        run: house_rules,
    },
    Step {
        name: "clippy",
        about: "lints, warnings are errors",
        run: clippy,
    },
    Step {
        name: "doc",
        about: "documentation builds without warnings",
        run: documentation,
    },
    Step {
        name: "deny",
        about: "licences, duplicates and sources of dependencies",
        run: deny,
    },
    Step {
        name: "advisories",
        about: "known holes in dependencies",
        run: advisories,
    },
    Step {
        name: "generate",
        about: "generated documents are fresh",
        run: generated,
    },
];

/// The features of the program that a plain build leaves out.
pub(crate) const EVERYTHING: &str = "wirehub-cli/kafka";

/// Runs the chosen steps.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    steps::run(project, STEPS, &args.selection)
}

fn format(project: &Project) -> Result<Outcome> {
    process::run(project.cargo().args(["fmt", "--all", "--", "--check"]))?;
    Ok(Outcome::Passed)
}

fn house_rules(project: &Project) -> Result<Outcome> {
    tidy::run(project, &tidy::Args::default())?;
    Ok(Outcome::Passed)
}

fn clippy(project: &Project) -> Result<Outcome> {
    let mut cargo = project.cargo();
    cargo.args([
        "clippy",
        "--workspace",
        "--features",
        EVERYTHING,
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]);
    process::run(&mut cargo)?;
    Ok(Outcome::Passed)
}

fn documentation(project: &Project) -> Result<Outcome> {
    let mut cargo = project.cargo();
    cargo.args(["doc", "--workspace", "--no-deps", "--locked"]);
    cargo.args(["--features", EVERYTHING]);
    process::run(cargo.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::Passed)
}

fn deny(project: &Project) -> Result<Outcome> {
    process::run(cargo_deny(project)?.args(["check", "bans", "licenses", "sources"]))?;
    Ok(Outcome::Passed)
}

/// The advisory database is on a host that not every machine reaches. It is fetched by itself
/// first, so that "no database" and "an advisory was found" cannot be mistaken for each other.
fn advisories(project: &Project) -> Result<Outcome> {
    if !process::succeeds(cargo_deny(project)?.args(["fetch", "db"])) {
        let reason = "the advisory database cannot be fetched from this machine";
        return Ok(Outcome::Skipped(reason.to_owned()));
    }
    process::run(cargo_deny(project)?.args(["check", "--disable-fetch", "advisories"]))?;
    Ok(Outcome::Passed)
}

fn cargo_deny(project: &Project) -> Result<Command> {
    if !cargo_tool::DENY.is_installed(project) {
        bail!("cargo-deny is not installed; `cargo xtask setup` installs it");
    }
    let mut cargo = project.cargo();
    cargo.arg("deny");
    Ok(cargo)
}

fn generated(project: &Project) -> Result<Outcome> {
    generate::check(project)?;
    Ok(Outcome::Passed)
}
