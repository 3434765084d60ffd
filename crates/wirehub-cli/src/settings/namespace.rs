//! One namespace, checked.

use std::time::Duration;

use wirehub_model::{HistoryRules, Namespace, Window};

use super::Checks;
use crate::{
    raw_settings::{RawLimits, RawNamespace, RawWindow},
    span::Span,
};

/// The longest that anything is kept: as long as a publication's `ttl` may be.
const KEPT_MAX: Duration = Duration::from_secs(365 * 24 * 3600);
const WINDOW_MAX: Duration = Duration::from_secs(60);
const WINDOW_COUNT_MAX: usize = 10_000;
const HISTORY_MAX: usize = 1_000_000;
const KEYS_MAX: usize = 100_000;

/// Checks an entry of the list; `None` when its pattern is none.
pub(super) fn namespace(
    raw: &RawNamespace,
    limits: &RawLimits,
    checks: &mut Checks<'_>,
) -> Option<Namespace> {
    let pattern = checks.filter("namespaces", &raw.pattern)?;
    for wrong in faults(raw, limits) {
        checks.fault(format!("`namespaces` {:?}: {wrong}", raw.pattern));
    }
    Some(Namespace {
        pattern,
        subscribe: raw.subscribe.0,
        publish: raw.publish.0,
        read_history: raw.read_history.0,
        read_presence: raw.read_presence.0,
        payload_bytes: raw.payload_bytes.0,
        subscribers: raw.subscribers,
        ttl: raw.ttl.0.map(|span| span.0),
        overflow: raw.overflow.0,
        history: HistoryRules {
            size: raw.history.size,
            ttl: raw.history.ttl.0,
            bytes: raw.history.bytes.0,
        },
        retained: raw.retained,
        keys: raw.keys,
        retained_ttl: raw.retained_ttl.0.map(|span| span.0),
        idempotency_ttl: raw.idempotency_ttl.0,
        presence: raw.presence,
        deltas: raw.deltas,
        tags_filter: raw.tags_filter,
        window: raw.window.time.0.map(|time| Window {
            time: time.0,
            count: raw.window.count,
            latest: raw.window.latest,
        }),
    })
}

/// What is wrong with an entry, in sentences without its name.
fn faults(raw: &RawNamespace, limits: &RawLimits) -> Vec<String> {
    let spans = [
        ("ttl", raw.ttl.0),
        ("history.ttl", Some(raw.history.ttl)),
        ("retained_ttl", raw.retained_ttl.0),
        ("idempotency_ttl", Some(raw.idempotency_ttl)),
    ];
    let spans = spans.iter().filter_map(|(key, span)| {
        let wrong = span.is_some_and(|span| span.0.is_zero() || span.0 > KEPT_MAX);
        wrong.then(|| format!("`{key}` must be above zero and at most {}", Span(KEPT_MAX)))
    });
    let mut faults: Vec<String> = spans.collect();
    if raw.keys > KEYS_MAX {
        faults.push(format!("`keys` must be at most {KEYS_MAX}"));
    }
    faults.extend(history_faults(raw, limits));
    faults.extend(window_fault(&raw.window));
    faults
}

fn history_faults(raw: &RawNamespace, limits: &RawLimits) -> Vec<String> {
    let history = &raw.history;
    let mut faults = Vec::new();
    if history.size > HISTORY_MAX {
        faults.push(format!("`history.size` must be at most {HISTORY_MAX}"));
    }
    if history.size > 0 && history.bytes.0 < raw.payload_bytes.0 {
        faults.push(format!(
            "`history.bytes` = {} leaves no room for the largest publication; raise it to \
             `payload_bytes` = {} or more",
            history.bytes, raw.payload_bytes
        ));
    }
    if history.size > 0 && history.bytes.0 > limits.remembered_bytes.0 {
        faults.push(format!(
            "`history.bytes` = {} of one topic is more than all topics of a shard may have; lower \
             it, or raise `limits.remembered_bytes` = {}",
            history.bytes, limits.remembered_bytes
        ));
    }
    faults
}

fn window_fault(window: &RawWindow) -> Option<String> {
    let Some(time) = window.time.0 else {
        let idle = *window != RawWindow::default();
        return idle.then(|| "`window` needs a `time`, such as \"50ms\"".to_owned());
    };
    if time.0.is_zero() || time.0 > WINDOW_MAX {
        let most = Span(WINDOW_MAX);
        return Some(format!(
            "`window.time` must be above zero and at most {most}; leave it out to send each \
             publication at once"
        ));
    }
    let fits = (1..=WINDOW_COUNT_MAX).contains(&window.count);
    (!fits).then(|| format!("`window.count` must be from 1 to {WINDOW_COUNT_MAX}"))
}

