//! A room under the load tester of this project, which speaks TLS and permessage-deflate.
//!
//! What happened in the middle of the run is taken from its report, second by second: without the
//! time in which connections come, and without the last second, which may be cut short.

mod report;
mod trouble;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use self::report::Report;
use self::trouble::Trouble;
use super::Options;
use super::peer::{Peer, SECRET};
use super::server::{Server, spawn_on};
use crate::case::Condition;
use crate::measure::{Meter, Process};
use crate::outcome::Outcome;

/// Seconds in which connections come.
const RAMP: f64 = 3.0;
/// Seconds from there to where measuring begins.
const WARM_UP: f64 = 2.0;

/// What a room is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) subscribers: usize,
    pub(super) rate: usize,
    pub(super) condition: Condition,
}

/// A certificate for this machine's loopback, with its key, as files.
#[derive(Debug)]
pub(super) struct Certificate {
    pub(super) chain: PathBuf,
    pub(super) key: PathBuf,
}

impl Certificate {
    /// Makes one in a folder.
    ///
    /// # Errors
    /// When it cannot be made or written.
    pub(super) fn make(folder: &Path) -> io::Result<Self> {
        let names = vec!["127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).map_err(io::Error::other)?;
        let files = Self {
            chain: folder.join("certificate.pem"),
            key: folder.join("key.pem"),
        };
        fs::create_dir_all(folder)?;
        fs::write(&files.chain, made.cert.pem())?;
        fs::write(&files.key, made.signing_key.serialize_pem())?;
        Ok(files)
    }
}

/// Plays the room against a server that is listening.
pub(super) fn run(
    options: &Options,
    room: Room,
    peer: Peer,
    server: &Server,
) -> io::Result<Outcome> {
    let folder = options.paths.logs();
    let scenario = folder.join("room.toml");
    let found = folder.join("room.json");
    // Only ours is troubled: what is asked is whether it is as good as the others untroubled.
    let is_troubled = room.condition == Condition::Trouble && peer != Peer::Bun;
    fs::write(&scenario, room.scenario(peer, options, is_troubled))?;
    let mut load = Command::new(options.paths.wirehub());
    load.env("WIREHUB_AUTH__HMAC_SECRET", SECRET)
        .args(["load".as_ref(), scenario.as_os_str()])
        .arg(room.url(peer, server))
        .args([
            "--settle",
            "1s",
            "--pid",
            &server.pid().to_string(),
            "--json",
        ])
        .arg(&found);
    if room.condition == Condition::Tls {
        load.arg("--ca").arg(folder.join("certificate.pem"));
    }
    load.stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let trouble = is_troubled
        .then(|| Trouble::begin(options, server))
        .transpose()?;
    let meter = Meter::start(&[Process::new(server.pid())], options.server_core)?;
    let output = spawn_on(options.client_core, load)?.wait_with_output()?;
    let cpu = meter.stop()?;
    trouble.map_or(Ok(()), Trouble::end)?;
    // A verdict is not asked for here: any code is fine as long as there is a report.
    let text = fs::read(&found).map_err(|error| {
        let said = String::from_utf8_lossy(&output.stderr);
        io::Error::other(format!("no report ({error}): {}", said.trim()))
    })?;
    fs::remove_file(&found)?;
    let report: Report = serde_json::from_slice(&text)?;
    let from = RAMP + WARM_UP;
    report
        .flow(from..from + options.seconds, cpu)
        .map(Outcome::Flow)
}

impl Room {
    fn url(self, peer: Peer, server: &Server) -> String {
        let scheme = match self.condition {
            Condition::Tls => "wss",
            Condition::Plain | Condition::Deflate | Condition::Trouble => "ws",
        };
        let path = match peer {
            Peer::Bun => "room",
            _ => "ws",
        };
        format!("{scheme}://{}/{path}", server.address())
    }

    fn scenario(self, peer: Peer, options: &Options, is_troubled: bool) -> String {
        let Self {
            subscribers, rate, ..
        } = self;
        let compression = self.condition == Condition::Deflate;
        let payload = options.payload;
        let publish = options.seconds + WARM_UP + 1.0;
        let speech = match peer {
            Peer::Bun => "[plain]\nsubscribe = \"join\"\n",
            _ => "",
        };
        let act = match is_troubled {
            true => "do = \"disconnect\"\nhow = \"slow_reader\"\nspeed = \"64B\"\nshare = 0.01",
            false => "do = \"publish\"",
        };
        format!(
            "name = \"room\"\nconnections = {subscribers}\nthreads = 1\ntraffic = \"fanout\"\n\
             topics = 1\npublishers = 1\ncompression = {compression}\npayload = \"{payload}B\"\n\n\
             {speech}\n\
             [[phase]]\ndo = \"ramp\"\nto = {subscribers}\nfor = \"{RAMP}s\"\n\n\
             [[phase]]\n{act}\npublish = {rate}\nfor = \"{publish}s\"\n"
        )
    }
}

#[cfg(test)]
mod tests;
