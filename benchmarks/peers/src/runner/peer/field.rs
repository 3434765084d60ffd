//! Servers that others use for the same work.

use std::fs;
use std::io;
use std::process::Command;

use super::{Launch, Ready, TOPIC, free_address, plain, present};
use crate::load::WireKind;
use crate::runner::paths::Paths;

/// What makes the servers on Node.js.
const NODE: &str = "npm ci --prefix benchmarks/peers/node";

/// A server of plain messages on Node.js, with the package `ws`.
pub(super) fn ws(paths: &Paths) -> io::Result<Launch> {
    node(paths, "ws.js").map(|command| plain(command, Ready::Says))
}

/// Socket.IO on Node.js.
pub(super) fn socket_io(paths: &Paths) -> io::Result<Launch> {
    let command = node(paths, "socketio.js")?;
    Ok(speaking(WireKind::SocketIo, command, Ready::Says))
}

fn node(paths: &Paths, script: &str) -> io::Result<Command> {
    present(paths, paths.node_packages(), NODE)?;
    let mut command = Command::new("node");
    command.arg(paths.node_script(script));
    Ok(command)
}

/// axum with tokio-tungstenite.
pub(super) fn axum(paths: &Paths) -> io::Result<Launch> {
    let hint = "cargo xtask bench peers";
    let command = Command::new(present(paths, paths.axum(), hint)?);
    Ok(plain(command, Ready::Says))
}

/// nginx with Nchan, in one process.
pub(super) fn nchan(paths: &Paths) -> io::Result<Launch> {
    let module = "/usr/lib/nginx/modules/ngx_nchan_module.so".into();
    present(paths, module, "apt-get install nginx libnginx-mod-nchan")?;
    let address = free_address()?;
    let folder = paths.logs().join("nchan");
    fs::create_dir_all(&folder)?;
    let settings = fs::read_to_string(paths.settings("nchan/nginx.conf"))?
        .replace("FOLDER", &folder.to_string_lossy())
        .replace("PORT", &address.port().to_string());
    let file = folder.join("nginx.conf");
    fs::write(&file, settings)?;
    let mut command = Command::new("/usr/sbin/nginx");
    // Where the modules are is relative to the prefix.
    command.args(["-p", "/usr/share/nginx", "-e", "stderr", "-c"]);
    command.arg(file);
    Ok(plain(command, Ready::Answers(address)))
}

/// NATS, on one core like the others.
pub(super) fn nats(paths: &Paths) -> io::Result<Launch> {
    let hint = "cargo xtask bench peers";
    let binary = present(paths, paths.nats(), hint)?;
    let (address, clients) = (free_address()?, free_address()?);
    let folder = paths.logs().join("nats");
    fs::create_dir_all(&folder)?;
    let settings = format!(
        "listen: \"{clients}\"\nmax_connections: 20000\n\
         websocket {{ listen: \"{address}\", no_tls: true, compression: false }}\n"
    );
    let file = folder.join("nats.conf");
    fs::write(&file, settings)?;
    let mut command = Command::new(binary);
    command.env("GOMAXPROCS", "1").arg("-c").arg(file);
    Ok(speaking(WireKind::Nats, command, Ready::Answers(address)))
}

fn speaking(wire: WireKind, command: Command, ready: Ready) -> Launch {
    Launch {
        command,
        ready,
        wire,
        token: String::new(),
        topic: TOPIC,
        watch_with: None,
    }
}
