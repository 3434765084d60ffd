//! The command line.

mod load;
mod server_api;

pub(crate) use load::{Agent, BackoffFlag, Load, LoadCommand};
pub(crate) use server_api::{
    Connections, Disconnect, Drain, History, Listing, Nodes, Presence, Publish, Recipient, Send,
    Server, Stay, Topics,
};

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};

use crate::{exit_code::EXIT_CODES, layers::CONFIG_VARIABLE, span::Span};

/// The shortest time between two looks of `wirehub top`.
const MOMENT: Duration = Duration::from_millis(250);

/// A self-hosted realtime hub: it owns your product's WebSocket connections, and your backend keeps
/// to plain HTTP.
///
/// `wirehub serve` needs no settings to be tried on this machine. Settings come from a TOML file,
/// from environment variables (`auth.hmac_secret` is `WIREHUB_AUTH__HMAC_SECRET`) and from flags;
/// the later one wins.
#[derive(Debug, Parser)]
#[command(name = "wirehub", version, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the hub until SIGTERM or SIGINT, then drain it.
    #[command(after_help = "\
Examples:
  wirehub serve
  wirehub serve --config wirehub.toml
  WIREHUB_AUTH__HMAC_SECRET=$(openssl rand -hex 32) wirehub serve --listen 0.0.0.0:8000

Signals:
  SIGTERM, SIGINT  send clients away (see [drain]), then stop; a second one stops at once
  SIGHUP           read the settings again and apply what can change while running")]
    Serve(Serve),
    /// Make a token for a client, or inspect one.
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "\
Examples:
  wirehub token --user u1 --subscribe 'orders/#' --ttl 1h
  wirehub token --user u1 --subscribe news/today --auto-subscribe news/today
  wirehub token inspect \"$TOKEN\""
    )]
    Token(Token),
    /// Publish a message to a topic of a running hub.
    #[command(after_help = "\
Examples:
  wirehub publish orders/42 --event paid '{\"amount\": 5}'
  wirehub publish prices --key BTC-EUR '{\"bid\": 101.5}'
  wirehub publish orders/42 --idempotency-key \"paid 42\" '{\"amount\": 5}'
  date | wirehub publish clock -")]
    Publish(Publish),
    /// Send a message to a user, a connection or everybody who is connected to a running hub.
    #[command(after_help = "\
Examples:
  wirehub send --user u1 --event note '{\"text\": \"your order is on its way\"}'
  wirehub send --connection c_2m '\"hello\"'
  echo 'back in five minutes' | wirehub send --everyone --event notice -")]
    Send(Send),
    /// Close the connections of a user, or one.
    #[command(after_help = "\
Examples:
  wirehub disconnect --user u1
  wirehub disconnect --connection c_2m --reason token_expired

The reason tells the client whether to come back; docs/close-codes.md lists all.")]
    Disconnect(Disconnect),
    /// Send the clients of a hub to the others of its cluster, and show how it goes.
    #[command(after_help = "\
Examples:
  wirehub drain
  wirehub drain eu-3 --rate 500
  wirehub drain http://10.0.0.7:8001 --no-wait

The hub takes no new clients and `/readyz` says so; those who are there are asked to move, so many
a second. They open a connection to another hub before they leave this one. Whoever is left at the
deadline is hung up on. The hub itself goes on until it is stopped: SIGTERM has nobody to wait for
then.

Interrupting this command leaves the drain going; `wirehub stay` calls it off.")]
    Drain(Drain),
    /// Have a hub that drains send nobody else away, and take new clients.
    #[command(after_help = "\
Examples:
  wirehub stay
  wirehub stay eu-3

A hub that was told to end does so all the same.")]
    Stay(Stay),
    /// List the hubs of a cluster: which serve, which drain, and which do not answer.
    #[command(after_help = "\
Examples:
  wirehub nodes
  wirehub nodes --json | jq -r 'select(.state == \"silent\") | .node'")]
    Nodes(Nodes),
    /// List the connections of a running hub, or of one user.
    #[command(after_help = "\
Examples:
  wirehub connections
  wirehub connections --user u1
  wirehub connections --all --json | jq -r 'select(.waiting_bytes > 0) | .connection'")]
    Connections(Connections),
    /// List topics that somebody subscribes to.
    #[command(after_help = "\
Examples:
  wirehub topics
  wirehub topics 'orders/#' --limit 20
  wirehub topics --all --json | jq -s 'sort_by(-.subscribers) | .[:10]'

Every shard looks through all its subscriptions: this is for people, not for loops.")]
    Topics(Topics),
    /// List who is on a topic.
    #[command(after_help = "\
Examples:
  wirehub presence rooms/42
  wirehub presence rooms/42 --all --json | jq -r .user")]
    Presence(Presence),
    /// Show the last messages of a topic, the newest at the end.
    #[command(after_help = "\
Examples:
  wirehub history orders/42
  wirehub history orders/42 --limit 5
  wirehub history orders/42 --all --json | jq .data")]
    History(History),
    /// Watch what happens in a running hub.
    Events {
        #[command(subcommand)]
        what: Events,
    },
    /// See a running hub at a glance: connections, rates, latency, queues, shards, topics.
    #[command(after_help = "\
Examples:
  wirehub top
  wirehub top --admin http://hub.example.com:8001 --every 5s

Keys:
  q leave   space hold, and go on   ↓ ↑ more topics   ? all keys")]
    Top(Top),
    /// Put a server under load from outside, and say how it bore it.
    #[command(after_help = load::TEACHES)]
    Load(Box<Load>),
    /// Make keys for the application's servers.
    Key {
        #[command(subcommand)]
        what: Key,
    },
    /// Check settings, or print what there is to set.
    Config {
        #[command(subcommand)]
        what: Config,
    },
    /// Check this machine: file limit, kernel settings, timeouts, clock.
    Doctor(ConfigFile),
}

