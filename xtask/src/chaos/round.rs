//! One time that a fault comes.

use std::fmt;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::chaos::cluster::Cluster;
use crate::chaos::crowd::{Crowd, SUBSCRIPTIONS, Tally};
use crate::chaos::fault::Fault;
use crate::chaos::members::Members;

/// From the beginning of the crowd to the fault: all are there, and something was published.
const BEFORE: Duration = Duration::from_secs(4);
/// From the end of the fault, in which all has to be well again.
const AFTER: Duration = Duration::from_secs(40);
/// How much longer the crowd stays once all is well, so that much is published then.
const WELL: Duration = Duration::from_secs(6);
/// How long members of a node that died may be told of: its lease of fifteen seconds, and the
/// second in which others find it over, on a busy machine.
const GHOSTS: Duration = Duration::from_secs(30);
/// How often members are asked for.
const LOOK: Duration = Duration::from_millis(500);

/// A fault that comes once.
pub(crate) struct Round {
    pub(crate) fault: Fault,
    pub(crate) number: u32,
    /// With less time after it, when all is well.
    pub(crate) quick: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) tally: Tally,
    /// Members that a node told of when everybody had gone for long enough.
    pub(crate) ghosts: usize,
    /// From the end of the fault until each node told of exactly those who were there.
    pub(crate) whole_after: Option<Duration>,
    /// What must not be.
    pub(crate) faults: Vec<String>,
}

impl Round {
    /// Plays it.
    pub(crate) fn play(&self, cluster: &mut Cluster, connections: u32) -> Result<Found> {
        let stays = BEFORE + self.fault.lasts() + AFTER;
        let mut crowd = Crowd::start(cluster, connections, stays)?;
        sleep(BEFORE);
        let struck = self.fault.strike(cluster, self.number);
        let healed = Instant::now();
        let mut faults = Vec::new();
        if let Err(error) = struck {
            faults.push(format!("{error:#}"));
        }
        if !crowd.is_there()? {
            faults.push("the crowd had gone before the fault was over".to_owned());
        }
        let expected = connections as usize * SUBSCRIPTIONS as usize;
        let mut members = Members::none();
        let is_whole = wait_until_whole(cluster, &mut crowd, &mut members, expected)?;
        let whole_after = is_whole.then(|| healed.elapsed());
        if !is_whole {
            faults.push(format!(
                "not every node told of the {expected} members that there were; at last {}",
                members.told()
            ));
        }
        sleep(if self.quick { WELL / 3 } else { WELL });
        let tally = crowd.end(connections)?;
        let begins_epochs = self.fault == Fault::KillBroker && cluster.broker.begins_epochs();
        faults.extend(tally.faults(begins_epochs));
        if !wait_until_gone(cluster, &mut members) {
            faults.push(format!("ghosts: {}", members.told()));
        }
        faults.extend(cluster.troubles()?);
        Ok(Found {
            tally,
            ghosts: members.most(),
            whole_after,
            faults,
        })
    }
}

/// Waits until every node tells of exactly as many as there are, while they are; says whether they
/// did.
fn wait_until_whole(
    cluster: &Cluster,
    crowd: &mut Crowd,
    members: &mut Members,
    expected: usize,
) -> Result<bool> {
    while crowd.is_there()? {
        members.read(cluster);
        if members.are(expected) {
            return Ok(true);
        }
        sleep(LOOK);
    }
    Ok(false)
}

/// Waits until no node tells of anybody any more; says whether they all stopped.
fn wait_until_gone(cluster: &Cluster, members: &mut Members) -> bool {
    let deadline = Instant::now() + GHOSTS;
    loop {
        members.read(cluster);
        if members.are(0) {
            return true;
        }
        if Instant::now() > deadline {
            return false;
        }
        sleep(LOOK);
    }
}

impl Found {
    /// How it ended, in a word.
    pub(crate) fn word(&self) -> &'static str {
        if self.faults.is_empty() {
            "passed"
        } else {
            "FAILED"
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally {
            acknowledged,
            delivered,
            refused,
            ..
        } = self.tally;
        write!(
            f,
            "{acknowledged} acknowledged, {refused} not, {delivered} heard"
        )?;
        if let Some(whole) = self.whole_after {
            write!(f, ", whole after {:.1} s", whole.as_secs_f64())?;
        }
        for fault in &self.faults {
            write!(f, "\n          {fault}")?;
        }
        Ok(())
    }
}
