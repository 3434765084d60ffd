//! What is to be run, and how much of it by this process.

use std::{net::IpAddr, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{crowd::Tokens, engine::Trust, scenario::Scenario, target::Target, watch::Watch};

/// What is to be run.
#[derive(Debug)]
pub struct Order {
    /// What happens.
    pub scenario: Scenario,
    /// To whom: a server, or all nodes of a cluster. Clients are dealt out to them, and go to
    /// another one when they lose theirs or do not get in.
    pub targets: Vec<Target>,
    /// Whose certificates are believed.
    pub trust: Trust,
    /// Tokens for the clients.
    pub tokens: Option<TokenMaker>,
    /// Addresses to connect from; for a server on loopback as many as are needed when there are
    /// none.
    pub sources: Vec<IpAddr>,
    /// The part of the scenario that is this process's.
    pub share: Share,
    /// How the server is watched.
    pub watch: Option<Watch>,
}

/// Makes tokens.
#[derive(Clone)]
pub struct TokenMaker(pub Arc<Tokens>);

impl std::fmt::Debug for TokenMaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenMaker")
    }
}

/// The part of a scenario that is one process's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Which process it is, counted from 0.
    pub process: u32,
    /// How many there are.
    pub processes: u32,
    /// How many of them are on this machine.
    pub here: u32,
    /// The run, the same number for all of them: their messages know each other by it.
    pub run: u64,
    /// When it begins, by the monotonic clock of the machine; at once when it is not said.
    pub start: Option<Duration>,
}

impl Share {
    /// How many of all are one process's: they are dealt out in turn to its threads.
    pub(crate) fn of(&self, all: u32) -> u64 {
        let processes = self.processes.max(1);
        u64::from(all / processes + u32::from(self.process < all % processes))
    }
}
