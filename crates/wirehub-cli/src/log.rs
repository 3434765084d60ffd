//! The log: on standard error, text for people and JSON for machines.

use std::io::{self, IsTerminal};

use tracing_subscriber::{filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::raw_settings::LogFormat;

/// Reads `log.level`.
pub(crate) fn parse_level(text: &str) -> Result<Targets, String> {
    let filter: Result<Targets, _> = text.parse();
    filter.map_err(|error| {
        format!(
            "`log.level` = {text:?}: {error}; write error, warn, info, debug or trace, or parts \
             like info,wirehub=debug"
        )
    })
}

/// Begins to log. Only the first call of a process has an effect.
pub(crate) fn start(filter: Targets, format: LogFormat) {
    let terminal = io::stderr().is_terminal();
    let json = match format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let registry = tracing_subscriber::registry().with(filter);
    let started = if json {
        let lines = fmt::layer().json().flatten_event(true);
        registry.with(lines.with_writer(io::stderr)).try_init()
    } else {
        let lines = fmt::layer().with_ansi(terminal);
        registry.with(lines.with_writer(io::stderr)).try_init()
    };
    // Failing means that a subscriber is there already, which then gets the events.
    drop(started);
}
