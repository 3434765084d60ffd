//! Clients that were written by others, and our own in TypeScript, speak to the running binary: the
//! native protocol, or one of their own that the hub speaks too.
//!
//! The suites of others live in `conformance/`; each is a program that reads where the server is
//! from its environment, prints what it checked and ends with 0 when everything held.
//! `conformance/README.md` lists the variables.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::conform::rust_agent;
use crate::conform::server::Server;
use crate::process::{self, Guarded};
use crate::project::Project;
use crate::setup::npm;
use crate::setup::python::{self, Venv};
use crate::steps::Outcome;

/// Headless Chromium, Python websockets, Node ws, our TypeScript, the libraries of foreign
/// protocols, and Go's pprof against the running binary
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Just this suite: browser, python-websockets, node-ws, typescript, centrifuge-js,
    /// centrifuge-deltas, centrifuge-python, python-centrifugo-api, pusher-js, pusher-room,
    /// pusher-python, three-libraries, centrifuge-browser, webhooks, pprof, dialects-judge
    /// or dialects (may be given more than once)
    #[arg(long = "suite", value_name = "NAME", value_parser = SUITES.map(|suite| suite.name))]
    suites: Vec<String>,
    /// Test the release build
    #[arg(long)]
    release: bool,
    /// Keep what the suite dialects measures in docs/dialects.md
    #[arg(long)]
    write: bool,
}

/// One client.
struct Suite {
    /// What it is called here.
    name: &'static str,
    /// Where it is.
    folder: &'static str,
    /// The interpreter.
    interpreter: Interpreter,
    /// The script, in that folder.
    script: &'static str,
}

enum Interpreter {
    Node,
    Python(Venv),
    /// The script is the settings of the test runner, which finds the tests.
    Vitest,
    /// The script is the matrix, which starts servers and libraries by itself.
    Matrix,
}

/// Two families of topics remember and know who is there, of one subscribers choose by tags; one
/// allows deltas, and one keeps what was said last; others are as the server comes. Foreign
/// protocols are spoken; of two Pusher apps, one on the topics of all and one on its own.
const SETTINGS: &str = r#"
[centrifugo]
enabled = true
transports = [
    "websocket", "http_stream", "sse",
    "uni_websocket", "uni_http_stream", "uni_sse",
]
user_limited_channels = true
personal_channel = true
personal_channel_namespace = "personal"

[[namespaces]]
pattern = "chat/#"
presence = true
history.size = 1000
tags_filter = true

[[namespaces]]
pattern = "last/#"
retained = true

[[namespaces]]
pattern = "book/#"
deltas = true
history.size = 1000

[[namespaces]]
pattern = "orders/room/#"
read_presence = "user"
read_history = "user"
presence = true
history.size = 1000

[[pusher.apps]]
id = "1001"
key = "key-1"
secret = "conformance-app-secret-1"
public = ["orders/#", "cache-orders/#"]
client_events = true

[[pusher.apps]]
id = "1002"
key = "key-2"
secret = "conformance-app-secret-2"
scope = "second"
connections = 4
"#;

const SUITES: [Suite; 17] = [
    Suite {
        name: "node-ws",
        folder: "conformance/node-ws",
        interpreter: Interpreter::Node,
        script: "native.test.mjs",
    },
    Suite {
        name: "python-websockets",
        folder: "conformance/python-websockets",
        interpreter: Interpreter::Python(python::WEBSOCKETS),
        script: "native_test.py",
    },
    Suite {
        name: "python-centrifugo-api",
        folder: "conformance/python-centrifugo-api",
        interpreter: Interpreter::Python(python::WEBSOCKETS),
        script: "cent_test.py",
    },
    Suite {
        name: "browser",
        folder: "conformance/browser",
        interpreter: Interpreter::Node,
        script: "native.test.mjs",
    },
    Suite {
        name: "pusher-js",
        folder: "conformance/pusher-js",
        interpreter: Interpreter::Node,
        script: "pusher.test.mjs",
    },
    Suite {
        name: "pusher-room",
        folder: "conformance/pusher-js",
        interpreter: Interpreter::Node,
        script: "room.test.mjs",
    },
    Suite {
        name: "pusher-python",
        folder: "conformance/pusher-python",
        interpreter: Interpreter::Python(python::WEBSOCKETS),
        script: "pusher_test.py",
    },
    Suite {
        name: "three-libraries",
        folder: "conformance/three-libraries",
        interpreter: Interpreter::Node,
        script: "room.test.mjs",
    },
    Suite {
        name: "typescript",
        folder: "clients/typescript",
        interpreter: Interpreter::Vitest,
        script: "vitest.live.config.ts",
    },
    Suite {
        name: "centrifuge-js",
        folder: "conformance/centrifuge-js",
        interpreter: Interpreter::Node,
        script: "centrifuge.test.mjs",
    },
    Suite {
        name: "centrifuge-deltas",
        folder: "conformance/centrifuge-js",
        interpreter: Interpreter::Node,
        script: "deltas.test.mjs",
    },
    Suite {
        name: "centrifuge-browser",
        folder: "conformance/centrifuge-js",
        interpreter: Interpreter::Node,
        script: "browser.test.mjs",
    },
    Suite {
        name: "centrifuge-python",
        folder: "conformance/centrifuge-python",
        interpreter: Interpreter::Python(python::CENTRIFUGE),
        script: "centrifuge_test.py",
    },
    Suite {
        name: "webhooks",
        folder: "conformance/webhooks",
        interpreter: Interpreter::Node,
        script: "webhooks.test.mjs",
    },
    Suite {
        name: "pprof",
        folder: "conformance/pprof",
        interpreter: Interpreter::Node,
        script: "pprof.test.mjs",
    },
    Suite {
        name: "dialects-judge",
        folder: "conformance/dialects",
        interpreter: Interpreter::Node,
        script: "judge.test.mjs",
    },
    Suite {
        name: "dialects",
        folder: "conformance/dialects",
        interpreter: Interpreter::Matrix,
        script: "matrix.mjs",
    },
];

