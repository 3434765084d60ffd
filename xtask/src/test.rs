//! `cargo xtask test`: the one command that a newcomer and CI run.

use anyhow::Result;

use crate::conform::{autobahn, clients, console, interop};
use crate::project::Project;
use crate::setup::{cargo_tool, npm};
use crate::steps::{self, Outcome, Selection, Step};
use crate::{alerts, chaos, check, deploy, process, setup};

/// Set-up, checks, all tests, the quick conformance cases and the foreign clients
///
/// What CI runs. The first failing step ends it. Steps: setup; those of `cargo xtask check`; then
/// tests, doctests, alerts, deploy, typescript, autobahn, interop, clients, chaos, console.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    selection: Selection,
}

const STEPS: &[Step] = &[
    Step {
        name: "tests",
        about: "every test of the workspace",
        run: tests,
    },
    Step {
        name: "doctests",
        about: "every example in the documentation",
        run: doctests,
    },
    Step {
        name: "alerts",
        about: "the alert rules for Prometheus",
        run: alerts::step,
    },
    Step {
        name: "deploy",
        about: "manifests, the service unit and the image",
        run: deploy::step,
    },
    Step {
        name: "typescript",
        about: "the TypeScript client: lint, types, tests, size",
        run: typescript,
    },
    Step {
        name: "autobahn",
        about: "the quick WebSocket conformance cases",
        run: autobahn::quick,
    },
    Step {
        name: "interop",
        about: "browser, Python, Node and TypeScript clients",
        run: interop::step,
    },
    Step {
        name: "clients",
        about: "our own clients under every fault, and in a browser",
        run: clients::step,
    },
    Step {
        name: "chaos",
        about: "a node and the broker killed, and a rolling restart, under load",
        run: chaos::step,
    },
    Step {
        name: "console",
        about: "the console: lint, types, tests, size, and in a browser",
        run: console,
    },
];

/// Runs the chosen steps.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let setup = Step {
        name: "setup",
        about: "what the steps need",
        run: set_up,
    };
    let steps = [&[setup], check::STEPS, STEPS].concat();
    steps::run(project, &steps, &args.selection)
}

fn set_up(project: &Project) -> Result<Outcome> {
    setup::run(project, &setup::Args {})?;
    Ok(Outcome::Passed)
}

fn tests(project: &Project) -> Result<Outcome> {
    let mut cargo = project.cargo();
    if cargo_tool::NEXTEST.is_installed(project) {
        cargo.args([
            "nextest",
            "run",
            "--workspace",
            "--locked",
            "--no-fail-fast",
        ]);
    } else {
        println!("cargo-nextest is not installed: running `cargo test` in its place");
        cargo.args(["test", "--workspace", "--locked"]);
    }
    process::run(cargo.args(["--features", check::EVERYTHING]))?;
    Ok(Outcome::Passed)
}

fn doctests(project: &Project) -> Result<Outcome> {
    process::run(
        project
            .cargo()
            .args(["test", "--workspace", "--doc", "--locked"]),
    )?;
    Ok(Outcome::Passed)
}

fn typescript(project: &Project) -> Result<Outcome> {
    npm::TYPESCRIPT.run(project, "test")?;
    Ok(Outcome::Passed)
}

fn console(project: &Project) -> Result<Outcome> {
    npm::CONSOLE.run(project, "test")?;
    console::step(project)
}
