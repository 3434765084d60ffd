//! One `wirehub serve` of the cluster.

use std::fs::OpenOptions;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::chaos::network::{Network, Place};
use crate::process::{self, Guarded};

/// How long it may take until both of its listeners accept.
const START_TIME_MAX: Duration = Duration::from_secs(30);
/// How long it may take to drain and end.
const STOP_TIME_MAX: Duration = Duration::from_secs(60);

/// Secrets of these runs only.
pub(crate) const SECRETS: [(&str, &str); 2] = [
    (
        "WIREHUB_AUTH__HMAC_SECRET",
        "chaos-only-secret-0123456789abcdef",
    ),
    ("WIREHUB_ADMIN__API_KEY", "chaos-only-key-0123456789abcdef"),
];

/// A node, which may run or not.
pub(crate) struct Node {
    network: Network,
    place: Place,
    program: PathBuf,
    /// Where its files are.
    folder: PathBuf,
    public: SocketAddr,
    admin: SocketAddr,
    child: Option<Guarded>,
}

impl Node {
    /// A node that does not run yet, with its settings.
    pub(crate) fn new(
        network: &Network,
        number: usize,
        program: PathBuf,
        folder: PathBuf,
        settings: &str,
    ) -> Result<Self> {
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("wirehub.toml"), settings)?;
        let place = Place::Node(number);
        Ok(Self {
            public: network.address(place, 8_000)?,
            admin: network.address(place, 8_001)?,
            network: network.clone(),
            place,
            program,
            folder,
            child: None,
        })
    }

    /// Where it is.
    pub(crate) const fn place(&self) -> Place {
        self.place
    }

    /// What clients connect to.
    pub(crate) fn url(&self) -> String {
        format!("ws://{}/ws", self.public)
    }

    /// Its admin interface.
    pub(crate) fn admin(&self) -> String {
        format!("http://{}", self.admin)
    }

    /// What it logs.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Starts it, for the first time or again, and waits until it is ready.
    pub(crate) fn start(&mut self) -> Result<()> {
        let ready = self.folder.join("ready.json");
        if ready.exists() {
            // Of one that was killed.
            std::fs::remove_file(&ready)?;
        }
        let mut log = OpenOptions::new();
        let log = log.create(true).append(true).open(self.log())?;
        let mut command = self.network.command(self.place, &self.program);
        command.args(["serve", "--shards", "2"]);
        command.args(["--listen", &self.public.to_string()]);
        command.args(["--admin-listen", &self.admin.to_string()]);
        command
            .arg("--config")
            .arg(self.folder.join("wirehub.toml"));
        command.arg("--ready-file").arg(&ready).envs(SECRETS);
        command.stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().context("cannot start a node")?;
        self.child = Some(Guarded(child));
        let deadline = Instant::now() + START_TIME_MAX;
        while !ready.exists() {
            if let Some(ended) = self.has_ended()? {
                bail!("{ended} before it was ready");
            }
            if Instant::now() > deadline {
                let (seconds, log) = (START_TIME_MAX.as_secs(), self.log());
                bail!("not ready after {seconds} s; see {}", log.display());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        drop(self.child.take());
    }

    /// Asks it to end, and waits until it has drained: it must end by itself, with 0.
    pub(crate) fn stop(&mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        process::terminate(&child.0)?;
        let log = self.log();
        match process::wait(&mut child.0, STOP_TIME_MAX)? {
            Some(status) if status.success() => Ok(()),
            Some(status) => bail!(
                "after SIGTERM it ended with {status}; see {}",
                log.display()
            ),
            None => bail!("it still ran after SIGTERM; see {}", log.display()),
        }
    }

    /// Says so when it runs no more although nobody ended it, or has panicked.
    pub(crate) fn trouble(&mut self) -> Result<Option<String>> {
        if let Some(ended) = self.has_ended()? {
            return Ok(Some(ended));
        }
        let said = std::fs::read_to_string(self.log()).unwrap_or_default();
        let panic = said.lines().find(|line| line.contains("panicked at"));
        Ok(panic.map(|line| format!("it panicked: {line}")))
    }

    /// `wirehub` with this node's admin interface, as the crowd reaches it.
    pub(crate) fn ask(&self, command: &str, arguments: &[&str]) -> Command {
        let mut wirehub = self.network.command(Place::Crowd, &self.program);
        wirehub.arg(command).args(arguments).envs(SECRETS);
        wirehub.args(["--admin", &self.admin()]);
        wirehub
    }

    fn has_ended(&mut self) -> Result<Option<String>> {
        let Some(child) = &mut self.child else {
            return Ok(None);
        };
        let status = child.0.try_wait()?;
        let log = self.log();
        Ok(status.map(|status| format!("it ended with {status}; see {}", log.display())))
    }
}
