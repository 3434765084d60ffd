//! What disturbs a server while a room is measured: clients that come and go, and somebody who
//! reads its metrics.

use std::io;
use std::process::{Child, Command, Stdio};

use super::super::Options;
use super::super::peer::SECRET;
use super::super::server::{Server, spawn_on};
use super::super::watcher::Watcher;
use super::{RAMP, WARM_UP};
use crate::case::Condition;

/// Trouble that goes on.
#[derive(Debug)]
pub(super) struct Trouble {
    crowd: Child,
    watcher: Watcher,
}

impl Trouble {
    /// Begins.
    pub(super) fn begin(options: &Options, server: &Server) -> io::Result<Self> {
        let mut crowd = Command::new(options.paths.wirehub());
        let length = RAMP + WARM_UP + options.seconds + 1.0;
        crowd
            .env("WIREHUB_AUTH__HMAC_SECRET", SECRET)
            .args(["load", "storm"])
            .arg(format!("ws://{}/ws", server.address()))
            .args(["--for", &format!("{length}s"), "--threads", "1"])
            .args(["--connections", &Condition::BESIDES.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let watcher = Watcher::start(server.admin(), SECRET)?;
        let crowd = spawn_on(options.client_core, crowd)?;
        Ok(Self { crowd, watcher })
    }

    /// Ends.
    pub(super) fn end(mut self) -> io::Result<()> {
        // It may be over already.
        let _ = self.crowd.kill();
        self.crowd.wait()?;
        self.watcher.stop()
    }
}
