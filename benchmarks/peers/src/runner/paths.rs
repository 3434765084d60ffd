//! Where the servers and the results are.

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
    pub(super) fn machine(&self) -> Machine {
        let programs = [
            ("bun", self.bun(), "--version"),
            ("sockudo", self.sockudo(), "--version"),
            ("node", "node".into(), "--version"),
            ("nginx", "/usr/sbin/nginx".into(), "-v"),
            ("nats", self.nats(), "--version"),
        ];
        Machine::look(&self.root, &programs)
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
    pub(super) fn results(&self) -> PathBuf {
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
