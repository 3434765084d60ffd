//! A scenario file, read and checked at once: whatever is wrong is named with its line.

mod section;
mod traffic;

use std::time::Duration;

use serde::Deserialize;
use toml::{
    Spanned, Table,
    de::{DeTable, DeValue},
};
use wirehub_load::{
    Act, Adapter, Backoff, Format, Manner, Phase, Scenario, ScenarioError, Speech, Thresholds,
};

use self::section::{File, Section};
use crate::{catalogue, fault::Faults, size::Size, span::Span};

/// The names of the phases.
const ACTS: [&str; 5] = ["ramp", "hold", "publish", "disconnect", "reconnect"];
const MANNERS: [&str; 6] = ["goodbye", "fin", "rst", "stall", "slow_reader", "half_open"];
const FORMATS: [&str; 2] = ["json", "protobuf"];
const BACKOFFS: [&str; 2] = ["jittered", "fixed"];
/// Connections of a scenario that does not say how many.
const CONNECTIONS: u32 = 1_000;

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

/// Where the key is that a check found wrong, or else the phase or the room it is in.
fn place(file: &File<'_>, spans: &DeTable<'_>, error: &ScenarioError) -> String {
    let part = of(spans, "phase", error.phase).or_else(|| of(spans, "room", error.room));
    let table = part.and_then(|part| part.get_ref().as_table());
    let mut keys = table.unwrap_or(spans).iter();
    let key = keys.find(|(key, _)| key.get_ref() == error.key);
    let start = match (key, part) {
        (Some((key, _)), _) => key.span().start,
        (None, Some(part)) => part.span().start,
        (None, None) => 0,
    };
    file.place(start)
}

/// One of the tables that stand several times.
fn of<'a>(
    spans: &'a DeTable<'a>,
    key: &str,
    number: Option<usize>,
) -> Option<&'a Spanned<DeValue<'a>>> {
    let list = spans.get(key)?.get_ref().as_array()?;
    list.get(number?)
}

fn scenario(mut whole: Section<'_>, faults: &mut Faults) -> (Scenario, Thresholds) {
    let mut connections = whole.take("connections", faults);
    let threads = whole.take("threads", faults).unwrap_or(2);
    let span = |span: Option<Span>, or: u64| span.map_or(Duration::from_secs(or), |span| span.0);
    let traffic = traffic::read(&mut whole, threads, &mut connections, faults);
    let connections = connections.unwrap_or(CONNECTIONS);
    let mut phases = Vec::new();
    for phase in whole.list("phase", faults) {
        phases.extend(self::phase(phase, connections, traffic.rate(), faults));
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

fn phase(
    mut section: Section<'_>,
    connections: u32,
    rate_of_rooms: f64,
    faults: &mut Faults,
) -> Option<Phase> {
    let act = section.word("do", &ACTS, faults);
    let lasts = section.take("for", faults).map(|Span(span)| span);
    let rate: Option<f64> = section.take("publish", faults);
    let own = (act == Some("publish") && rate_of_rooms > 0.0).then_some(rate_of_rooms);
    let rate = rate.or(own);
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
