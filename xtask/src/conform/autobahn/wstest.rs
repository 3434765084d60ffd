//! The suite's own program, `wstest`: installing it and running it.
//!
//! It is Python 2.7 code with old dependencies, so it lives in an environment of its own under
//! `target/`.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::report::Report;
use crate::process::{self, Guarded};
use crate::project::Project;

/// The suite, as pip knows it.
pub(crate) const SUITE: &str = "autobahntestsuite==25.10.1";

/// The last versions that run on Python 2.7 and work together.
const DEPENDENCIES: &[&str] = &[
    "setuptools==44.0.0",
    "txaio==2.1.0",
    "incremental==16.10.1",
    "cryptography==3.3.2",
    "pyOpenSSL==19.1.0",
    "Twisted==19.10.0",
    "zope.interface==4.6.0",
    "jinja2==2.11.3",
    "markupsafe==1.1.1",
    "Werkzeug==1.0.1",
    "klein==17.10.0",
    "service_identity==18.1.0",
    "unittest2==1.1.0",
    "six==1.16.0",
    "autobahn[twisted]==0.10.9",
];

/// Whether the suite is ready to run.
pub(crate) fn is_installed(project: &Project) -> bool {
    let installed = std::fs::read_to_string(stamp(project));
    installed.is_ok_and(|installed| installed == SUITE)
}

/// Whether it is installed, or there is a Python that it can be installed with.
pub(crate) fn can_be_installed(project: &Project) -> bool {
    is_installed(project) || python(project).is_some()
}

/// Installs the suite from PyPI, in an environment of its own.
pub(crate) fn install(project: &Project) -> Result<()> {
    let python =
        python(project).context("there is no CPython 2.7 (looked for pyenv's and PATH's)")?;
    let folder = project.scratch("autobahn")?;
    let bootstrap = folder.join("bootstrap");
    let mut outer = pip(project.command(&python));
    process::run(
        outer
            .arg("--target")
            .arg(&bootstrap)
            .args(["--upgrade", "virtualenv<20.22"]),
    )?;
    let mut virtualenv = project.command(&python);
    virtualenv
        .env("PYTHONPATH", &bootstrap)
        .args(["-m", "virtualenv", "-q", "--no-download"]);
    process::run(virtualenv.arg("--clear").arg(environment(project)))?;
    let inner = environment(project).join("bin/python");
    process::run(pip(project.command(&inner)).args(DEPENDENCIES))?;
    process::run(pip(project.command(&inner)).args(["--no-deps", SUITE]))?;
    std::fs::write(stamp(project), SUITE)?;
    Ok(())
}

/// Runs some cases against a server and reads the report. `wstest` ends with 0 whatever it found.
pub(crate) fn run(
    project: &Project,
    address: &str,
    group: usize,
    cases: &[String],
    limit: Duration,
) -> Result<Report> {
    let folder = project.scratch("autobahn")?.join(format!("group-{group}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let specification = json!({
        "outdir": "report",
        "servers": [{"agent": "wirehub", "url": format!("ws://{address}")}],
        "cases": cases,
        "exclude-cases": [],
        "exclude-agent-cases": {},
    });
    std::fs::write(folder.join("cases.json"), specification.to_string())?;
    let output = std::fs::File::create(folder.join("wstest.log"))?;
    let mut wstest = project.command(environment(project).join("bin/wstest"));
    wstest
        .current_dir(&folder)
        .args(["-m", "fuzzingclient", "-s", "cases.json"]);
    wstest
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output);
    let mut child = Guarded(wstest.spawn().context("cannot start wstest")?);
    if process::wait(&mut child.0, limit)?.is_none() {
        bail!(
            "wstest took longer than {} minutes for {}",
            limit.as_secs() / 60,
            cases.join(" ")
        );
    }
    let index = folder.join("report/index.json");
    let index = std::fs::read_to_string(&index).with_context(|| {
        format!(
            "wstest wrote no report; see {}/wstest.log",
            folder.display()
        )
    })?;
    Report::read(&index)
}

/// CPython 2.7 of pyenv, whichever patch version, or else of `PATH`.
fn python(project: &Project) -> Option<PathBuf> {
    let listed = process::capture(project.command("pyenv").args(["versions", "--bare"]));
    let versions = listed.unwrap_or_default();
    let version = versions
        .lines()
        .map(str::trim)
        .find(|version| version.starts_with("2.7"));
    if let Some(version) = version
        && let Ok(prefix) = process::capture(project.command("pyenv").args(["prefix", version]))
    {
        return Some(PathBuf::from(prefix.trim()).join("bin/python"));
    }
    process::is_on_path("python2.7").then(|| PathBuf::from("python2.7"))
}

fn pip(mut python: Command) -> Command {
    python.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    // Old pip warns with each call that Python 2.7 has reached its end, which everybody knows.
    python.env("PYTHONWARNINGS", "ignore");
    python
}

fn environment(project: &Project) -> PathBuf {
    project.path("target/xtask/autobahn/environment")
}

fn stamp(project: &Project) -> PathBuf {
    environment(project).join("installed")
}
