//! The program under test: the `echo` example of the `wirehub` crate.

use std::io::{BufRead, BufReader};
use std::process::{ChildStdout, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::{self, Guarded};
use crate::project::Project;

/// Which build is tested.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// With debug assertions and overflow checks.
    Development,
    /// As it ships.
    Release,
}

/// The running example; it ends with this value.
pub(crate) struct Echo {
    address: String,
    _child: Guarded,
}

impl Echo {
    /// Builds the example, starts it on a free port and waits until it says where it listens.
    pub(crate) fn start(project: &Project, profile: Profile) -> Result<Self> {
        let mut cargo = project.cargo();
        cargo.args([
            "build",
            "--locked",
            "--package",
            "wirehub",
            "--example",
            "echo",
        ]);
        let folder = match profile {
            Profile::Development => "debug",
            Profile::Release => {
                cargo.arg("--release");
                "release"
            }
        };
        process::run(&mut cargo)?;
        let mut example = project.command(project.built(&format!("{folder}/examples/echo"))?);
        example
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped());
        let mut child = Guarded(example.spawn().context("cannot start the echo example")?);
        let stdout = child
            .0
            .stdout
            .take()
            .context("the echo example has no output")?;
        let address = read_address(BufReader::new(stdout))?;
        println!("the echo example listens on {address}");
        Ok(Self {
            address,
            _child: child,
        })
    }

    /// Host and port, such as `127.0.0.1:40001`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

/// Reads lines until one holds an address, then leaves a thread behind that reads the rest: a full
/// pipe would stop the example.
fn read_address(mut stdout: BufReader<ChildStdout>) -> Result<String> {
    let mut line = String::new();
    loop {
        line.clear();
        if stdout.read_line(&mut line)? == 0 {
            bail!("the echo example ended before it said where it listens");
        }
        if let Some(address) = find_address(&line) {
            std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
            return Ok(address);
        }
    }
}

/// `127.0.0.1:PORT` anywhere in a line.
pub(crate) fn find_address(line: &str) -> Option<String> {
    let start = line.find("127.0.0.1:")?;
    let address: String = line
        .get(start..)?
        .chars()
        .take_while(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ':'))
        .collect();
    address
        .rsplit(':')
        .next()
        .is_some_and(|port| port.parse::<u16>().is_ok())
        .then_some(address)
}
