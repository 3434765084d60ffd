//! What is done to a cluster, and for how long.

use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;

use crate::chaos::cluster::Cluster;
use crate::chaos::network::{self, Line, NODES, Place};
use crate::process;

/// One thing that goes wrong, or is done on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    KillNode,
    KillBroker,
    RollingRestart,
    RollingDrain,
    PartitionFromBroker,
    PartitionFromAll,
    LossyLines,
    NarrowLine,
    LateLines,
}

/// How long a partition lasts.
const PARTITION: Duration = Duration::from_secs(30);
/// How long bad lines last.
const BAD: Duration = Duration::from_secs(12);
/// How long a node that was killed stays away, and a broker.
const AWAY: Duration = Duration::from_secs(4);
/// Of a hundred packets.
const LOST: u32 = 2;
/// Kilobits a second: less than what the nodes hear of each publication.
const NARROW: u32 = 400;
/// Milliseconds on each way.
const LATE: u32 = 40;
/// Clients that a node is to send away in a second.
const MOVES: &str = "30";

impl Fault {
    pub(crate) const ALL: [Self; 9] = [
        Self::KillNode,
        Self::KillBroker,
        Self::RollingRestart,
        Self::RollingDrain,
        Self::PartitionFromBroker,
        Self::PartitionFromAll,
        Self::LossyLines,
        Self::NarrowLine,
        Self::LateLines,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::KillNode => "kill-node",
            Self::KillBroker => "kill-broker",
            Self::RollingRestart => "rolling-restart",
            Self::RollingDrain => "rolling-drain",
            Self::PartitionFromBroker => "partition-from-broker",
            Self::PartitionFromAll => "partition-from-all",
            Self::LossyLines => "lossy-lines",
            Self::NarrowLine => "narrow-line",
            Self::LateLines => "late-lines",
        }
    }

    /// What happens, for the page.
    pub(crate) fn about(self) -> String {
        let partition = PARTITION.as_secs();
        match self {
            Self::KillNode => "`kill -9` of a node, which comes back".to_owned(),
            Self::KillBroker => "`kill -9` of the broker, which comes back".to_owned(),
            Self::RollingRestart => "SIGTERM and start of every node in turn".to_owned(),
            Self::RollingDrain => "the same, each after `wirehub drain`".to_owned(),
            Self::PartitionFromBroker => {
                format!("a node hears nothing of the broker for {partition} s")
            }
            Self::PartitionFromAll => format!("a node hears nothing of anybody for {partition} s"),
            Self::LossyLines => format!("{LOST} % of all packets are lost on every line"),
            Self::NarrowLine => format!("the broker has a line of {NARROW} kbit/s"),
            Self::LateLines => format!("every packet is {LATE} ms late or more"),
        }
    }

    /// Whether it belongs into the short version.
    pub(crate) const fn is_quick(self) -> bool {
        matches!(self, Self::KillNode | Self::KillBroker | Self::RollingDrain)
    }

    /// Whether everybody needs a line that can be spoilt.
    pub(crate) const fn needs_lines(self) -> bool {
        matches!(
            self,
            Self::PartitionFromBroker
                | Self::PartitionFromAll
                | Self::LossyLines
                | Self::NarrowLine
                | Self::LateLines
        )
    }

    /// Why it cannot be played on this machine.
    pub(crate) fn cannot_be_played(self) -> Option<&'static str> {
        match self {
            Self::LateLines => network::lacks_delay(),
            _ if self.needs_lines() => network::lacks_lines(),
            _ => None,
        }
    }

    /// How long the load has to last for it, beside the time before and the time after.
    pub(crate) const fn lasts(self) -> Duration {
        match self {
            Self::KillNode | Self::KillBroker => AWAY,
            // Clients go within two seconds, and a node starts in less than one.
            Self::RollingRestart | Self::RollingDrain => Duration::from_secs(5 * NODES as u64),
            Self::PartitionFromBroker | Self::PartitionFromAll => PARTITION,
            Self::LossyLines | Self::NarrowLine | Self::LateLines => BAD,
        }
    }

    /// Does it, and undoes it. Rounds take the nodes in turn.
    pub(crate) fn strike(self, cluster: &mut Cluster, round: u32) -> Result<()> {
        let number = round as usize % NODES;
        match self {
            Self::KillNode => {
                let node = &mut cluster.nodes[number];
                node.kill();
                sleep(AWAY);
                node.start()
            }
            Self::KillBroker => {
                cluster.broker.kill()?;
                sleep(AWAY);
                cluster.broker.start()
            }
            Self::RollingRestart => {
                for node in &mut cluster.nodes {
                    node.stop()?;
                    node.start()?;
                }
                Ok(())
            }
            Self::RollingDrain => {
                for node in &mut cluster.nodes {
                    process::capture(&mut node.ask("drain", &["--rate", MOVES]))?;
                    node.stop()?;
                    node.start()?;
                }
                Ok(())
            }
            Self::PartitionFromBroker => {
                let node = cluster.nodes[number].place();
                during(cluster, &[node], Line::Without(Place::Broker), PARTITION)
            }
            Self::PartitionFromAll => {
                let node = cluster.nodes[number].place();
                during(cluster, &[node], Line::Cut, PARTITION)
            }
            Self::LossyLines => during(cluster, &all(cluster), Line::Lossy(LOST), BAD),
            Self::NarrowLine => during(cluster, &[Place::Broker], Line::Narrow(NARROW), BAD),
            Self::LateLines => during(cluster, &all(cluster), Line::Late(LATE), BAD),
        }
    }
}

/// The nodes and the broker.
fn all(cluster: &Cluster) -> Vec<Place> {
    let nodes = cluster.nodes.iter().map(|node| node.place());
    nodes.chain([Place::Broker]).collect()
}

/// Spoils lines for a while.
fn during(cluster: &Cluster, places: &[Place], line: Line, span: Duration) -> Result<()> {
    for place in places {
        cluster.network.spoil(*place, line)?;
    }
    sleep(span);
    for place in places {
        cluster.network.mend(*place)?;
    }
    Ok(())
}
