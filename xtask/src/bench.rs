//! `cargo xtask bench`: instruction counts of the pure crates, counts of a broadcast storm and of
//! deltas, ratios against peers and a bare loop, what remembering costs, and how clients come back.

mod clients;
mod conflation;
mod connections;
mod counts;
mod deltas;
mod instructions;
mod store;

use anyhow::{Result, bail};
use clap::Subcommand;

use crate::process;
use crate::project::Project;
use crate::setup::python;

/// Benchmarks: instruction counts, a broadcast storm, ratios against peers, what remembering costs
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Count instructions of decode, encode and fan-out under Valgrind
    ///
    /// The same binary and input give the same count, whatever else the machine does.
    Instructions {
        /// Store the counts in benchmarks/instructions.md
        #[arg(long)]
        write: bool,
    },
    /// Count frames and bytes of a broadcast storm, with windows and paces and without
    ///
    /// The counts are the same on every machine.
    Conflation {
        /// Store the counts in benchmarks/conflation.md
        #[arg(long)]
        write: bool,
    },
    /// Count bytes and instructions of an order book that moves, in deltas and whole
    ///
    /// The counts are the same on every machine.
    Deltas {
        /// Store the counts in benchmarks/deltas.md
        #[arg(long)]
        write: bool,
    },
    /// Measure throughput, latency and memory beside other servers, on this machine
    ///
    /// Needs a quiet machine. Words after `peers` go to the benchmark itself; try `-- --help`.
    Peers {
        /// Passed on
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Measure durable publications beside a bare loop on the same disk
    ///
    /// Words after `--` go to the benchmark itself: `--pairs 12`, `--millis 1500`.
    Store {
        /// Keep the result in benchmarks/store.md
        #[arg(long)]
        write: bool,
        /// Passed on
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Cut ten thousand clients at once, of ours and of other libraries, and see them come back
    ///
    /// Words after `--` go to the benchmark itself: `--clients 1000`, `--library centrifuge`.
    Clients {
        /// Keep the result in benchmarks/clients.md
        #[arg(long)]
        write: bool,
        /// Passed on
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Hold very many connections on several hubs, and see what each takes of the machine
    ///
    /// Hubs and crowds have as many processes as their limits on open files ask for, so that a
    /// million connections are only a number and memory. Begin small.
    Connections(connections::Args),
    /// Measure what comes from one hub to another over Redis and NATS, beside them without hubs
    ///
    /// Needs a quiet machine. Words after `cluster` go to the benchmark itself; try `-- --help`.
    Cluster {
        /// Passed on
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Count what hubs of a cluster cost their broker, and measure one, two, four and eight of them
    ///
    /// Counts are the same on every machine; rates need a quiet one. Words after `nodes` go to the
    /// benchmark itself; try `-- --help`.
    Nodes {
        /// Passed on
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Gather 100,000 members of one topic over several hubs, 1,000 of whom leave and come each
    /// second
    ///
    /// Takes 3 GiB of memory. Words after `members` go to the benchmark itself; try `-- --help`.
    Members {
        /// Passed on
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Measure Wirehub beside Sockudo, both as servers of Pusher's protocol
    ///
    /// Builds Sockudo from its crates, which takes ten minutes or more the first time. Needs a
    /// quiet machine. Words after `pusher` go to the benchmark itself; try `-- --help`.
    Pusher {
        /// Passed on
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Measure what TLS, compression, slow readers, joins, scrapes and a second shard cost
    ///
    /// Needs a quiet machine. Words after `conditions` go to the benchmark itself; try `-- --help`.
    Conditions {
        /// Passed on
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Measure what it costs that the hub can be looked into, beside a build that cannot
    ///
    /// Builds the hub twice and needs a quiet machine. Words after `seeing` go to the benchmark
    /// itself; try `-- --help`.
    Seeing {
        /// Passed on
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Measure what history and sessions cost, and how fast clients get back what they missed
    ///
    /// Needs a quiet machine. Words after `remembering` go to the benchmark itself; try
    /// `-- --help`.
    Remembering {
        /// Passed on
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

/// Runs the chosen benchmark.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    match &args.command {
        Command::Instructions { write } => instructions::run(project, *write),
        Command::Clients { write, arguments } => clients::run(project, *write, arguments),
        Command::Connections(args) => connections::run(project, args),
        Command::Conflation { write } => conflation::run(project, *write),
        Command::Deltas { write } => deltas::run(project, *write),
        Command::Peers { arguments } => peers(project, arguments),
        Command::Conditions { arguments } => {
            npm(project, "bun")?;
            measure(project, "conditions", arguments)
        }
        Command::Cluster { arguments } => on_brokers(project, "cluster", arguments),
        Command::Nodes { arguments } => on_brokers(project, "nodes", arguments),
        Command::Members { arguments } => on_brokers(project, "members", arguments),
        Command::Pusher { arguments } => pusher(project, arguments),
        Command::Seeing { arguments } => seeing(project, arguments),
        Command::Store { write, arguments } => store::run(project, *write, arguments),
        Command::Remembering { arguments } => measure(project, "remembering", arguments),
    }
}

/// Where Debian puts it.
const NCHAN: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";

/// Installs what a folder of the peers names.
fn npm(project: &Project, folder: &str) -> Result<()> {
    let mut npm = std::process::Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]);
    process::run(npm.current_dir(project.path("benchmarks/peers").join(folder)))
}

/// Builds the peers besides, and measures.
fn peers(project: &Project, arguments: &[String]) -> Result<()> {
    let mut echo = project.cargo();
    echo.arg("build").args(RELEASE);
    process::run(echo.args(["wirehub", "--example", "echo"]))?;
    let mut axum = project.cargo();
    axum.args(["build", "--release", "--locked"]);
    axum.arg("--manifest-path");
    axum.arg(project.path("benchmarks/peers/axum/Cargo.toml"));
    axum.arg("--target-dir");
    process::run(axum.arg(project.path("target/bench/axum")))?;
    npm(project, "bun")?;
    npm(project, "node")?;
    nats(project)?;
    if !project.path(NCHAN).exists() {
        bail!("Nchan is measured too: apt-get install nginx libnginx-mod-nchan");
    }
    measure(project, "peers", arguments)
}

/// Installs NATS.
fn nats(project: &Project) -> Result<()> {
    match python::NATS.is_installed(project) {
        true => Ok(()),
        false => python::NATS.install(project),
    }
}

/// Sees that there is what hubs meet on, and measures.
fn on_brokers(project: &Project, subject: &str, arguments: &[String]) -> Result<()> {
    if !process::is_on_path("redis-server") {
        bail!("Redis is measured too: apt-get install redis-server");
    }
    nats(project)?;
    measure(project, subject, arguments)
}

/// What is measured beside the hub, as it ships but for its telemetry.
const SOCKUDO: [&str; 6] = [
    "sockudo@5.2.0",
    "--locked",
    "--no-default-features",
    "--features",
    "local,v2",
    "--root",
];

/// Builds Sockudo besides, and measures.
fn pusher(project: &Project, arguments: &[String]) -> Result<()> {
    if !process::is_on_path("protoc") {
        bail!("Sockudo is built with protoc: apt-get install protobuf-compiler");
    }
    let mut sockudo = project.cargo();
    sockudo.arg("install").args(SOCKUDO);
    process::run(sockudo.arg(project.path("target/bench/sockudo")))?;
    measure(project, "pusher", arguments)
}

/// Builds a hub besides that takes no samples of its heap and keeps no frame pointers, and
/// measures.
fn seeing(project: &Project, arguments: &[String]) -> Result<()> {
    let mut blind = project.cargo();
    blind.arg("build").args(RELEASE).arg("wirehub-cli");
    blind.arg("--no-default-features");
    blind.arg("--target-dir");
    blind.arg(project.path("target/blind"));
    // Goes before what `.cargo/config.toml` says.
    process::run(blind.env("RUSTFLAGS", ""))?;
    measure(project, "seeing", arguments)
}

const RELEASE: [&str; 3] = ["--release", "--locked", "--package"];

/// Builds the hub and the benchmark, and measures one subject.
fn measure(project: &Project, subject: &str, arguments: &[String]) -> Result<()> {
    let mut hub = project.cargo();
    hub.arg("build").args(RELEASE);
    process::run(hub.arg("wirehub-cli"))?;
    let mut bench = project.cargo();
    bench.arg("run").args(RELEASE);
    process::run(bench.args(["wirehub-bench", "--", subject]).args(arguments))
}
