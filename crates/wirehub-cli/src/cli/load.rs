//! The flags of `wirehub load`.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use clap::{Args, Subcommand, ValueEnum};
use wirehub_model::Secret;

use super::ConfigFile;
use crate::{
    layers::{LOAD_SECRET_VARIABLE, LOAD_TOKEN_VARIABLE},
    size::Size,
    span::Span,
};

/// What stands below the flags of an agent.
const AGENT_TEACHES: &str = "\
On each machine that shall play clients, and where the run is asked for:
  export WIREHUB_LOAD_SECRET=…                  the same of `openssl rand -hex 32` on all of them
  wirehub load agent --listen 0.0.0.0:8009
  wirehub load storm wss://hub.example.com/ws --agents one.example.com:8009,two.example.com:8009

The connection is always TLS; both sides prove that they have the secret, and nobody else is heard.
Whoever has it can have this machine connect to any server, so let only the machines of the test
reach the port.";

/// What stands below the flags in `--help`.
pub(super) const TEACHES: &str = "\
Forms, for a start:
  storm      all connections are reset at once and come back, round after round, under traffic
  fanout     one topic, everybody hears it: how long until the last one has it?
  echo       everybody publishes and hears themselves: the round trip
  idle       nothing but heartbeats: what does a connection cost?
  soak       rooms with traffic and a little of every ending, for hours: does anything leak?
  reconnect  all are cut once: how soon are they back, and do they miss anything?

Examples:
  export WIREHUB_AUTH__HMAC_SECRET=$(openssl rand -hex 32)
  wirehub serve &
  wirehub load storm ws://127.0.0.1:8000/ws --for 60s --connections 1000 --pid $!
  wirehub load fanout wss://hub.example.com/ws --connections 5000 --rate 50
  wirehub load idle --connections 50000 --processes 3 --for 10m
  wirehub load storm ws://10.0.0.1:8000/ws ws://10.0.0.2:8000/ws  the nodes of a cluster
  wirehub load echo ws://127.0.0.1:9001/ --plain                any WebSocket echo server
  wirehub load storm --print-scenario > mine.toml               and change it
  wirehub load mine.toml ws://127.0.0.1:8000/ws --html report.html --baseline yesterday.json

Every moment is planned beforehand: a server that is slow makes nothing later or fewer, and a time
is counted from the moment something was due. Each message carries its number, so that every client
knows what it missed, got twice or out of order.

Clients come with tokens that are made on the fly, signed with `auth.hmac_secret` as the hub has it
(--config, WIREHUB_AUTH__HMAC_SECRET), for the topics `load/#`. Without a secret, --token gives all
clients the same one: the one that `wirehub serve` prints, for example.

