//! Where the servers and the results are.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::measure::Machine;

/// Places of the servers. Each has a place in the repository where it is looked for.
#[derive(Debug, Clone, Args)]
pub struct Paths {
    /// Root of the repository.
    #[arg(long, default_value_os_t = super::repository(), hide_default_value = true)]
    pub root: PathBuf,
    /// The Wirehub binary [default: target/release/wirehub].
    #[arg(long, value_name = "FILE")]
    pub wirehub: Option<PathBuf>,
    /// The binary that cannot look inside [default: target/blind/release/wirehub].
    #[arg(long, value_name = "FILE")]
    pub wirehub_blind: Option<PathBuf>,
    /// Wirehub's echo example [default: target/release/examples/echo].
    #[arg(long, value_name = "FILE")]
    pub wirehub_echo: Option<PathBuf>,
    /// Sockudo [default: the one that cargo put into target/bench/sockudo].
    #[arg(long = "sockudo", value_name = "FILE")]
    pub sockudo_binary: Option<PathBuf>,
    /// Bun [default: the one npm put into benchmarks/peers/bun].
    #[arg(long = "bun", value_name = "FILE")]
    pub bun_binary: Option<PathBuf>,
}

impl Paths {
    /// The binary of Bun.
    pub fn bun(&self) -> PathBuf {
        self.choose(
            self.bun_binary.as_deref(),
            "benchmarks/peers/bun/node_modules/.bin/bun",
        )
    }

    /// The machine, with the versions of what is measured.
    pub(crate) fn machine(&self) -> Machine {
        let programs = [
            ("bun", self.bun(), "--version"),
            ("sockudo", self.sockudo(), "--version"),
            ("node", "node".into(), "--version"),
            ("nginx", "/usr/sbin/nginx".into(), "-v"),
            ("nats", self.nats(), "--version"),
            ("redis", "redis-server".into(), "--version"),
        ];
        let mut machine = Machine::look(&self.root, &programs);
        for package in ["ws", "socket.io"] {
            let manifest = self.node_packages().join(package).join("package.json");
            machine
                .versions
                .insert(package.to_owned(), npm_version(&manifest));
        }
        let lock = self.root.join("benchmarks/peers/axum/Cargo.lock");
        let axum = locked_version(&fs::read_to_string(lock).unwrap_or_default(), "axum");
        machine.versions.insert("axum".to_owned(), axum);
        machine
    }

    pub(super) fn sockudo(&self) -> PathBuf {
        self.choose(
            self.sockudo_binary.as_deref(),
            "target/bench/sockudo/bin/sockudo",
        )
    }

    /// What npm put beside the servers on Node.js.
    pub(super) fn node_packages(&self) -> PathBuf {
        self.root.join("benchmarks/peers/node/node_modules")
    }

    pub(super) fn node_script(&self, name: &str) -> PathBuf {
        self.root.join("benchmarks/peers/node").join(name)
    }

    pub(super) fn axum(&self) -> PathBuf {
        self.root
            .join("target/bench/axum/release/wirehub-bench-axum")
    }

    pub(super) fn nats(&self) -> PathBuf {
        self.root.join("target/xtask/python-nats/bin/nats-server")
    }

    pub(super) fn bun_script(&self) -> PathBuf {
        self.root.join("benchmarks/peers/bun/server.js")
    }

    pub(super) fn wirehub(&self) -> PathBuf {
        self.choose(self.wirehub.as_deref(), "target/release/wirehub")
    }

    pub(super) fn wirehub_blind(&self) -> PathBuf {
        let usual = "target/blind/release/wirehub";
        self.choose(self.wirehub_blind.as_deref(), usual)
    }

    pub(super) fn wirehub_echo(&self) -> PathBuf {
        self.choose(self.wirehub_echo.as_deref(), "target/release/examples/echo")
    }

    /// Settings of the hub while it is measured.
    pub(super) fn settings(&self, name: &str) -> PathBuf {
        self.root.join("benchmarks/peers").join(name)
    }

    /// The folder of the published results.
    pub(crate) fn results(&self) -> PathBuf {
        self.root.join("benchmarks")
    }

    /// A folder for what servers say while they run.
    pub(super) fn logs(&self) -> PathBuf {
        self.root.join("target/bench")
    }

    fn choose(&self, given: Option<&Path>, usual: &str) -> PathBuf {
        given.map_or_else(|| self.root.join(usual), Path::to_path_buf)
    }
}

/// What a package that npm installed calls its version.
fn npm_version(manifest: &Path) -> String {
    let text = fs::read_to_string(manifest).unwrap_or_default();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    manifest["version"].as_str().unwrap_or("unknown").to_owned()
}

/// The version of a package in a `Cargo.lock`, where it follows the name.
fn locked_version(lock: &str, package: &str) -> String {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    let version = lines
        .next()
        .and_then(|line| line.strip_prefix("version = "));
    version
        .map_or("unknown", |version| version.trim_matches('"'))
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    #[test]
    fn a_locked_version_follows_its_name() {
        let lock = "[[package]]\nname = \"axum-core\"\nversion = \"0.5.6\"\n\n\
                    [[package]]\nname = \"axum\"\nversion = \"0.8.9\"\n";
        assert_eq!(locked_version(lock, "axum"), "0.8.9");
        assert_eq!(locked_version(lock, "tokio"), "unknown");
    }
}