/// How long one suite may take.
const SUITE_TIME_MAX: Duration = Duration::from_mins(3);

/// Runs the chosen suites against one server, then stops the server and looks at how it ends.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let mut server = Server::start(project, "interop", SETTINGS, args.release)?;
    let mut failed = Vec::new();
    let chosen = SUITES.iter().filter(|suite| {
        args.suites.is_empty() || args.suites.iter().any(|name| name == suite.name)
    });
    let mut passed = 0_usize;
    for suite in chosen {
        println!("suite     {}", suite.name);
        match suite.run(project, &server, args.write) {
            Ok(()) => passed += 1,
            Err(error) => {
                println!("FAILED    {}: {error:#}", suite.name);
                failed.push(suite.name);
            }
        }
    }
    server.stop()?;
    println!("suites: {passed} passed, {} failed", failed.len());
    if !failed.is_empty() {
        bail!(
            "failed: {}; the server's log is {}",
            failed.join(", "),
            server.log().display()
        );
    }
    Ok(())
}

/// The step of `cargo xtask test`: against the development build, which the tests have built
/// already.
pub(crate) fn step(project: &Project) -> Result<Outcome> {
    run(
        project,
        &Args {
            suites: Vec::new(),
            release: false,
            write: false,
        },
    )?;
    Ok(Outcome::Passed)
}

impl Suite {
    fn run(&self, project: &Project, server: &Server, write: bool) -> Result<()> {
        let folder = project.path(self.folder);
        let mut command = match &self.interpreter {
            Interpreter::Python(venv) => project.command(venv.interpreter(project)),
            Interpreter::Node => {
                let mut node = project.command("node");
                // Without the flag, Node has no `EventSource`.
                node.args([
                    "--experimental-eventsource",
                    "--test",
                    "--test-reporter=spec",
                ]);
                node
            }
            Interpreter::Vitest => {
                let mut node = project.command("node");
                node.current_dir(&folder);
                node.args(["node_modules/vitest/vitest.mjs", "run", "--config"]);
                node
            }
            Interpreter::Matrix => matrix(project)?,
        };
        command.arg(folder.join(self.script));
        if write && matches!(self.interpreter, Interpreter::Matrix) {
            command.arg("--write");
        }
        command
            .envs(server.environment())
            .env("PYTHONDONTWRITEBYTECODE", "1");
        let start = command
            .spawn()
            .context("cannot start; `cargo xtask setup` installs it")?;
        match process::wait(&mut Guarded(start).0, SUITE_TIME_MAX)? {
            None => bail!("took longer than {} s", SUITE_TIME_MAX.as_secs()),
            Some(status) if !status.success() => bail!("ended with {status}"),
            Some(_) => Ok(()),
        }
    }
}

/// Node, with what runs each library of the matrix in its environment.
fn matrix(project: &Project) -> Result<Command> {
    npm::TYPESCRIPT.run(project, "build")?;
    let mut node = project.command("node");
    for (name, venv) in [
        ("WIREHUB_TEST_PYTHON", &python::WEBSOCKETS),
        ("WIREHUB_TEST_PYTHON_CENTRIFUGE", &python::CENTRIFUGE),
    ] {
        node.env(name, venv.interpreter(project));
    }
    let agent = rust_agent::build(project, "dialect_agent")?;
    node.env("WIREHUB_TEST_RUST_AGENT", agent);
    Ok(node)
}

#[cfg(test)]
mod tests;
