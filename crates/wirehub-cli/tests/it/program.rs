//! The program under test, with nothing of the tester's environment.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Longer than anything takes on a busy machine, so that a hang is a failure and not a wait.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) const SECRET: &str = "a secret of at least thirty-two bytes";

/// A directory of one test.
pub(crate) fn directory(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// The program with arguments and variables.
pub(crate) fn wirehub(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirehub"));
    command.env_clear().args(arguments);
    command.envs(variables.iter().copied());
    command
}

/// What a run of the program left.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    let output = wirehub(arguments, variables).output().unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A hub that serves on ports the kernel chose.
pub(crate) struct Serving {
    child: Child,
    log: BufReader<ChildStderr>,
    pub(crate) ready_file: PathBuf,
    pub(crate) public: String,
    pub(crate) admin: String,
}

impl Serving {
    /// Starts a hub and waits until it accepts connections.
    pub(crate) fn start(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let ready_file = directory.join("ready.json");
        let ports = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
        let mut command = wirehub(&["serve", "--shards", "1"], variables);
        command.args(ports).args(arguments);
        command.arg("--ready-file").arg(&ready_file);
        let output = fs::File::create(directory.join("stdout")).unwrap();
        let mut child = command
            .stdout(output)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());

        let ready = within_deadline(|| {
            assert_eq!(child.try_wait().unwrap(), None, "the hub ended");
            fs::read_to_string(&ready_file).ok()
        });
        let ready: Value = serde_json::from_str(&ready).unwrap();
        let address = |name| {
            let url = ready[name].as_str().unwrap();
            let (scheme, address) = url.split_once("://").unwrap();
            assert!(scheme.starts_with("http"), "{url}");
            address.to_owned()
        };
        Self {
            public: address("public"),
            admin: address("admin"),
            child,
            log,
            ready_file,
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Reads the log up to a line with a text. The end of the log fails the test.
    pub(crate) fn wait_for_log(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.log.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "the log ended without {text:?}");
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Waits for the end, and says with which code.
    pub(crate) fn exit_code(&mut self) -> Option<i32> {
        within_deadline(|| self.child.try_wait().unwrap()).code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a request's head to an address, and reads what comes back until the peer closes.
pub(crate) fn answer(address: &str, head: &str) -> String {
    let mut stream = request(address, head);
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// Asks for a WebSocket with a token; returns the status of the answer, and the stream behind it.
pub(crate) fn handshake(address: &str, token: &str) -> (String, TcpStream) {
    handshake_with(address, token, "")
}

/// The same with more headers, each with its line end.
pub(crate) fn handshake_with(address: &str, token: &str, headers: &str) -> (String, TcpStream) {
    let head = format!(
        "GET /ws?token={token} HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    );
    let mut stream = request(address, &head);
    let mut line = [0; 12];
    stream.read_exact(&mut line).unwrap();
    let line = String::from_utf8(line.to_vec()).unwrap();
    let status = line.strip_prefix("HTTP/1.1 ").unwrap();
    (status.to_owned(), stream)
}

/// Reads what a client is told until it is asked to move.
pub(crate) fn wait_for_reconnect(client: &mut TcpStream) {
    let (mut heard, mut bytes) = (Vec::new(), [0; 1024]);
    while !String::from_utf8_lossy(&heard).contains(r#""type":"reconnect""#) {
        let count = client.read(&mut bytes).unwrap();
        assert_ne!(count, 0, "it was hung up on");
        heard.extend_from_slice(&bytes[..count]);
    }
}

/// The answer to a request of the server API.
pub(crate) fn post(address: &str, path: &str, key: &str, body: &str) -> String {
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    answer(address, &request)
}

/// Sends a request's head to an address.
pub(crate) fn request(address: &str, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// Tries until something is there.
pub(crate) fn within_deadline<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(begun.elapsed() < DEADLINE, "took too long");
        std::thread::sleep(Duration::from_millis(10));
    }
}