#[cfg(test)]
mod tests {
    use wirehub_model::{Access, Overflow, TopicFilter};

    use super::*;
    use crate::{
        fault::Faults,
        layers::{self, Sources},
    };

    /// Reads an entry that has these keys, and what is wrong with it.
    fn read(text: &str) -> (Namespace, String) {
        let written = layers::whole_entry::<RawNamespace>(toml::from_str(text).unwrap());
        let raw: RawNamespace = toml::Value::Table(written).try_into().unwrap();
        let layers = Sources::default().read().unwrap();
        let mut checks = Checks {
            layers: &layers,
            faults: Faults::default(),
        };
        let namespace = namespace(&raw, &layers.raw.limits, &mut checks);
        (namespace.unwrap(), checks.faults.to_string())
    }

    #[test]
    fn every_key_reaches_the_hub() {
        let (found, wrong) = read(
            "pattern = \"a/#\"\nsubscribe = \"user\"\npublish = \"nobody\"\n\
             read_history = \"anyone\"\nread_presence = \"user\"\npayload_bytes = \"1KiB\"\n\
             subscribers = 7\nttl = \"9s\"\noverflow = \"latest\"\n\
             history = { size = 100, ttl = \"1h\", bytes = \"2KiB\" }\nretained = true\nkeys = 5\n\
             retained_ttl = \"1d\"\nidempotency_ttl = \"2m\"\npresence = true\ndeltas = true\n\
             tags_filter = true\n\
             window = { time = \"50ms\", count = 3, latest = true }\n",
        );
        assert_eq!(wrong, "");
        let expected = Namespace {
            pattern: TopicFilter::parse("a/#").unwrap(),
            subscribe: Access::User,
            publish: Access::Nobody,
            read_history: Access::Anyone,
            read_presence: Access::User,
            payload_bytes: 1024,
            subscribers: 7,
            ttl: Some(Duration::from_secs(9)),
            overflow: Overflow::Latest,
            history: HistoryRules {
                size: 100,
                ttl: Duration::from_secs(3600),
                bytes: 2048,
            },
            retained: true,
            keys: 5,
            retained_ttl: Some(Duration::from_secs(24 * 3600)),
            idempotency_ttl: Duration::from_secs(120),
            presence: true,
            deltas: true,
            tags_filter: true,
            window: Some(Window {
                time: Duration::from_millis(50),
                count: 3,
                latest: true,
            }),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_not_written_has_the_defaults_of_the_hub() {
        let (found, wrong) = read("pattern = \"#\"\nhistory.size = 10\nwindow.time = \"1s\"\n");
        assert_eq!(wrong, "");
        let mut expected = Namespace::new(TopicFilter::everything());
        expected.history.size = 10;
        expected.window = Some(Window {
            time: Duration::from_secs(1),
            count: 100,
            latest: false,
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn what_makes_no_sense_is_said_in_a_sentence() {
        for (text, sentence) in [
            ("ttl = \"0s\"", "`ttl` must be above zero and at most 365d"),
            ("history.ttl = \"366d\"", "`history.ttl` must be above zero"),
            ("retained_ttl = \"0s\"", "`retained_ttl` must be above zero"),
            (
                "idempotency_ttl = \"0s\"",
                "`idempotency_ttl` must be above",
            ),
            ("keys = 100001", "`keys` must be at most 100000"),
            ("history.size = 1000001", "`history.size` must be at most"),
            (
                "history = { size = 1, bytes = \"1KiB\" }",
                "`history.bytes` = 1KiB leaves no room",
            ),
            (
                "history = { size = 1, bytes = \"1GiB\" }",
                "raise `limits.remembered_bytes` = 256MiB",
            ),
            ("window.time = \"0s\"", "`window.time` must be above zero"),
            ("window.time = \"61s\"", "`window.time` must be above zero"),
            (
                "window = { time = \"1s\", count = 0 }",
                "`window.count` must be from 1 to 10000",
            ),
            ("window.latest = true", "`window` needs a `time`"),
        ] {
            let (_, wrong) = read(&format!("pattern = \"a/#\"\n{text}\n"));
            assert!(
                wrong.starts_with("`namespaces` \"a/#\": "),
                "{text}: {wrong}"
            );
            assert!(wrong.contains(sentence), "{text}: {wrong}");
            assert_eq!(wrong.lines().count(), 1, "{text}: {wrong}");
        }
    }
}
