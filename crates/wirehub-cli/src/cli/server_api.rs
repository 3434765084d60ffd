//! The commands that ask a running hub.

use clap::{ArgGroup, Args};

use super::ConfigFile;
use crate::span::Span;

/// Where a running hub is asked.
#[derive(Clone, Debug, Args)]
pub(crate) struct Server {
    /// The admin interface, instead of the one at `admin.listen`.
    #[arg(long, value_name = "URL")]
    pub(crate) admin: Option<String>,
    #[command(flatten)]
    pub(crate) config: ConfigFile,
}

#[derive(Debug, Args)]
pub(crate) struct Publish {
    /// The topic.
    pub(crate) topic: String,
    /// The payload: JSON, or any text, which is sent as a JSON string; `-` reads standard input.
    pub(crate) data: String,
    /// The name of the event.
    #[arg(long)]
    pub(crate) event: Option<String>,
    /// What the message is about: a newer one with the same key stands for it.
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// Names this very message: sent again, it is not published again.
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
    /// How long the message is worth delivering.
    #[arg(long, value_name = "SPAN")]
    pub(crate) ttl: Option<Span>,
    #[command(flatten)]
    pub(crate) server: Server,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("to").args(["user", "connection", "everyone"]).required(true))]
pub(crate) struct Send {
    #[command(flatten)]
    pub(crate) to: Recipient,
    /// Everybody who is connected.
    #[arg(long)]
    pub(crate) everyone: bool,
    /// The payload: JSON, or any text, which is sent as a JSON string; `-` reads standard input.
    pub(crate) data: String,
    /// The name of the event.
    #[arg(long)]
    pub(crate) event: Option<String>,
    /// Print the answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) server: Server,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("who").args(["user", "connection"]).required(true))]
pub(crate) struct Disconnect {
    #[command(flatten)]
    pub(crate) who: Recipient,
    /// Why, as the client is told.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Print the answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) server: Server,
}

#[derive(Debug, Args)]
pub(crate) struct Drain {
    /// The hub: its name in the cluster, or where its admin interface is, instead of `--admin`.
    #[arg(value_name = "NODE")]
    pub(crate) node: Option<String>,
    /// How many clients are asked to move in a second; without it `drain.moves_per_second` of the
    /// hub, or else what the hub would take itself.
    #[arg(long, value_name = "N")]
    pub(crate) rate: Option<u32>,
    /// When those who are left are hung up on; without it `drain.deadline` of the hub, or longer
    /// where the moves take longer.
    #[arg(long, value_name = "SPAN")]
    pub(crate) deadline: Option<Span>,
    /// Begin, and do not wait until everybody is gone.
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Say how far it is, and change nothing.
    #[arg(long, conflicts_with_all = ["rate", "deadline", "no_wait"])]
    pub(crate) status: bool,
    /// Print the answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) server: Server,
}

#[derive(Debug, Args)]
pub(crate) struct Stay {
    /// The hub: its name in the cluster, or where its admin interface is, instead of `--admin`.
    #[arg(value_name = "NODE")]
    pub(crate) node: Option<String>,
    /// Print the answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) server: Server,
}

#[derive(Debug, Args)]
pub(crate) struct Nodes {
    /// Print JSON objects, one a line.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) server: Server,
}

/// Whom a command concerns.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct Recipient {
    /// All connections of a user.
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// One connection, by the name that `wirehub connections` shows.
    #[arg(long, value_name = "CONNECTION")]
    pub(crate) connection: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Connections {
    /// Only those of a user.
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

#[derive(Debug, Args)]
pub(crate) struct Topics {
    /// A topic or filter, instead of all.
    pub(crate) filter: Option<String>,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

#[derive(Debug, Args)]
pub(crate) struct Presence {
    /// The topic.
    pub(crate) topic: String,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

#[derive(Debug, Args)]
pub(crate) struct History {
    /// The topic.
    pub(crate) topic: String,
    #[command(flatten)]
    pub(crate) listing: Listing,
}

/// How much of a list is shown, and how.
#[derive(Debug, Args)]
pub(crate) struct Listing {
    /// How many to show at most.
    #[arg(long, value_name = "N", default_value_t = 100, conflicts_with = "all")]
    pub(crate) limit: usize,
    /// Show all there are.
    #[arg(long)]
    pub(crate) all: bool,
    /// Print JSON objects, one a line.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) server: Server,
}

impl Listing {
    /// How many entries are wanted.
    pub(crate) const fn wanted(&self) -> usize {
        if self.all { usize::MAX } else { self.limit }
    }
}
