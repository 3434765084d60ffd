//! A server process of one run: started on its core, awaited, stopped.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddrV4, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use serde::Deserialize;

use crate::measure::Core;

/// How long a server may take to listen.
const START: Duration = Duration::from_secs(15);
/// How long it may take to end before it is killed.
const STOP: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(20);

/// How a server tells that it listens, and where.
#[derive(Debug)]
pub(super) enum Ready {
    /// It prints `listening HOST:PORT`.
    Says,
    /// It writes a file with `{"public":"http://HOST:PORT","admin":…}`.
    Writes(PathBuf),
    /// It was told the address, and accepts connections there.
    Answers(SocketAddrV4),
}

/// A running server. It is stopped when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: SocketAddrV4,
    admin: Option<SocketAddrV4>,
    /// Kept open: a server whose output goes nowhere may be ended by writing to it.
    _output: Option<ChildStdout>,
}

#[derive(Deserialize)]
struct ReadyFile {
    public: String,
    admin: String,
}

/// Where a server listens.
struct Listens {
    address: SocketAddrV4,
    admin: Option<SocketAddrV4>,
    output: Option<ChildStdout>,
}

impl Listens {
    const fn at(address: SocketAddrV4) -> Self {
        Self {
            address,
            admin: None,
            output: None,
        }
    }
}

impl Server {
    /// Starts the server on its core, or on any, and waits until it listens.
    ///
    /// # Errors
    /// When it cannot be started, ends, or does not listen in time; with what it said.
    pub(super) fn start(
        mut command: Command,
        ready: &Ready,
        core: Option<Core>,
        log: &PathBuf,
    ) -> io::Result<Self> {
        if let Some(folder) = log.parent() {
            fs::create_dir_all(folder)?;
        }
        command.stdin(Stdio::null()).stderr(File::create(log)?);
        command.stdout(match ready {
            Ready::Says => Stdio::piped(),
            Ready::Writes(_) | Ready::Answers(_) => Stdio::null(),
        });
        let mut child = match core {
            Some(core) => spawn_on(core, command),
            None => command.spawn(),
        }?;
        match await_ready(&mut child, ready) {
            Ok(listens) => Ok(Self {
                child,
                address: listens.address,
                admin: listens.admin,
                _output: listens.output,
            }),
            Err(error) => {
                end(&mut child);
                let said = fs::read_to_string(log).unwrap_or_default();
                let last: Vec<&str> = said.lines().rev().take(3).collect();
                let last = last.into_iter().rev().collect::<Vec<_>>().join(" / ");
                Err(io::Error::other(format!("{error}; it said: {last}")))
            }
        }
    }

    pub(crate) fn address(&self) -> SocketAddrV4 {
        self.address
    }

    /// Where its metrics are.
    pub(super) fn admin(&self) -> Option<SocketAddrV4> {
        self.admin
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// A child process begins on the core of the thread that starts it, and so does every thread it
/// makes. Hence a thread of its own that is pinned first.
pub(super) fn spawn_on(core: Core, mut command: Command) -> io::Result<Child> {
    let spawner = thread::spawn(move || {
        core.pin_this_thread()?;
        command.spawn()
    });
    spawner
        .join()
        .map_err(|_| io::Error::other("the thread that starts a server panicked"))?
}

fn await_ready(child: &mut Child, ready: &Ready) -> io::Result<Listens> {
    match ready {
        Ready::Says => {
            let output = child
                .stdout
                .take()
                .ok_or_else(|| io::Error::other("no output"))?;
            let (address, output) = first_line(output)?;
            Ok(Listens {
                output: Some(output),
                ..Listens::at(address)
            })
        }
        Ready::Writes(file) => {
            let parse = || {
                let text = fs::read(file).ok()?;
                let ready: ReadyFile = serde_json::from_slice(&text).ok()?;
                Some(Listens {
                    admin: address_in(&ready.admin),
                    ..Listens::at(address_in(&ready.public)?)
                })
            };
            until(child, parse)
        }
        Ready::Answers(address) => {
            let probe = || TcpStream::connect(address).ok().map(|_| *address);
            until(child, probe).map(Listens::at)
        }
    }
}

/// Reads `listening HOST:PORT`. A thread reads, because a pipe has no timeout.
fn first_line(output: ChildStdout) -> io::Result<(SocketAddrV4, ChildStdout)> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(output);
        let mut line = String::new();
        let read = reader
            .read_line(&mut line)
            .map(|_| (line, reader.into_inner()));
        // Nobody listens any more when the server was too slow.
        let _ = send.send(read);
    });
    let late = |_| io::Error::other("the server did not listen in time");
    let (line, output) = receive.recv_timeout(START).map_err(late)??;
    let address = line.trim().strip_prefix("listening ").and_then(address_in);
    let address =
        address.ok_or_else(|| io::Error::other(format!("no address in {:?}", line.trim())))?;
    Ok((address, output))
}

fn until<T>(child: &mut Child, mut probe: impl FnMut() -> Option<T>) -> io::Result<T> {
    let deadline = Instant::now() + START;
    while Instant::now() < deadline {
        if let Some(found) = probe() {
            return Ok(found);
        }
        if let Some(status) = child.try_wait()? {
            return Err(io::Error::other(format!("the server ended: {status}")));
        }
        thread::sleep(POLL);
    }
    Err(io::Error::other("the server did not listen in time"))
}

/// Takes `http://HOST:PORT/`, or the part behind the scheme alone.
fn address_in(url: &str) -> Option<SocketAddrV4> {
    url.trim_start_matches("https://")
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .parse()
        .ok()
}

/// Asks first. A server that does not care is killed.
fn end(child: &mut Child) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid
        && matches!(child.try_wait(), Ok(None))
    {
        let _ = rustix::process::kill_process(pid, Signal::TERM);
    }
    let deadline = Instant::now() + STOP;
    while matches!(child.try_wait(), Ok(None)) {
        if Instant::now() > deadline {
            let _ = child.kill();
        }
        thread::sleep(POLL);
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::process::Command;

    use super::{Ready, Server, address_in};
    use crate::measure::Core;

    fn shell(script: &str, ready: &Ready, log: &str) -> std::io::Result<Server> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let folder = std::env::temp_dir().join(format!("wirehub-bench-{}", std::process::id()));
        Server::start(command, ready, Some(Core(0)), &folder.join(log))
    }

    #[test]
    fn a_server_is_read_pinned_and_stopped() {
        let script = "echo listening 127.0.0.1:7; exec sleep 60";
        let server = shell(script, &Ready::Says, "says").expect("starts");
        assert_eq!(server.address().port(), 7);
        let proc = PathBuf::from(format!("/proc/{}", server.pid()));
        let status = std::fs::read_to_string(proc.join("status")).expect("runs");
        assert!(status.contains("Cpus_allowed_list:\t0\n"), "{status}");
        drop(server);
        assert!(!proc.exists());
    }

    #[test]
    fn a_server_that_ends_is_reported_with_its_words() {
        let ready = Ready::Writes(PathBuf::from("/nonexistent/ready.json"));
        let error = shell("echo no config >&2; exit 2", &ready, "ends").expect_err("ended");
        let text = error.to_string();
        assert!(
            text.contains("no config") && text.contains("exit status: 2"),
            "{text}"
        );
    }

    #[test]
    fn addresses_are_read_with_and_without_the_scheme() {
        for text in [
            "http://127.0.0.1:8000",
            "http://127.0.0.1:8000/",
            "127.0.0.1:8000",
        ] {
            assert_eq!(address_in(text).map(|address| address.port()), Some(8000));
        }
        assert_eq!(address_in("nowhere"), None);
    }
}
