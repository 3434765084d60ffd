//! Brokers that are told what happens, checked.

use std::{fmt::Display, path::PathBuf, sync::Arc};

use wirehub::events::EventSink;
use wirehub_sinks::{NatsSink, NatsSinkSettings, RedisSink, RedisSinkSettings, RedisTarget};

use super::{
    Checks,
    events::{Told, outlet, selection},
};
use crate::{
    kafka,
    lists::Texts,
    raw_settings::{RawEvents, RawNatsSink, RawRedisSink},
    span::Span,
};

/// What an entry says about the way to its sink.
struct Way<'a> {
    list: &'static str,
    name: &'a str,
    kinds: &'a Texts,
    topics: &'a Texts,
    queue: usize,
    give_up_after: Span,
}

impl Way<'_> {
    /// The way with its sink, if that could be made.
    fn to(self, sink: Result<Arc<dyn EventSink>, String>, checks: &mut Checks<'_>) -> Option<Told> {
        let (list, name) = (self.list, self.name);
        let selection = selection(list, self.kinds, self.topics, checks);
        let outlet = outlet(name.to_owned(), selection, self.queue, self.give_up_after);
        match sink {
            Ok(sink) => Some((outlet, sink)),
            Err(error) => {
                checks.fault(format!("`{list}` {name:?}: {error}"));
                None
            }
        }
    }
}

/// The way that an entry of any of the lists describes.
macro_rules! way {
    ($list:literal, $entry:expr) => {
        Way {
            list: $list,
            name: &$entry.name,
            kinds: &$entry.kinds,
            topics: &$entry.topics,
            queue: $entry.queue,
            give_up_after: $entry.give_up_after,
        }
    };
}

/// Every entry of the three lists.
pub(super) fn sinks(raw: &RawEvents, checks: &mut Checks<'_>) -> Vec<Told> {
    let mut told = Vec::new();
    for entry in &raw.redis {
        told.extend(way!("events.redis", entry).to(redis(entry), checks));
    }
    for entry in &raw.nats {
        told.extend(way!("events.nats", entry).to(nats(entry), checks));
    }
    for entry in &raw.kafka {
        told.extend(way!("events.kafka", entry).to(kafka::sink(entry), checks));
    }
    told
}

fn redis(raw: &RawRedisSink) -> Result<Arc<dyn EventSink>, String> {
    let target = match (raw.channel.is_empty(), raw.stream.is_empty()) {
        (false, true) => RedisTarget::Channel(raw.channel.clone()),
        (true, false) => RedisTarget::Stream {
            key: raw.stream.clone(),
            keep: raw.keep,
        },
        _ => return Err("name either a `channel` or a `stream`".to_owned()),
    };
    shared(RedisSink::new(RedisSinkSettings {
        form: raw.form.into(),
        timeout: raw.timeout.0,
        trusted: path(&raw.ca),
        ..RedisSinkSettings::new(raw.url.secret(), target)
    }))
}

fn nats(raw: &RawNatsSink) -> Result<Arc<dyn EventSink>, String> {
    shared(NatsSink::new(NatsSinkSettings {
        jetstream: raw.jetstream,
        credentials: path(&raw.credentials),
        form: raw.form.into(),
        timeout: raw.timeout.0,
        trusted: path(&raw.ca),
        ..NatsSinkSettings::new(raw.url.secret(), raw.subject.clone())
    }))
}

fn shared<S: EventSink + 'static>(
    sink: Result<S, impl Display>,
) -> Result<Arc<dyn EventSink>, String> {
    match sink {
        Ok(sink) => Ok(Arc::new(sink)),
        Err(error) => Err(error.to_string()),
    }
}

fn path(text: &str) -> Option<PathBuf> {
    (!text.is_empty()).then(|| PathBuf::from(text))
}
