//! A Redis server of a test's own.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use redis::{Client, FromRedisValue, RedisResult, TlsCertificates};
use tempfile::TempDir;

/// Attempts to find a port that nobody takes meanwhile.
const ATTEMPTS: usize = 20;

/// A server on a port and in a folder of its own, which ends with the test.
pub(crate) struct RedisServer {
    child: Child,
    pub(crate) port: u16,
    folder: TempDir,
    options: Vec<String>,
    has_tls: bool,
    /// What a server that speaks TLS is asked with.
    certificates: Option<TlsCertificates>,
}

/// It forgets everything when it ends.
pub(crate) const FORGETFUL: &[&str] = &["--appendonly", "no"];
/// Whatever it answered is on disk.
pub(crate) const DURABLE: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];

impl RedisServer {
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::start_at(|port| {
            let options = options.iter().map(|option| (*option).to_owned());
            let first = ["--save", "", "--port"].map(str::to_owned).into_iter();
            first.chain([port.to_string()]).chain(options).collect()
        })
    }

    /// Starts a server whose options depend on its port.
    pub(crate) fn start_at(options: impl Fn(u16) -> Vec<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::start_in(folder, |_, port| options(port))
    }

    /// Starts a sentinel, which keeps what it knows in the file that it begins with.
    pub(crate) fn start_sentinel(file: &str) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), |folder, port| {
            let path = folder.path().join("sentinel.conf");
            fs::write(&path, format!("port {port}\n{file}")).unwrap();
            vec![path.to_str().unwrap().to_owned(), "--sentinel".to_owned()]
        })
    }

    fn start_in(folder: TempDir, options: impl Fn(&TempDir, u16) -> Vec<String>) -> Self {
        for _ in 0..ATTEMPTS {
            let port = free_port();
            let options = options(&folder, port);
            if let Some(child) = launch(&folder, &options) {
                let has_tls = options.iter().any(|option| option == "--tls-port");
                return Self {
                    child,
                    port,
                    folder,
                    options,
                    has_tls,
                    certificates: None,
                };
            }
        }
        panic!("the server has found no free port");
    }

    /// Has it asked with certificates.
    pub(crate) fn ask_with(&mut self, certificates: &TlsCertificates) {
        self.certificates = Some(certificates.clone());
    }

    pub(crate) fn place(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn url(&self) -> String {
        let scheme = if self.has_tls { "rediss" } else { "redis" };
        format!("{scheme}://{}", self.place())
    }

    /// Says something to it.
    pub(crate) fn ask<T: FromRedisValue>(&self, words: &[&str]) -> RedisResult<T> {
        let client = match &self.certificates {
            Some(certificates) => Client::build_with_tls(self.url(), certificates.clone())?,
            None => Client::open(self.url())?,
        };
        let mut connection = client.get_connection()?;
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query(&mut connection)
    }

    /// Kills it with `SIGKILL`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it anew, on the port and with the files it had.
    pub(crate) fn start_again(&mut self) {
        self.child = launch(&self.folder, &self.options).unwrap();
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

pub(crate) fn free_port() -> u16 {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    free.local_addr().unwrap().port()
}

/// Starts a server and waits until it takes connections; `None` when it ends before.
fn launch(folder: &TempDir, options: &[String]) -> Option<Child> {
    let mut child = Command::new("redis-server")
        .args(options)
        .args(["--bind", "127.0.0.1"])
        .arg("--dir")
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("redis-server has to be installed: `cargo xtask setup` does it");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let is_ready = lines.any(|line| {
        let line = line.unwrap();
        line.contains("Ready to accept connections") || line.contains("Sentinel ID is")
    });
    if !is_ready {
        child.wait().unwrap();
        return None;
    }
    // What it says later goes nowhere, so that it never waits for a reader.
    std::thread::spawn(move || for _ in lines {});
    Some(child)
}
