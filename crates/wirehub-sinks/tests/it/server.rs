//! A server of a test's own, which ends with it.

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

/// Attempts to find a port that nobody takes meanwhile.
const ATTEMPTS: usize = 20;

/// What is started, and how it is known to be ready.
type Launch = fn(port: u16, folder: &Path, options: &[String]) -> Option<Child>;

/// A server on a port and in a folder of its own.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    folder: TempDir,
    options: Vec<String>,
    launch: Launch,
}

impl Server {
    pub(crate) fn redis(options: &[&str]) -> Self {
        Self::start(redis, options)
    }

    pub(crate) fn nats(options: &[&str]) -> Self {
        Self::start(nats, options)
    }

    fn start(launch: Launch, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..ATTEMPTS {
            let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            let port = free.local_addr().unwrap().port();
            drop(free);
            let port_here = |option: &&str| option.replace("{port}", &port.to_string());
            let options: Vec<String> = options.iter().map(port_here).collect();
            if let Some(child) = launch(port, folder.path(), &options) {
                return Self {
                    child,
                    port,
                    folder,
                    options,
                    launch,
                };
            }
        }
        panic!("the server has found no free port");
    }

    /// Kills it with `SIGKILL`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it anew, on the port and with the files it had.
    pub(crate) fn start_again(&mut self) {
        self.child = (self.launch)(self.port, self.folder.path(), &self.options).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn redis(port: u16, folder: &Path, options: &[String]) -> Option<Child> {
    let mut child = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", ""])
        .args(["--appendonly", "yes", "--appendfsync", "always"])
        .args(["--port", &port.to_string()])
        .arg("--dir")
        .arg(folder)
        .args(options)
        .stdout(Stdio::piped())
        .spawn()
        .expect("redis-server has to be installed: `cargo xtask setup` does it");
    let said = child.stdout.take().unwrap();
    ready(child, said, "Ready to accept connections")
}

fn nats(port: u16, folder: &Path, options: &[String]) -> Option<Child> {
    let installed = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../target/xtask/python-nats/bin/nats-server"
    );
    let mut child = Command::new(installed)
        .args(["--addr", "127.0.0.1", "--port", &port.to_string()])
        .arg("--store_dir")
        .arg(folder)
        .args(options)
        .stderr(Stdio::piped())
        .spawn()
        .expect("nats-server has to be installed: `cargo xtask setup` does it");
    let said = child.stderr.take().unwrap();
    ready(child, said, "Server is ready")
}

/// Waits until a server says that it takes connections; `None` when it ends before.
fn ready(mut child: Child, said: impl Read + Send + 'static, words: &str) -> Option<Child> {
    let mut lines = BufReader::new(said).lines();
    if !lines.any(|line| line.unwrap().contains(words)) {
        child.wait().unwrap();
        return None;
    }
    // What it says later goes nowhere, so that it never waits for a reader.
    std::thread::spawn(move || for _ in lines {});
    Some(child)
}
