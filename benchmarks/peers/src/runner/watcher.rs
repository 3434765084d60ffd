//! Somebody who reads a server's metrics while it is loaded.

use std::io::{self, Read, Write};
use std::net::{SocketAddrV4, TcpStream};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Fifteen times as often as the scrape configuration that ships.
const PERIOD: Duration = Duration::from_secs(1);
/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads until it is stopped.
#[derive(Debug)]
pub(super) struct Watcher {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl Watcher {
    /// Begins.
    ///
    /// # Errors
    /// When the server has no admin listener.
    pub(super) fn start(admin: Option<SocketAddrV4>, key: &'static str) -> io::Result<Self> {
        let admin = admin.ok_or_else(|| io::Error::other("the server has no admin listener"))?;
        let (stop, stopped) = mpsc::channel();
        let thread = thread::spawn(move || {
            loop {
                scrape(admin, key)?;
                if stopped.recv_timeout(PERIOD) != Err(RecvTimeoutError::Timeout) {
                    return Ok(());
                }
            }
        });
        Ok(Self { stop, thread })
    }

    /// Ends.
    ///
    /// # Errors
    /// When an answer was missing or wrong: then nobody watched.
    pub(super) fn stop(self) -> io::Result<()> {
        // A watcher that failed is gone, and says why below.
        let _ = self.stop.send(());
        let ended = self.thread.join();
        ended.map_err(|_| io::Error::other("the watcher panicked"))?
    }
}

fn scrape(admin: SocketAddrV4, key: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect(admin)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET /metrics HTTP/1.1\r\nhost: {admin}\r\nauthorization: Bearer {key}\r\n\
         connection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let is_good = answer.starts_with(b"HTTP/1.1 200 ");
    let answer = String::from_utf8_lossy(&answer);
    if is_good && answer.contains("wirehub_connections") {
        return Ok(());
    }
    let line = answer.lines().next().unwrap_or("nothing");
    Err(io::Error::other(format!("/metrics answered {line}")))
}
