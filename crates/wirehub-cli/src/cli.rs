//! The command line.

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

/// Where a running hub is asked.
#[derive(Clone, Debug, Args)]
pub(crate) struct Server {
    /// The admin interface, instead of the one at `admin.listen`.
    #[arg(long, value_name = "URL")]
    pub(crate) admin: Option<String>,
    #[command(flatten)]
    pub(crate) config: ConfigFile,
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
    /// What it may do: publish, send, read, connections or forget; may be given several times.
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
