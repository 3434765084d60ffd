//! The program of a broker.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::Plant;
use crate::process::{self, Guarded};

/// How long it may take until it answers, reading its files included.
const START_TIME_MAX: Duration = Duration::from_secs(20);
/// How far back a server goes that is rolled back.
const BACK: Duration = Duration::from_secs(2);

/// A server of the run's own, which may run or not, and ends with it.
pub(super) struct Server {
    name: &'static str,
    log: PathBuf,
    child: Option<Guarded>,
}

impl Server {
    /// One that does not run yet, and logs into a folder.
    pub(super) fn new(name: &'static str, folder: &Path) -> Self {
        Self {
            name,
            log: folder.join("log"),
            child: None,
        }
    }

    /// Starts it, and waits until it answers, which may be seen by what it has said since.
    pub(super) fn start(
        &mut self,
        command: &mut Command,
        answers: impl Fn(&str) -> bool,
    ) -> Result<()> {
        let before = self.said().len();
        let child = command.stdout(self.open_log()?).stderr(self.open_log()?);
        let child = child.spawn().with_context(|| {
            let name = self.name;
            format!("{name} has to be installed: `cargo xtask setup` does it")
        })?;
        self.child = Some(Guarded(child));
        let deadline = Instant::now() + START_TIME_MAX;
        while !answers(self.said().get(before..).unwrap_or_default()) {
            let ended = self.running().map(Child::try_wait);
            if let Some(status) = ended.transpose()?.flatten() {
                bail!(
                    "{} ended with {status}; see {}",
                    self.name,
                    self.log.display()
                );
            }
            if Instant::now() > deadline {
                let (name, seconds) = (self.name, START_TIME_MAX.as_secs());
                bail!("{name} has not answered within {seconds} s");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Ends it as `kill -9` does.
    pub(super) fn kill(&mut self) {
        drop(self.child.take());
    }

    /// Ends it, with what is planted about what it keeps in its store.
    pub(super) fn kill_with(&mut self, plant: Option<Plant>, store: &Path) -> Result<()> {
        match plant {
            None => self.kill(),
            Some(Plant::RolledBackBroker) => self.roll_back(store)?,
            Some(Plant::ForgetfulBroker) => {
                self.kill();
                std::fs::remove_dir_all(store)?;
            }
        }
        Ok(())
    }

    /// Ends it, and puts what it had some time before in the place of what it has.
    fn roll_back(&mut self, store: &Path) -> Result<()> {
        let copy = store.with_extension("copy");
        self.while_halted(|| {
            let mut cp = Command::new("cp");
            process::capture(cp.arg("-a").args([store, &copy])).map(drop)
        })?;
        std::thread::sleep(BACK);
        self.kill();
        std::fs::remove_dir_all(store)?;
        Ok(std::fs::rename(copy, store)?)
    }

    /// Does something while it stands still, as if no time passed for it.
    fn while_halted(&mut self, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let child = self.running().context("it does not run")?;
        process::halt(child)?;
        let done = work();
        process::go_on(child)?;
        done
    }

    /// What it says, from all times that it ran.
    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn running(&mut self) -> Option<&mut Child> {
        self.child.as_mut().map(|child| &mut child.0)
    }

    fn open_log(&self) -> Result<File> {
        let mut options = OpenOptions::new();
        Ok(options.create(true).append(true).open(&self.log)?)
    }
}
