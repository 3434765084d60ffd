//! A scenario file, read and checked at once: whatever is wrong is named with its line.

mod section;

use std::time::Duration;

use serde::Deserialize;
use toml::{Table, de::DeTable};
use wirehub_load::{
    Act, Adapter, Backoff, Format, Manner, Phase, Scenario, ScenarioError, Speech, Thresholds,
    Traffic,
};

use self::section::{File, Section};
use crate::{catalogue, fault::Faults, size::Size, span::Span};

/// The names of the phases.
const ACTS: [&str; 5] = ["ramp", "hold", "publish", "disconnect", "reconnect"];
const MANNERS: [&str; 6] = ["goodbye", "fin", "rst", "stall", "slow_reader", "half_open"];
const TRAFFICS: [&str; 3] = ["fanout", "echo", "silence"];
const FORMATS: [&str; 2] = ["json", "protobuf"];
const BACKOFFS: [&str; 2] = ["jittered", "fixed"];

/// A word that has to be one of a few.
#[derive(Clone, Debug, Deserialize)]
struct Word(String);

/// Reads a file's text.
pub(super) fn read(name: &str, text: &str) -> Result<(Scenario, Thresholds), Faults> {
    let file = File { name, text };
    let wrong = |error: toml::de::Error| {
        let start = error.span().map_or(0, |span| span.start);
        Faults::one(Some(file.place(start)), error.message())
    };
    let spans = DeTable::parse(text).map_err(wrong)?;
    let values: Table = toml::from_str(text).map_err(wrong)?;
    let mut faults = Faults::default();
    let whole = Section::new(&file, "", 0, spans.get_ref(), values);
    let whole = scenario(whole, &mut faults);
    let (scenario, thresholds) = faults.unless_any(whole)?;
    scenario.check().map_err(|error| {
        let place = place(&file, spans.get_ref(), &error);
        Faults::one(Some(place), error.what)
    })?;
    Ok((scenario, thresholds))
}

/// Where the key is that a check found wrong, or else the phase it is in.
fn place(file: &File<'_>, spans: &DeTable<'_>, error: &ScenarioError) -> String {
    let phases = spans
        .get("phase")
        .and_then(|list| list.get_ref().as_array());
    let phase = error.phase.and_then(|number| phases?.get(number));
    let table = phase.and_then(|phase| phase.get_ref().as_table());
    let mut keys = table.unwrap_or(spans).iter();
    let key = keys.find(|(key, _)| key.get_ref() == error.key);
    let start = match (key, phase) {
        (Some((key, _)), _) => key.span().start,
        (None, Some(phase)) => phase.span().start,
        (None, None) => 0,
    };
    file.place(start)
}

fn scenario(mut whole: Section<'_>, faults: &mut Faults) -> (Scenario, Thresholds) {
    let connections = whole.take("connections", faults).unwrap_or(1_000);
    let threads = whole.take("threads", faults).unwrap_or(2);
    let span = |span: Option<Span>, or: u64| span.map_or(Duration::from_secs(or), |span| span.0);
    let traffic = traffic(&mut whole, connections, threads, faults);
    let mut phases = Vec::new();
    for phase in whole.list("phase", faults) {
        phases.extend(self::phase(phase, connections, faults));
    }
    let backoff = whole.section("backoff", faults);
    let backoff = backoff.and_then(|section| self::backoff(section, faults));
    let plain = whole.section("plain", faults);
    let format = match whole.word("format", &FORMATS, faults) {
        Some("protobuf") => Format::Protobuf,
        _ => Format::Json,
    };
    let speech = plain.map_or(Speech::Native(format), |mut plain| {
        let adapter = Adapter {
            subscribe: plain.take("subscribe", faults),
            publish: plain
                .take("publish", faults)
                .unwrap_or_else(|| "{payload}".to_owned()),
            subprotocol: plain.take("subprotocol", faults),
        };
        plain.end(faults);
        Speech::Plain(adapter)
    });
    let scenario = Scenario {
        name: whole
            .take("name", faults)
            .unwrap_or_else(|| "scenario".to_owned()),
        connections,
        threads,
        speech,
        traffic,
        compression: whole.take("compression", faults).unwrap_or(false),
        payload: whole
            .take("payload", faults)
            .map_or(128, |Size(bytes)| u32::try_from(bytes).unwrap_or(u32::MAX)),
        backoff: backoff.unwrap_or_default(),
        phases,
        rounds: whole.take("rounds", faults).unwrap_or(1),
        patience: span(whole.take("patience", faults), 10),
        drain: span(whole.take("drain", faults), 5),
        settle: span(whole.take("settle", faults), 60),
        seed: whole.take("seed", faults).unwrap_or(1),
    };
    let limits = whole.section("thresholds", faults);
    let limits = limits.map(|section| thresholds(section, faults));
    whole.end(faults);
    (scenario, limits.unwrap_or_default())
}

