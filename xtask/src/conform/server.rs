//! The binary under test, started the way an operator starts it.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{self, Guarded};
use crate::project::Project;

/// Secrets of this test only; long enough to be accepted as real ones.
const SECRETS: [(&str, &str); 2] = [
    (
        "WIREHUB_AUTH__HMAC_SECRET",
        "conformance-only-secret-0123456789abcdef",
    ),
    (
        "WIREHUB_ADMIN__API_KEY",
        "conformance-only-key-0123456789abcdef",
    ),
];

/// What the token of the suites allows; anything else is forbidden to them.
const FILTER: &str = "orders/#";

/// How long the binary may take until both listeners accept.
const START_TIME_MAX: Duration = Duration::from_secs(30);

/// How long it may take to drain and end.
const STOP_TIME_MAX: Duration = Duration::from_secs(30);

/// A running `wirehub serve` on free ports; killed with this value at the latest.
pub(crate) struct Server {
    child: Guarded,
    log: PathBuf,
    environment: Vec<(&'static str, String)>,
}

impl Server {
    /// Builds the binary, and starts it.
    pub(crate) fn start(
        project: &Project,
        name: &str,
        settings_text: &str,
        release: bool,
    ) -> Result<Self> {
        Self::of(project, &build(project, release)?, name, settings_text)
    }

    /// Starts a binary with settings, waits until it is ready and makes a token. Its files are in
    /// the scratch folder `name`.
    pub(crate) fn of(
        project: &Project,
        binary: &Path,
        name: &str,
        settings_text: &str,
    ) -> Result<Self> {
        let folder = project.scratch(name)?;
        let (ready, log) = (folder.join("ready.json"), folder.join("server.log"));
        let settings = folder.join("wirehub.toml");
        let page_port = free_port()?;
        std::fs::write(&settings, with_page(settings_text, page_port))?;
        if ready.exists() {
            std::fs::remove_file(&ready)?;
        }
        let output = File::create(&log)?;
        let mut command = wirehub(project, binary);
        command
            .arg("serve")
            .arg("--config")
            .arg(&settings)
            .arg("--ready-file")
            .arg(&ready);
        command.args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
        command.stdout(output.try_clone()?).stderr(output);
        let mut child = Guarded(command.spawn().context("cannot start the binary")?);
        let addresses = wait_until_ready(&mut child, &ready, &log)?;
        let token = process::capture(wirehub(project, binary).args(token_arguments()))?;
        let environment = environment(&addresses, page_port, token.trim(), binary)?;
        println!("the server is ready: {addresses}");
        Ok(Self {
            child,
            log,
            environment,
        })
    }

    /// The variables that the suites read.
    pub(crate) fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        self.environment
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
    }

    /// One of them.
    pub(crate) fn variable(&self, name: &str) -> Result<&str> {
        let mut variables = self.environment();
        let found = variables.find(|(known, _)| *known == name);
        let (_, value) = found.with_context(|| format!("the server has no {name}"))?;
        Ok(value)
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.0.id()
    }

    /// Where the server's output is.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Asks it to stop: it must drain and end with 0 by itself.
    pub(crate) fn stop(&mut self) -> Result<()> {
        if let Some(status) = self.child.0.try_wait()? {
            bail!(
                "the server ended by itself with {status}; see {}",
                self.log.display()
            );
        }
        process::terminate(&self.child.0)?;
        match process::wait(&mut self.child.0, STOP_TIME_MAX)? {
            Some(status) if status.success() => Ok(()),
            Some(status) => bail!("after SIGTERM the server ended with {status}, not with 0"),
            None => bail!(
                "the server still ran {} s after SIGTERM",
                STOP_TIME_MAX.as_secs()
            ),
        }
    }
}

/// Builds the binary.
pub(crate) fn build(project: &Project, release: bool) -> Result<PathBuf> {
    let mut cargo = project.cargo();
    cargo.args([
        "build",
        "--locked",
        "--package",
        "wirehub-cli",
        "--bin",
        "wirehub",
    ]);
    if release {
        cargo.arg("--release");
    }
    process::run(&mut cargo)?;
    project.built(if release {
        "release/wirehub"
    } else {
        "debug/wirehub"
    })
}

fn wirehub(project: &Project, binary: &Path) -> Command {
    let mut command = project.command(binary);
    command.envs(SECRETS);
    command
}

/// Valid for longer than the longest run.
fn token_arguments() -> [&'static str; 9] {
    [
        "token",
        "--ttl",
        "7d",
        "--user",
        "u1",
        "--subscribe",
        FILTER,
        "--publish",
        FILTER,
    ]
}

/// The page of a browser suite is served on a port that is known before the server starts, because
/// its origin must be allowed there.
fn with_page(settings: &str, page_port: u16) -> String {
    format!("{settings}\n[auth]\nallowed_origins = [\"http://127.0.0.1:{page_port}\"]\n")
}

/// Another program could take the port before the page does; then the suite fails and says so.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// The file appears, whole, when both listeners accept.
fn wait_until_ready(child: &mut Guarded, ready: &Path, log: &Path) -> Result<Value> {
    let deadline = Instant::now() + START_TIME_MAX;
    while Instant::now() < deadline {
        if let Ok(text) = std::fs::read_to_string(ready) {
            return serde_json::from_str(&text).context("the ready file is not JSON");
        }
        if let Some(status) = child.0.try_wait()? {
            let said = std::fs::read_to_string(log).unwrap_or_default();
            bail!("the server ended with {status} before it was ready:\n{said}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    bail!(
        "the server was not ready after {} s; see {}",
        START_TIME_MAX.as_secs(),
        log.display()
    )
}

fn environment(
    addresses: &Value,
    page_port: u16,
    token: &str,
    binary: &Path,
) -> Result<Vec<(&'static str, String)>> {
    let address = |name: &str| {
        let address = addresses[name].as_str();
        address.with_context(|| format!("the ready file has no `{name}` address"))
    };
    let public = address("public")?;
    Ok(vec![
        (
            "WIREHUB_TEST_URL",
            format!("{}/ws", public.replacen("http", "ws", 1)),
        ),
        ("WIREHUB_TEST_PUBLIC", public.to_owned()),
        ("WIREHUB_TEST_ADMIN", address("admin")?.to_owned()),
        ("WIREHUB_TEST_API_KEY", SECRETS[1].1.to_owned()),
        ("WIREHUB_TEST_SECRET", SECRETS[0].1.to_owned()),
        ("WIREHUB_TEST_TOKEN", token.to_owned()),
        ("WIREHUB_TEST_BINARY", binary.display().to_string()),
        ("WIREHUB_TEST_PAGE_PORT", page_port.to_string()),
    ])
}

#[cfg(test)]
mod tests;
