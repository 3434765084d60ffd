//! The servers that are compared, and how each is started for a case.

mod field;
mod pusher;

use std::fmt;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::paths::Paths;
use super::room::Certificate;
use super::server::Ready;
use crate::case::{Case, Condition};
use crate::load::WireKind;

/// A server, or this project's server set up in another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Peer {
    /// The bare epoll server of this crate: the limit.
    BareEpoll,
    /// Bun, with uWebSockets inside: the fastest known peer.
    Bun,
    /// The npm package `ws` on Node.js.
    Ws,
    /// Socket.IO on Node.js.
    SocketIo,
    /// axum with tokio-tungstenite.
    Axum,
    /// nginx with Nchan.
    Nchan,
    /// NATS, over WebSocket.
    Nats,
    /// This project.
    Wirehub,
    /// This project, writing to many sockets at once by io_uring.
    WirehubUring,
    /// This project with two shards, on every core there is.
    WirehubTwoShards,
    /// This project with history for the topic.
    WirehubHistory,
    /// This project without sessions.
    WirehubSessionless,
    /// This project with everything on that looks inside, and somebody who looks.
    WirehubSeeing,
    /// This project, built without samples of the heap and without frame pointers.
    WirehubBlind,
    /// This project, spoken to as a server of Pusher.
    WirehubPusher,
    /// Sockudo, a server of Pusher's protocol in Rust.
    Sockudo,
    /// Redis, which clients publish to and subscribe at.
    RedisAlone,
    /// Two hubs of this project that meet on Redis.
    WirehubOnRedis,
    /// NATS, which clients publish to and subscribe at.
    NatsAlone,
    /// Two hubs of this project that meet on NATS.
    WirehubOnNats,
}

impl Peer {
    /// All of them, in the order of the reports.
    pub const ALL: [Self; 20] = [
        Self::BareEpoll,
        Self::Bun,
        Self::Ws,
        Self::SocketIo,
        Self::Axum,
        Self::Nchan,
        Self::Nats,
        Self::Wirehub,
        Self::WirehubUring,
        Self::WirehubTwoShards,
        Self::WirehubHistory,
        Self::WirehubSessionless,
        Self::WirehubSeeing,
        Self::WirehubBlind,
        Self::WirehubPusher,
        Self::Sockudo,
        Self::RedisAlone,
        Self::WirehubOnRedis,
        Self::NatsAlone,
        Self::WirehubOnNats,
    ];

    /// The file under `benchmarks/peers` with the settings of the hub.
    const fn settings(self) -> &'static str {
        match self {
            Self::WirehubUring => "uring.toml",
            Self::WirehubHistory => "history.toml",
            Self::WirehubSessionless => "sessionless.toml",
            Self::WirehubSeeing => "seeing.toml",
            Self::WirehubPusher => "pusher.toml",
            _ => "wirehub.toml",
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::BareEpoll => "bare-epoll",
            Self::Bun => "bun",
            Self::Ws => "ws",
            Self::SocketIo => "socket-io",
            Self::Axum => "axum",
            Self::Nchan => "nchan",
            Self::Nats => "nats",
            Self::Wirehub => "wirehub",
            Self::WirehubUring => "wirehub-uring",
            Self::WirehubTwoShards => "wirehub-two-shards",
            Self::WirehubHistory => "wirehub-history",
            Self::WirehubSessionless => "wirehub-sessionless",
            Self::WirehubSeeing => "wirehub-seeing",
            Self::WirehubBlind => "wirehub-blind",
            Self::WirehubPusher => "wirehub-pusher",
            Self::Sockudo => "sockudo",
            Self::RedisAlone => "redis-alone",
            Self::WirehubOnRedis => "wirehub-on-redis",
            Self::NatsAlone => "nats-alone",
            Self::WirehubOnNats => "wirehub-on-nats",
        })
    }
}

/// How to start a server, and how to speak to it.
#[derive(Debug)]
pub(super) struct Launch {
    pub(super) command: Command,
    pub(super) ready: Ready,
    pub(super) wire: WireKind,
    /// A token of the hub, or the secret of an app.
    pub(super) token: String,
    /// The topic of a fan-out.
    pub(super) topic: &'static str,
    /// The key with which its metrics are read meanwhile.
    pub(super) watch_with: Option<&'static str>,
}

/// The topic of servers that know such.
pub(super) const TOPIC: &str = "bench/room";

/// Signs the tokens of a run. Not a secret: the server is reachable from this machine alone,
/// for seconds.
pub(super) const SECRET: &str = "benchmark-secret-of-at-least-thirty-two-bytes";