Ctrl-C ends early with what was found so far; a second one waits for nothing. The exit code is 4
when the verdict is `fail`, and 1 when not one connection opened.";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Load {
    #[command(subcommand)]
    pub(crate) command: Option<LoadCommand>,
    /// A form (storm, fanout, echo, idle, soak, reconnect), or a scenario file (TOML).
    #[arg(value_name = "WHAT", required_unless_present = "part")]
    pub(crate) what: Option<String>,
    /// The server, or all nodes of a cluster: clients are dealt out to them, and go to another
    /// one when they lose theirs.
    #[arg(value_name = "URL", default_value = "ws://127.0.0.1:8000/ws")]
    pub(crate) urls: Vec<String>,
    /// How long, the time in which connections come included.
    #[arg(
        long = "for",
        value_name = "SPAN",
        default_value = "60s",
        help_heading = "Form"
    )]
    pub(crate) lasts: Span,
    /// Connections.
    #[arg(long, value_name = "N", default_value_t = 1_000, help_heading = "Form")]
    pub(crate) connections: u32,
    /// Threads that drive them, in each process.
    #[arg(long, value_name = "N", default_value_t = 2, help_heading = "Form")]
    pub(crate) threads: u32,
    /// Publications a second, all together; each form has its own when it is not said.
    #[arg(long, value_name = "N", help_heading = "Form")]
    pub(crate) rate: Option<f64>,
    /// Bytes of what is published.
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "128",
        help_heading = "Form"
    )]
    pub(crate) payload: Size,
    /// How those come back whose connection was lost.
    #[arg(long, value_enum, default_value_t = BackoffFlag::Jittered, help_heading = "Form")]
    pub(crate) backoff: BackoffFlag,
    /// Speak Protobuf, instead of JSON.
    #[arg(long, conflicts_with = "plain", help_heading = "Form")]
    pub(crate) protobuf: bool,
    /// Offer permessage-deflate, and compress where the server agrees.
    #[arg(long, help_heading = "Form")]
    pub(crate) compression: bool,
    /// How long a handshake may take.
    #[arg(long, value_name = "SPAN", help_heading = "Form")]
    pub(crate) patience: Option<Span>,
    /// How long the server may take, afterwards, to be as before.
    #[arg(long, value_name = "SPAN")]
    pub(crate) settle: Option<Span>,
    /// Another number makes other random choices.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Write a report to look at: one page with plots, which needs nothing else.
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub(crate) html: Option<PathBuf>,
    /// Write a report for a ticket (Markdown).
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub(crate) markdown: Option<PathBuf>,
    /// Write everything that was found (JSON).
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub(crate) json: Option<PathBuf>,
    /// The JSON of an earlier run: what became significantly worse since fails.
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub(crate) baseline: Option<PathBuf>,
    /// End with 4 after a warning, too.
    #[arg(long, help_heading = "Report")]
    pub(crate) strict: bool,
    /// Show progress line by line on a terminal, too, and not on the full screen.
    #[arg(long)]
    pub(crate) lines: bool,
    /// Print the scenario as a file to start from, and do nothing.
    #[arg(long)]
    pub(crate) print_scenario: bool,
    /// Speak plain WebSocket and no protocol: of an echo server when nothing more is said.
    #[arg(long, help_heading = "Other servers")]
    pub(crate) plain: bool,
    /// What a client says first; `{topic}` is filled in.
    #[arg(
        long,
        value_name = "TEXT",
        requires = "plain",
        help_heading = "Other servers"
    )]
    pub(crate) subscribe_text: Option<String>,
    /// What a publisher says; `{topic}` and `{payload}` are filled in.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "{payload}",
        requires = "plain",
        help_heading = "Other servers"
    )]
    pub(crate) publish_text: String,
    /// The subprotocol to ask for.
    #[arg(
        long,
        value_name = "NAME",
        requires = "plain",
        help_heading = "Other servers"
    )]
    pub(crate) subprotocol: Option<String>,
    /// One token for all clients, instead of one made for each.
    #[arg(
        long,
        value_name = "TOKEN",
        env = LOAD_TOKEN_VARIABLE,
        hide_env_values = true
    )]
    pub(crate) token: Option<String>,
    /// Processes: each may have only so many files open. With agents, at each of them.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) processes: u32,
    /// Have agents on other machines play the clients (`wirehub load agent`), and none from here.
    #[arg(
        long,
        value_name = "HOST:PORT,…",
        value_delimiter = ',',
        conflicts_with = "sources",
        help_heading = "Agents"
    )]
    pub(crate) agents: Vec<String>,
    /// The secret that is shared with the agents, at least 32 bytes.
    #[arg(
        long,
        value_name = "SECRET",
        env = LOAD_SECRET_VARIABLE,
        hide_env_values = true,
        value_parser = secret,
        help_heading = "Agents"
    )]
    pub(crate) secret: Option<Secret>,
    /// An address of this machine to connect from; may be given several times. To loopback, as many
    /// as are needed are taken by itself.
    #[arg(long = "source", value_name = "IP")]
    pub(crate) sources: Vec<IpAddr>,
    /// Certificates to trust beside the system's (PEM).
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "insecure",
        help_heading = "TLS"
    )]
    pub(crate) ca: Option<PathBuf>,
    /// Believe any certificate.
    #[arg(long, help_heading = "TLS")]
    pub(crate) insecure: bool,
    /// The server's process on this machine: files, memory, processor time.
    #[arg(long, value_name = "PID", help_heading = "Watch the server")]
    pub(crate) pid: Option<u32>,
    /// Its metrics, as Prometheus scrapes them (http://127.0.0.1:8001/metrics); with the API key of
    /// the settings (WIREHUB_ADMIN__API_KEY).
    #[arg(long, value_name = "URL", help_heading = "Watch the server")]
    pub(crate) metrics: Option<String>,
    #[command(flatten)]
    pub(crate) config: ConfigFile,
    /// Play a part of a run: what it is comes on standard input.
    #[arg(long, hide = true)]
    pub(crate) part: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LoadCommand {
    /// Wait on this machine for parts of runs to play, for whoever shares the secret.
    #[command(after_help = AGENT_TEACHES)]
    Agent(Agent),
}

#[derive(Debug, Args)]
pub(crate) struct Agent {
    /// Where to listen.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8009")]
    pub(crate) listen: SocketAddr,
    /// The secret that is shared with whoever sends work, at least 32 bytes.
    #[arg(
        long,
        value_name = "SECRET",
        env = LOAD_SECRET_VARIABLE,
        hide_env_values = true,
        value_parser = secret
    )]
    pub(crate) secret: Option<Secret>,
    /// Parts at once: processes, of which each may have as many files open as the system allows.
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub(crate) parts: u16,
    /// An address of this machine that clients come from; may be given several times.
    #[arg(long = "source", value_name = "IP")]
    pub(crate) sources: Vec<IpAddr>,
}

/// Any text may be a secret; it is looked at where it is used.
fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text.to_owned()))
}

/// How clients come back.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum BackoffFlag {
    /// Spread out, as the client libraries do.
    Jittered,
    /// All after one second: the herd.
    None,
}
