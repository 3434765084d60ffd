//! One entry of `namespaces`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use wirehub_model::{Access, Namespace, Overflow, TopicFilter};

use crate::{optional::Optional, size::Size, span::Span};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawNamespace {
    pub(crate) pattern: String,
    pub(crate) subscribe: RawAccess,
    pub(crate) publish: RawAccess,
    pub(crate) read_history: RawAccess,
    pub(crate) read_presence: RawAccess,
    pub(crate) payload_bytes: Size,
    pub(crate) subscribers: usize,
    pub(crate) ttl: Optional<Span>,
    pub(crate) overflow: RawOverflow,
    pub(crate) history: RawHistory,
    pub(crate) retained: bool,
    pub(crate) keys: usize,
    pub(crate) retained_ttl: Optional<Span>,
    pub(crate) idempotency_ttl: Span,
    pub(crate) presence: bool,
    pub(crate) deltas: bool,
    pub(crate) tags_filter: bool,
    pub(crate) window: RawWindow,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawHistory {
    pub(crate) size: usize,
    pub(crate) ttl: Span,
    pub(crate) bytes: Size,
}

/// A window without a time is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawWindow {
    pub(crate) time: Optional<Span>,
    pub(crate) count: usize,
    pub(crate) latest: bool,
}

/// An [`Access`] by its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawAccess(pub(crate) Access);

/// An [`Overflow`] by its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawOverflow(pub(crate) Overflow);

impl Default for RawNamespace {
    fn default() -> Self {
        let rules = Namespace::new(TopicFilter::everything());
        Self {
            pattern: rules.pattern.as_str().to_owned(),
            subscribe: RawAccess(rules.subscribe),
            publish: RawAccess(rules.publish),
            read_history: RawAccess(rules.read_history),
            read_presence: RawAccess(rules.read_presence),
            payload_bytes: Size(rules.payload_bytes),
            subscribers: rules.subscribers,
            ttl: Optional(rules.ttl.map(Span)),
            overflow: RawOverflow(rules.overflow),
            history: RawHistory {
                size: rules.history.size,
                ttl: Span(rules.history.ttl),
                bytes: Size(rules.history.bytes),
            },
            retained: rules.retained,
            keys: rules.keys,
            retained_ttl: Optional(rules.retained_ttl.map(Span)),
            idempotency_ttl: Span(rules.idempotency_ttl),
            presence: rules.presence,
            deltas: rules.deltas,
            tags_filter: rules.tags_filter,
            window: RawWindow::default(),
        }
    }
}

impl Default for RawWindow {
    fn default() -> Self {
        Self {
            time: Optional(None),
            count: 100,
            latest: false,
        }
    }
}

impl Serialize for RawAccess {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

impl Serialize for RawOverflow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

impl<'de> Deserialize<'de> for RawAccess {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        one_of(deserializer, &Access::ALL, Access::name).map(Self)
    }
}

impl<'de> Deserialize<'de> for RawOverflow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        one_of(deserializer, &Overflow::ALL, Overflow::name).map(Self)
    }
}

fn one_of<'de, D: Deserializer<'de>, T: Copy>(
    deserializer: D,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    let found = all.iter().copied().find(|one| name(*one) == text);
    found.ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|one| name(*one)).collect();
        de::Error::custom(format!("{text:?} is none of {}", names.join(", ")))
    })
}