impl Peer {
    /// Prepares the start. The server itself is not started yet.
    ///
    /// # Errors
    /// When a file is missing, saying how to make it, or no token can be had.
    pub(super) fn launch(self, case: Case, paths: &Paths) -> io::Result<Launch> {
        match self {
            Self::BareEpoll => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("bare-epoll");
                Ok(plain(command, Ready::Says))
            }
            Self::Bun => {
                let hint = "npm ci --prefix benchmarks/peers/bun";
                let mut command = Command::new(present(paths, paths.bun(), hint)?);
                command.arg(paths.bun_script());
                match case.condition() {
                    Some(Condition::Deflate) => {
                        command.env("DEFLATE", "1");
                    }
                    Some(Condition::Tls) => {
                        let files = Certificate::make(&paths.logs())?;
                        command.env("TLS_CERTIFICATE", files.chain);
                        command.env("TLS_KEY", files.key);
                    }
                    _ => {}
                }
                Ok(plain(command, Ready::Says))
            }
            Self::Ws => field::ws(paths),
            Self::SocketIo => field::socket_io(paths),
            Self::Axum => field::axum(paths),
            Self::Nchan => field::nchan(paths),
            Self::Nats => field::nats(paths),
            Self::Wirehub if matches!(case, Case::Echo { .. }) => {
                let hint = "cargo build --release --example echo";
                let address = free_address()?;
                let mut command = Command::new(present(paths, paths.wirehub_echo(), hint)?);
                command.args(["--listen", &address.to_string()]);
                Ok(plain(command, Ready::Answers(address)))
            }
            Self::Wirehub
            | Self::WirehubUring
            | Self::WirehubTwoShards
            | Self::WirehubHistory
            | Self::WirehubSessionless
            | Self::WirehubSeeing => hub(&shipped(paths)?, paths, self, case),
            Self::WirehubBlind => {
                let hint = "cargo xtask bench seeing";
                let binary = present(paths, paths.wirehub_blind(), hint)?;
                hub(&binary, paths, self, case)
            }
            Self::WirehubPusher => pusher::hub(&shipped(paths)?, paths, self, case),
            Self::Sockudo => pusher::sockudo(paths, case),
            Self::RedisAlone | Self::WirehubOnRedis | Self::NatsAlone | Self::WirehubOnNats => {
                Err(io::Error::other("it is of a cluster: ask `cluster` for it"))
            }
        }
    }
}

/// The binary as it ships.
pub(super) fn shipped(paths: &Paths) -> io::Result<PathBuf> {
    let hint = "cargo build --release --bin wirehub";
    present(paths, paths.wirehub(), hint)
}

/// One shard, because the others have one thread.
fn hub(binary: &Path, paths: &Paths, peer: Peer, case: Case) -> io::Result<Launch> {
    let ready = paths.logs().join("wirehub-ready.json");
    if ready.exists() {
        fs::remove_file(&ready)?;
    }
    let mut command = hub_command(binary);
    if case.condition() == Some(Condition::Tls) {
        let files = Certificate::make(&paths.logs())?;
        command.env("WIREHUB_TLS__CERTIFICATE", files.chain);
        command.env("WIREHUB_TLS__KEY", files.key);
    }
    let shards = match peer {
        Peer::WirehubTwoShards => "2",
        _ => "1",
    };
    command
        .current_dir(&paths.root)
        .args(["serve", "--shards", shards, "--config"])
        .arg(paths.settings(peer.settings()));
    command.args([
        "--listen",
        "127.0.0.1:0",
        "--admin-listen",
        "127.0.0.1:0",
        "--ready-file",
    ]);
    command.arg(&ready);
    let token = token(binary)?;
    Ok(Launch {
        command,
        ready: Ready::Writes(ready),
        wire: WireKind::Native,
        token,
        topic: TOPIC,
        watch_with: (peer == Peer::WirehubSeeing).then_some(SECRET),
    })
}

pub(super) fn hub_command(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    command.env("WIREHUB_AUTH__HMAC_SECRET", SECRET);
    command.env("WIREHUB_ADMIN__API_KEY", SECRET);
    command
}

pub(super) fn token(binary: &Path) -> io::Result<String> {
    let output = hub_command(binary)
        .args([
            "token",
            "--user",
            "bench",
            "--subscribe",
            "bench/#",
            "--publish",
            "bench/#",
        ])
        .stdin(Stdio::null())
        .output()?;
    let token = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !output.status.success() || token.is_empty() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!(
            "wirehub token failed: {}",
            said.trim()
        )));
    }
    Ok(token)
}

fn plain(command: Command, ready: Ready) -> Launch {
    Launch {
        command,
        ready,
        wire: WireKind::Plain,
        token: String::new(),
        topic: TOPIC,
        watch_with: None,
    }
}

/// Names are kept relative to the repository: results are published.
pub(super) fn present(paths: &Paths, path: PathBuf, hint: &str) -> io::Result<PathBuf> {
    if path.exists() {
        return Ok(path);
    }
    let name = path.strip_prefix(&paths.root).unwrap_or(&path);
    let message = format!("missing: no file {} ({hint})", name.display());
    Err(io::Error::new(io::ErrorKind::NotFound, message))
}

/// An address nobody listens on at this moment.
pub(super) fn free_address() -> io::Result<SocketAddrV4> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port();
    Ok(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
}