/// Where settings are.
#[derive(Clone, Debug, Args)]
pub(crate) struct ConfigFile {
    /// The settings file (TOML).
    #[arg(long = "config", value_name = "FILE", env = CONFIG_VARIABLE)]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) config: ConfigFile,
    /// Where clients connect, instead of `listen` (127.0.0.1:8000).
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<String>,
    /// Where servers and monitoring connect, instead of `admin.listen` (127.0.0.1:8001).
    #[arg(long, value_name = "ADDR")]
    pub(crate) admin_listen: Option<String>,
    /// How many shards, instead of `shards` (one for each core).
    #[arg(long, value_name = "N")]
    pub(crate) shards: Option<String>,
    /// What to log, instead of `log.level` (info).
    #[arg(long, value_name = "LEVEL")]
    pub(crate) log: Option<String>,
    /// Write the addresses here as JSON as soon as both accept connections.
    #[arg(long, value_name = "PATH")]
    pub(crate) ready_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    pub(crate) action: Option<TokenAction>,
    #[command(flatten)]
    pub(crate) draft: TokenFlags,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenAction {
    /// Show what a token says, and whether the configured keys accept it.
    Inspect {
        /// The token, or `-` to read it from standard input.
        token: String,
        #[command(flatten)]
        config: ConfigFile,
    },
}

#[derive(Debug, Args)]
pub(crate) struct TokenFlags {
    #[command(flatten)]
    pub(crate) config: ConfigFile,
    /// Whose token it is.
    #[arg(long, value_name = "USER", required = true)]
    pub(crate) user: Option<String>,
    /// A topic or filter that may be subscribed to; may be given several times.
    #[arg(long, value_name = "FILTER")]
    pub(crate) subscribe: Vec<String>,
    /// A topic or filter that may be published to; may be given several times.
    #[arg(long, value_name = "FILTER")]
    pub(crate) publish: Vec<String>,
    /// A topic or filter whose presence may be seen; without a value: what may be subscribed to.
    #[arg(long, value_name = "FILTER", num_args = 0..=1, default_missing_value = "")]
    pub(crate) presence: Vec<String>,
    /// A topic or filter whose history may be read; without a value: what may be subscribed to.
    #[arg(long, value_name = "FILTER", num_args = 0..=1, default_missing_value = "")]
    pub(crate) history: Vec<String>,
    /// A topic or filter the hub subscribes the client to; without a value: what may be subscribed
    /// to.
    #[arg(long, value_name = "FILTER", num_args = 0..=1, default_missing_value = "")]
    pub(crate) auto_subscribe: Vec<String>,
    /// How long it is valid.
    #[arg(long, value_name = "SPAN", default_value = "1h")]
    pub(crate) ttl: Span,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Events {
    /// Print connections, subscriptions and members as they come and go, until interrupted.
    #[command(after_help = "\
Examples:
  wirehub events tail
  wirehub events tail --kind connected --kind disconnected
  wirehub events tail --topic 'chat/#' --json | jq .data")]
    Tail(Tail),
}

#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// A kind of events, such as `disconnected` or `member_joined`; may be given several times.
    #[arg(long = "kind", value_name = "KIND")]
    pub(crate) kinds: Vec<String>,
    /// Of what is about a topic, only what is about one that matches; may be given several times.
    #[arg(long = "topic", value_name = "FILTER")]
    pub(crate) topics: Vec<String>,
    /// Print CloudEvents, one a line.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) server: Server,
}

#[derive(Debug, Args)]
pub(crate) struct Top {
    /// How often to look.
    #[arg(long, value_name = "SPAN", default_value = "2s", value_parser = a_moment)]
    pub(crate) every: Span,
    #[command(flatten)]
    pub(crate) server: Server,
}

/// A span that is none would have the hub do nothing but answer.
fn a_moment(text: &str) -> Result<Span, String> {
    let span: Span = text.parse()?;
    match span.0 < MOMENT {
        true => Err(format!("at least {}", Span(MOMENT))),
        false => Ok(span),
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Print a new API key, and the entry for the settings file that lets it in.
    #[command(after_help = "\
Examples:
  wirehub key new --name billing --scope publish --topic 'orders/#'
  wirehub key new --name support --scope read --scope connections")]
    New(NewKey),
}

#[derive(Debug, Args)]
pub(crate) struct NewKey {
    /// What people call it.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// What it may do: publish, send, read, connections, forget, drain or debug; may be given
    /// several times.
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    pub(crate) scopes: Vec<String>,
    /// A topic or filter it may touch, instead of all; may be given several times.
    #[arg(long = "topic", value_name = "FILTER")]
    pub(crate) topics: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Check a file and the environment, and print every setting with its origin.
    Check {
        /// The settings file (TOML).
        #[arg(value_name = "FILE", env = CONFIG_VARIABLE)]
        file: Option<PathBuf>,
    },
    /// Translate the configuration of another server into a settings file.
    Import {
        #[command(subcommand)]
        from: Import,
    },
    /// Print a settings file with every setting, its meaning and its default.
    Default,
    /// Print the reference of all settings as Markdown.
    Doc,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Of Centrifugo 6. What was set and has no counterpart is said on standard error.
    #[command(after_help = "\
Examples:
  wirehub config import centrifugo config.json > wirehub.toml
  wirehub config check wirehub.toml")]
    Centrifugo {
        /// Its file: JSON, YAML or TOML, as the end of its name says.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}