/// Each limit by itself, so that what is wrong with one has its line.
fn thresholds(section: Section<'_>, faults: &mut Faults) -> Thresholds {
    let known = Table::try_from(Thresholds::default()).unwrap_or_default();
    let mut whole = Table::new();
    for (key, value, place) in section.entries() {
        let alone = Table::from_iter([(key.clone(), value.clone())]);
        let wrong = match Thresholds::deserialize(alone) {
            _ if !known.contains_key(&key) => {
                let near = catalogue::nearest(&key, known.keys().map(String::as_str));
                let hint =
                    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                Some(format!("no threshold is called `{key}`{hint}"))
            }
            Err(error) => Some(format!("`{key}`: {}", error.message())),
            Ok(thresholds) => thresholds.check().err().map(|error| error.to_string()),
        };
        match wrong {
            Some(message) => faults.add(Some(place), message),
            None => drop(whole.insert(key, value)),
        }
    }
    Thresholds::deserialize(whole).unwrap_or_default()
}

fn traffic(
    whole: &mut Section<'_>,
    connections: u32,
    threads: u32,
    faults: &mut Faults,
) -> Traffic {
    let kind = whole.word("traffic", &TRAFFICS, faults);
    let topics: Option<u32> = whole.take("topics", faults);
    let subscriptions = whole.take("subscriptions", faults);
    let publishers = whole.take("publishers", faults);
    match kind {
        Some("echo") => Traffic::Echo,
        Some("silence") => Traffic::Silence,
        _ => {
            let topics = topics.unwrap_or_else(|| connections.div_ceil(50).max(1));
            Traffic::Fanout {
                topics,
                subscriptions: subscriptions.unwrap_or(1),
                publishers: publishers.unwrap_or_else(|| threads.clamp(1, topics.max(1))),
            }
        }
    }
}

fn backoff(mut section: Section<'_>, faults: &mut Faults) -> Option<Backoff> {
    let kind = section.word("kind", &BACKOFFS, faults);
    let mut span = |key| section.take(key, faults).map(|Span(span)| span);
    let (base, cap, delay) = (span("base"), span("cap"), span("delay"));
    section.end(faults);
    let backoff = match kind? {
        "fixed" => Backoff::Fixed {
            delay: delay.unwrap_or(Duration::from_secs(1)),
        },
        _ => Backoff::Jittered {
            base: base.unwrap_or(Duration::from_secs(1)),
            cap: cap.unwrap_or(Duration::from_secs(20)),
        },
    };
    Some(backoff)
}

fn phase(mut section: Section<'_>, connections: u32, faults: &mut Faults) -> Option<Phase> {
    let act = section.word("do", &ACTS, faults);
    let lasts = section.take("for", faults).map(|Span(span)| span);
    let rate: Option<f64> = section.take("publish", faults);
    let act = match act {
        Some("ramp") => Act::Ramp {
            to: section.take("to", faults).unwrap_or(connections),
        },
        Some("disconnect") => disconnect(&mut section, faults)?,
        Some("reconnect") => Act::Reconnect {
            backoff: section
                .section("backoff", faults)
                .and_then(|section| backoff(section, faults)),
        },
        Some("publish") if rate.is_none_or(|rate| rate == 0.0) => {
            section.wrong(
                "a phase that publishes needs `publish`, how many a second",
                faults,
            );
            return None;
        }
        Some(_) => Act::Hold,
        None => {
            section.needs("do", &ACTS, faults);
            return None;
        }
    };
    if lasts.is_none() {
        section.needs("for", &["10s"], faults);
    }
    section.end(faults);
    Some(Phase {
        act,
        lasts: lasts?,
        rate: rate.unwrap_or(0.0),
    })
}

fn disconnect(section: &mut Section<'_>, faults: &mut Faults) -> Option<Act> {
    let how = section.word("how", &MANNERS, faults);
    let speed = section.take("speed", faults);
    let speed = speed.map_or(1_024, |Size(bytes)| {
        u32::try_from(bytes).unwrap_or(u32::MAX)
    });
    let share = section.take("share", faults).unwrap_or(1.0);
    let over = section.take("over", faults).map(|Span(span)| span);
    let how = match how {
        Some("goodbye") => Manner::Goodbye,
        Some("fin") => Manner::Fin,
        Some("rst") => Manner::Rst,
        Some("stall") => Manner::Stall,
        Some("slow_reader") => Manner::SlowReader { speed },
        Some(_) => Manner::HalfOpen,
        None => {
            section.needs("how", &MANNERS, faults);
            return None;
        }
    };
    Some(Act::Disconnect {
        how,
        share,
        over: over.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests;
