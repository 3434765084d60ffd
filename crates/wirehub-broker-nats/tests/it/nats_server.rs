//! A NATS server of a test's own.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

/// A server on a port and in a folder of its own, which ends with the test.
pub(crate) struct NatsServer {
    child: Child,
    pub(crate) port: u16,
    folder: TempDir,
    sync: Sync,
}

/// When a server has on disk what it answers.
#[derive(Clone, Copy)]
pub(crate) enum Sync {
    /// Sometime.
    Late,
    /// Before it answers.
    Always,
}

impl NatsServer {
    /// Starts a server whose configuration has these lines too.
    pub(crate) fn start(sync: Sync, lines: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        configure(&folder, sync, lines);
        let (child, port) = launch(&folder, -1);
        Self {
            child,
            port,
            folder,
            sync,
        }
    }

    /// Starts so many servers that are one cluster.
    pub(crate) fn cluster(count: usize) -> Vec<Self> {
        let free = || TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let listeners: Vec<TcpListener> = (0..count).map(|_| free()).collect();
        let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
        let ports: Vec<u16> = listeners.iter().map(port).collect();
        drop(listeners);
        let routes: Vec<String> = ports
            .iter()
            .map(|port| format!("nats://127.0.0.1:{port}"))
            .collect();
        let start = |port: &u16| {
            let lines = format!(
                "server_name: n{port}\ncluster {{ name: tests, listen: \"127.0.0.1:{port}\", \
                 routes: {routes:?} }}"
            );
            Self::start(Sync::Late, &lines)
        };
        ports.iter().map(start).collect()
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Kills it with `SIGKILL`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it anew, on the port and with the files it had.
    pub(crate) fn start_again(&mut self) {
        (self.child, _) = launch(&self.folder, i32::from(self.port));
    }

    /// Keeps a copy of what it has stored, while it does not run.
    pub(crate) fn keep_copy(&self) {
        copy(
            &self.folder.path().join("store"),
            &self.folder.path().join("copy"),
        );
    }

    /// Lets it have that copy for what it has stored.
    pub(crate) fn take_copy(&self) {
        fs::remove_dir_all(self.folder.path().join("store")).unwrap();
        copy(
            &self.folder.path().join("copy"),
            &self.folder.path().join("store"),
        );
    }

    /// Has it read other lines while it runs.
    pub(crate) fn reload(&self, lines: &str) {
        configure(&self.folder, self.sync, lines);
        let signal = format!("reload={}", self.child.id());
        let done = Command::new(program()).args(["--signal", &signal]).output();
        assert!(done.unwrap().status.success());
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.unwrap().success());
}

/// The server that `cargo xtask setup` installs.
fn program() -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    project.join("target/xtask/python-nats/bin/nats-server")
}

fn configure(folder: &TempDir, sync: Sync, lines: &str) {
    let store = folder.path().join("store");
    let sync = match sync {
        Sync::Late => "2m",
        Sync::Always => "always",
    };
    let text = format!("jetstream {{ store_dir: {store:?}, sync_interval: {sync} }}\n{lines}\n");
    fs::write(folder.path().join("nats.conf"), text).unwrap();
}

/// Starts a server and waits until it takes connections; -1 has it choose a port.
fn launch(folder: &TempDir, port: i32) -> (Child, u16) {
    let mut child = Command::new(program())
        .args(["--addr", "127.0.0.1", "--port", &port.to_string()])
        .arg("--config")
        .arg(folder.path().join("nats.conf"))
        .stderr(Stdio::piped())
        .spawn()
        .expect("nats-server has to be installed: `cargo xtask setup` does it");
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut port = None;
    let mut all = String::new();
    for line in lines.by_ref().map(Result::unwrap) {
        if let Some((_, place)) = line.split_once("Listening for client connections on ") {
            port = place.rsplit(':').next().and_then(|port| port.parse().ok());
        }
        if line.contains("Server is ready") {
            break;
        }
        all.push_str(&line);
        all.push('\n');
    }
    // What it says later goes nowhere, so that it never waits for a reader.
    std::thread::spawn(move || for _ in lines {});
    (
        child,
        port.unwrap_or_else(|| panic!("the server does not start: {all}")),
    )
}
