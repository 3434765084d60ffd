//! Servers of Pusher's protocol, each with one app.

use std::io;
use std::path::Path;
use std::process::Command;

use super::{Launch, Peer, SECRET, free_address, present};
use crate::case::Case;
use crate::load::WireKind;
use crate::runner::paths::Paths;
use crate::runner::server::Ready;

/// The app. The load client knows its key.
const ID: &str = "bench";
const KEY: &str = "bench-key";

/// Private, so that clients may speak on it.
const CHANNEL: &str = "private-bench.room";

/// Our server, with an app beside what it has anyway.
pub(super) fn hub(binary: &Path, paths: &Paths, peer: Peer, case: Case) -> io::Result<Launch> {
    let mut launch = super::hub(binary, paths, peer, case)?;
    let apps =
        format!(r#"[{{ id = "{ID}", key = "{KEY}", secret = "{SECRET}", client_events = true }}]"#);
    launch.command.env("WIREHUB_PUSHER__APPS", apps);
    Ok(speaking_pusher(launch.command, launch.ready))
}

/// Sockudo as it ships, but for limits that one machine with one app runs into. Its runtime has
/// a thread for each core it may use, which is one here.
pub(super) fn sockudo(paths: &Paths, case: Case) -> io::Result<Launch> {
    let hint = "cargo xtask bench pusher";
    let address = free_address()?;
    let mut command = Command::new(present(paths, paths.sockudo(), hint)?);
    let connections = (case.connections() + 1).to_string();
    let most = u32::MAX.to_string();
    for (name, value) in [
        ("HOST", address.ip().to_string().as_str()),
        ("PORT", &address.port().to_string()),
        ("METRICS_ENABLED", "false"),
        ("RATE_LIMITER_ENABLED", "false"),
        ("SOCKUDO_DEFAULT_APP_ID", ID),
        ("SOCKUDO_DEFAULT_APP_KEY", KEY),
        ("SOCKUDO_DEFAULT_APP_SECRET", SECRET),
        ("SOCKUDO_DEFAULT_APP_ENABLE_CLIENT_MESSAGES", "true"),
        ("SOCKUDO_DEFAULT_APP_MAX_CONNECTIONS", &connections),
        ("SOCKUDO_DEFAULT_APP_MAX_CLIENT_EVENTS_PER_SECOND", &most),
    ] {
        command.env(name, value);
    }
    Ok(speaking_pusher(command, Ready::Answers(address)))
}

fn speaking_pusher(command: Command, ready: Ready) -> Launch {
    Launch {
        command,
        ready,
        wire: WireKind::Pusher,
        token: SECRET.to_owned(),
        topic: CHANNEL,
        watch_with: None,
    }
}
