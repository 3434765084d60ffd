//! The program as a process that is killed and started again.

use std::{
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Longer than anything takes on a busy machine, so that a hang is a failure and not a wait.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) const API_KEY: &str = "an API key of the application";
const SECRET: &str = "a secret of at least thirty-two bytes";

/// A directory of one test, with the settings of its hub.
pub(crate) struct Home(PathBuf);

impl Home {
    pub(crate) fn new(test: &str, settings: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("wirehub.toml"), settings).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Everything that hubs in this directory logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.file("log")).unwrap()
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirehub"));
        command
            .env_clear()
            .args(arguments)
            .env("WIREHUB_AUTH__HMAC_SECRET", SECRET)
            .env("WIREHUB_ADMIN__API_KEY", API_KEY)
            .env("WIREHUB_BROKER__PATH", self.file("wirehub.redb"))
            .current_dir(&self.0);
        command
    }

    /// A token with which a user may do everything.
    pub(crate) fn token(&self, user: &str) -> String {
        let all = ["--subscribe", "#", "--publish", "#", "--history", "#"];
        let mut command = self.program(&["token", "--user", user]);
        let output = command.args(all).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Starts a hub and does not wait for it.
    pub(crate) fn begin(&self) -> Process {
        // The file of one that was killed is still there.
        let ready = self.file("ready.json");
        let _ = fs::remove_file(&ready);
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.file("log"));
        let ports = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
        let child = self
            .program(&["serve", "--shards", "2", "--config", "wirehub.toml"])
            .args(ports)
            .args(["--ready-file", "ready.json"])
            .stdout(File::create(self.file("stdout")).unwrap())
            .stderr(log.unwrap())
            .stdin(Stdio::null())
            .spawn();
        Process {
            child: child.unwrap(),
            ready,
        }
    }

    /// Starts a hub and waits until it accepts connections.
    pub(crate) fn start(&self) -> (Process, Addresses) {
        let mut process = self.begin();
        let addresses = within_deadline("the hub is ready", || {
            let ended = process.child.try_wait().unwrap();
            assert_eq!(ended, None, "the hub ended: {}", self.log());
            fs::read_to_string(&process.ready).ok()
        });
        (process, Addresses::parse(&addresses))
    }
}

/// A hub that runs, or is about to.
pub(crate) struct Process {
    child: Child,
    ready: PathBuf,
}

impl Process {
    /// Ends it as `kill -9` does, and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it in order.
    pub(crate) fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let ended = within_deadline("the hub ends", || self.child.try_wait().unwrap());
        assert_eq!(ended.code(), Some(0));
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where a hub can be reached.
#[derive(Clone)]
pub(crate) struct Addresses {
    pub(crate) public: String,
    pub(crate) admin: String,
}

impl Addresses {
    fn parse(ready: &str) -> Self {
        let ready: Value = serde_json::from_str(ready).unwrap();
        let address = |name| {
            let url = ready[name].as_str().unwrap();
            url.strip_prefix("http://").unwrap().to_owned()
        };
        Self {
            public: address("public"),
            admin: address("admin"),
        }
    }
}

/// Where clients find the hub at the moment, if it is there.
#[derive(Default)]
pub(crate) struct Whereabouts(Mutex<Option<Addresses>>);

impl Whereabouts {
    pub(crate) fn set(&self, addresses: Option<Addresses>) {
        *self.0.lock().unwrap() = addresses;
    }

    pub(crate) fn get(&self) -> Option<Addresses> {
        self.0.lock().unwrap().clone()
    }
}

/// Waits for something that has to come.
pub(crate) fn within_deadline<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(begun.elapsed() < DEADLINE, "{what}: not in time");
        std::thread::sleep(Duration::from_millis(2));
    }
}
