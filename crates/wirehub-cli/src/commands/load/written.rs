//! A scenario as a file to start from.

use std::{fmt::Write as _, time::Duration};

use toml::{Table, Value};
use wirehub_load::{
    Act, Adapter, Backoff, Format, Manner, Phase, RoomKind, Scenario, Speech, Thresholds, Traffic,
};

use crate::span::Span;

/// Writes a scenario so that it is read again as it is.
pub(super) fn text(scenario: &Scenario, thresholds: &Thresholds) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = head(&mut out, scenario);
    let _ = limits(&mut out, thresholds);
    out
}

fn limits(out: &mut String, thresholds: &Thresholds) -> std::fmt::Result {
    writeln!(
        out,
        "\n# Up to where a figure is normal, and up to where it is a warning."
    )?;
    writeln!(out, "[thresholds]")?;
    for (key, value) in Table::try_from(thresholds).unwrap_or_default() {
        match value.as_table() {
            Some(limits) => {
                let limits = limits
                    .iter()
                    .map(|(name, limit)| format!("{name} = {limit}"));
                let limits: Vec<String> = limits.collect();
                writeln!(out, "{key} = {{ {} }}", limits.join(", "))?;
            }
            None => writeln!(out, "{key} = {value}")?,
        }
    }
    Ok(())
}

fn head(out: &mut String, scenario: &Scenario) -> std::fmt::Result {
    writeln!(out, "# Run it with `wirehub load FILE URL`.")?;
    writeln!(out, "name = {}", quoted(&scenario.name))?;
    writeln!(out, "connections = {}", scenario.connections)?;
    writeln!(out, "# Threads of each process.")?;
    writeln!(out, "threads = {}", scenario.threads)?;
    match &scenario.traffic {
        Traffic::Echo => writeln!(
            out,
            "# Everybody hears only themselves.\ntraffic = \"echo\""
        )?,
        Traffic::Silence => writeln!(out, "traffic = \"silence\"")?,
        Traffic::Fanout {
            topics,
            subscriptions,
            publishers,
        } => {
            writeln!(out, "# Connections are dealt out to the topics evenly.")?;
            writeln!(out, "traffic = \"fanout\"\ntopics = {topics}")?;
            writeln!(out, "subscriptions = {subscriptions}")?;
            writeln!(out, "# Beside the connections.\npublishers = {publishers}")?;
        }
        Traffic::Rooms { publishers, .. } => {
            writeln!(out, "traffic = \"rooms\"")?;
            writeln!(out, "# Beside the connections.\npublishers = {publishers}")?;
        }
    }
    if let Speech::Native(format) = scenario.speech {
        let format = match format {
            Format::Json => "json",
            Format::Protobuf => "protobuf",
        };
        writeln!(out, "format = \"{format}\"")?;
    }
    writeln!(out, "# Whether permessage-deflate is offered.")?;
    writeln!(out, "compression = {}", scenario.compression)?;
    writeln!(out, "payload = \"{}B\"", scenario.payload)?;
    writeln!(out, "# How long a handshake may take.")?;
    writeln!(out, "patience = {}", span(scenario.patience))?;
    writeln!(out, "# How long what is on its way at the end may take.")?;
    writeln!(out, "drain = {}", span(scenario.drain))?;
    writeln!(out, "# How long the server may take to be as before.")?;
    writeln!(out, "settle = {}", span(scenario.settle))?;
    writeln!(
        out,
        "# How often the phases run.\nrounds = {}",
        scenario.rounds
    )?;
    writeln!(out, "seed = {}", scenario.seed)?;
    writeln!(out, "\n# How those come back whose connection was lost.")?;
    writeln!(out, "[backoff]\n{}", backoff(scenario.backoff).join("\n"))?;
    if let Speech::Plain(adapter) = &scenario.speech {
        plain(out, adapter)?;
    }
    for kind in scenario.traffic.rooms() {
        room(out, kind)?;
    }
    for phase in &scenario.phases {
        self::phase(out, phase)?;
    }
    Ok(())
}

fn plain(out: &mut String, adapter: &Adapter) -> std::fmt::Result {
    writeln!(out, "\n# A server that knows nothing of Wirehub.\n[plain]")?;
    if let Some(text) = &adapter.subscribe {
        writeln!(out, "subscribe = {}", quoted(text))?;
    }
    writeln!(out, "publish = {}", quoted(&adapter.publish))?;
    if let Some(name) = &adapter.subprotocol {
        writeln!(out, "subprotocol = {}", quoted(name))?;
    }
    Ok(())
}

fn room(out: &mut String, kind: &RoomKind) -> std::fmt::Result {
    writeln!(out, "\n[[room]]\nname = {}", quoted(&kind.name))?;
    writeln!(out, "rooms = {}\nmembers = {}", kind.rooms, kind.members)?;
    writeln!(out, "# Publications a second in each of them.")?;
    writeln!(out, "publish = {:?}", kind.rate)
}

fn phase(out: &mut String, phase: &Phase) -> std::fmt::Result {
    writeln!(out, "\n[[phase]]")?;
    match phase.act {
        Act::Ramp { to } => writeln!(out, "do = \"ramp\"\nto = {to}")?,
        Act::Hold => writeln!(out, "do = \"hold\"")?,
        Act::Disconnect { how, share, over } => {
            writeln!(out, "do = \"disconnect\"\nhow = \"{}\"", how.word())?;
            if let Manner::SlowReader { speed } = how {
                writeln!(out, "speed = \"{speed}B\"")?;
            }
            writeln!(out, "share = {share:?}")?;
            writeln!(out, "over = {}", span(over))?;
        }
        Act::Reconnect { backoff: told } => {
            writeln!(out, "do = \"reconnect\"")?;
            if let Some(told) = told {
                writeln!(out, "backoff = {{ {} }}", backoff(told).join(", "))?;
            }
        }
    }
    writeln!(out, "for = {}", span(phase.lasts))?;
    if phase.rate > 0.0 {
        writeln!(out, "# Publications a second.\npublish = {:?}", phase.rate)?;
    }
    Ok(())
}

fn backoff(backoff: Backoff) -> Vec<String> {
    match backoff {
        Backoff::Jittered { base, cap } => vec![
            "kind = \"jittered\"".to_owned(),
            format!("base = {}", span(base)),
            format!("cap = {}", span(cap)),
        ],
        Backoff::Fixed { delay } => vec![
            "kind = \"fixed\"".to_owned(),
            format!("delay = {}", span(delay)),
        ],
    }
}

fn span(span: Duration) -> String {
    format!("\"{}\"", Span(span))
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
