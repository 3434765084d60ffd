//! A Redis server of a test's own.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

/// Attempts to find a port that nobody takes meanwhile.
const ATTEMPTS: usize = 20;

/// A server on a port and in a folder of its own, which ends with the test.
pub(crate) struct RedisServer {
    child: Child,
    pub(crate) port: u16,
    folder: TempDir,
    options: &'static [&'static str],
}

/// It forgets everything when it ends.
pub(crate) const FORGETFUL: &[&str] = &["--appendonly", "no"];
/// Whatever it answered is on disk.
pub(crate) const DURABLE: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];

impl RedisServer {
    pub(crate) fn start(options: &'static [&'static str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..ATTEMPTS {
            let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            let port = free.local_addr().unwrap().port();
            drop(free);
            if let Some(child) = launch(port, &folder, options) {
                return Self {
                    child,
                    port,
                    folder,
                    options,
                };
            }
        }
        panic!("the server has found no free port");
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills it with `SIGKILL`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it anew, on the port and with the files it had.
    pub(crate) fn start_again(&mut self) {
        self.child = launch(self.port, &self.folder, self.options).unwrap();
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Starts a server and waits until it takes connections; `None` when it ends before.
fn launch(port: u16, folder: &TempDir, options: &[&str]) -> Option<Child> {
    let mut child = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", ""])
        .args(["--port", &port.to_string()])
        .arg("--dir")
        .arg(folder.path())
        .args(options)
        .stdout(Stdio::piped())
        .spawn()
        .expect("redis-server has to be installed: `cargo xtask setup` does it");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let is_ready = lines.any(|line| line.unwrap().contains("Ready to accept connections"));
    if !is_ready {
        child.wait().unwrap();
        return None;
    }
    // What it says later goes nowhere, so that it never waits for a reader.
    std::thread::spawn(move || for _ in lines {});
    Some(child)
}
