//! The runs of one case: rounds of every server in an order that rotates.

use std::io::{self, Write};
use std::net::SocketAddrV4;
use std::process::{Command, Stdio};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::Options;
use super::cluster;
use super::peer::Peer;
use super::report::Section;
use super::room::{self, Room};
use super::server::Server;
use super::watcher::Watcher;
use crate::case::Case;
use crate::load::WireKind;
use crate::measure::Machine;
use crate::outcome::Outcome;

/// Memory hardly varies, and an idle run is long.
const IDLE_ROUNDS: usize = 2;

/// One run, or why there was none.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// Counted from 0.
    pub round: usize,
    /// The server.
    pub peer: Peer,
    /// What it yielded.
    #[serde(flatten)]
    pub result: RunResult,
}

/// The end of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunResult {
    /// It was measured.
    Outcome(Outcome),
    /// It was not.
    Error(String),
}

impl Run {
    /// What it yielded, if it was measured.
    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.result {
            RunResult::Outcome(outcome) => Some(outcome),
            RunResult::Error(_) => None,
        }
    }
}

/// How a case was measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stamp {
    /// Where.
    pub machine: Machine,
    /// Measured seconds of a run.
    pub seconds: f64,
    /// Application data in bytes.
    pub payload: usize,
    /// Application data in bytes for servers without an envelope.
    pub plain_payload: usize,
    /// Whether a connection of the storm got a message before it closed.
    pub first_message: bool,
}

/// Measures one case.
pub(super) fn measure(
    options: &Options,
    machine: &Machine,
    case: Case,
    peers: &[Peer],
    out: &mut impl Write,
) -> io::Result<Section> {
    let idle = matches!(case, Case::Idle { .. });
    let rounds = if idle {
        options.rounds.min(IDLE_ROUNDS)
    } else {
        options.rounds
    };
    let mut runs = Vec::new();
    for round in 0..rounds {
        for peer in rotated(peers, round) {
            write!(out, "\r{case}: round {} of {rounds}, {peer:<12}", round + 1)?;
            out.flush()?;
            let result = match run(options, case, peer) {
                Ok(outcome) => RunResult::Outcome(outcome),
                Err(error) => RunResult::Error(error.to_string()),
            };
            runs.push(Run {
                round,
                peer,
                result,
            });
        }
    }
    writeln!(out)?;
    let stamp = Stamp {
        machine: machine.clone(),
        seconds: options.seconds,
        payload: options.payload,
        plain_payload: options.plain_payload.unwrap_or(options.payload),
        first_message: options.first_message,
    };
    Ok(Section { case, stamp, runs })
}

fn rotated(peers: &[Peer], round: usize) -> impl Iterator<Item = Peer> {
    peers
        .iter()
        .copied()
        .cycle()
        .skip(round % peers.len().max(1))
        .take(peers.len())
}

/// A fresh server, one load, and the end of both.
fn run(options: &Options, case: Case, peer: Peer) -> io::Result<Outcome> {
    if let Case::Across { keeping, .. } = case {
        return cluster::run(options, case, keeping, peer);
    }
    let launch = peer.launch(case, &options.paths)?;
    let log = options.paths.logs().join(format!("{peer}.log"));
    let core = (peer != Peer::WirehubTwoShards).then_some(options.server_core);
    let server = Server::start(launch.command, &launch.ready, core, &log)?;
    if let Case::Room {
        subscribers,
        rate,
        condition,
    } = case
    {
        let room = Room {
            subscribers,
            rate,
            condition,
        };
        return room::run(options, room, peer, &server);
    }
    let payload = match launch.wire {
        WireKind::Plain if peer != Peer::Wirehub => {
            options.plain_payload.unwrap_or(options.payload)
        }
        _ => options.payload,
    };
    let target = Target {
        address: server.address(),
        also: Vec::new(),
        publisher: None,
        pids: vec![server.pid()],
        wire: launch.wire,
        token: launch.token,
        topic: launch.topic,
    };
    let watcher = launch
        .watch_with
        .map(|key| Watcher::start(server.admin(), key))
        .transpose()?;
    let outcome = load(options, case, payload, &target);
    watcher.map_or(Ok(()), Watcher::stop)?;
    outcome
}

/// What is loaded.
pub(super) struct Target {
    pub(super) address: SocketAddrV4,
    /// Where further subscribers connect.
    pub(super) also: Vec<SocketAddrV4>,
    /// Where the publisher connects, when that is somewhere else.
    pub(super) publisher: Option<SocketAddrV4>,
    pub(super) pids: Vec<u32>,
    pub(super) wire: WireKind,
    pub(super) token: String,
    pub(super) topic: &'static str,
}

/// Loads what is listening. The load is a process of its own, so that thousands of its connections
/// are gone before the next one starts.
pub(super) fn load(
    options: &Options,
    case: Case,
    payload: usize,
    target: &Target,
) -> io::Result<Outcome> {
    let wire = target.wire.to_possible_value();
    let wire = wire.ok_or_else(|| io::Error::other("a wire without a name"))?;
    let mut load = Command::new(std::env::current_exe()?);
    load.arg("wsload")
        .arg(case.to_string())
        .args(["--wire", wire.get_name()]);
    for (name, value) in [
        ("--address", target.address.to_string()),
        ("--server-core", options.server_core.0.to_string()),
        ("--client-core", options.client_core.0.to_string()),
        ("--seconds", options.seconds.to_string()),
        ("--hold", options.hold.to_string()),
        ("--settle", options.hold.to_string()),
        ("--payload", payload.to_string()),
        ("--token", target.token.clone()),
        ("--topic", target.topic.to_owned()),
    ] {
        load.arg(format!("{name}={value}"));
    }
    for also in &target.also {
        load.arg(format!("--also={also}"));
    }
    for pid in &target.pids {
        load.arg(format!("--server-pid={pid}"));
    }
    if let Some(publisher) = target.publisher {
        load.arg(format!("--publisher={publisher}"));
    }
    if options.first_message {
        load.arg("--first-message");
    }
    finished(load)
}

/// Waits for a load, and reads what it yielded.
pub(crate) fn finished(mut load: Command) -> io::Result<Outcome> {
    let output = load.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(said.trim().to_owned()));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::{Peer, rotated};

    const PEERS: [Peer; 3] = [Peer::BareEpoll, Peer::Bun, Peer::Wirehub];

    #[test]
    fn every_round_begins_with_another_peer_and_has_them_all() {
        let order = |round| rotated(&PEERS, round).collect::<Vec<_>>();
        assert_eq!(order(0), PEERS);
        assert_eq!(order(1), [Peer::Bun, Peer::Wirehub, Peer::BareEpoll]);
        assert_eq!(order(2), [Peer::Wirehub, Peer::BareEpoll, Peer::Bun]);
        assert_eq!(order(3), order(0));
    }
}
