//! Settings as they are written, one field for each key. Their defaults are those of the hub.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use wirehub::{
    HubSettings, Keepalive,
    auth::{AuthSettings, JwksSettings, TokenLimits},
};
use wirehub_model::{Access, CloseReason, Limits, Namespace, Overflow, TopicFilter};

use crate::{
    lists::{Keys, Texts},
    size::{OptionalSize, Size},
    span::{OptionalSpan, Span},
};

/// Every key there is. `catalogue.rs` says what they mean.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSettings {
    pub(crate) listen: SocketAddr,
    pub(crate) shards: Shards,
    pub(crate) path: String,
    pub(crate) compression: bool,
    pub(crate) proxy_protocol: bool,
    pub(crate) call_timeout: Span,
    pub(crate) admin: RawAdmin,
    pub(crate) auth: RawAuth,
    pub(crate) heartbeat: RawHeartbeat,
    pub(crate) tcp: RawTcp,
    pub(crate) tls: RawTls,
    pub(crate) limits: RawLimits,
    pub(crate) drain: RawDrain,
    pub(crate) log: RawLog,
    pub(crate) namespaces: Vec<RawNamespace>,
}

/// A number of shards; `auto` is one for each core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shards(pub(crate) Option<u16>);

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAdmin {
    pub(crate) listen: SocketAddr,
    pub(crate) api_key: Keys,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAuth {
    pub(crate) hmac_secret: Keys,
    pub(crate) public_keys: Keys,
    pub(crate) jwks_url: String,
    pub(crate) jwks_cache_ttl: Span,
    pub(crate) jwks_cache_ttl_bounds: [Span; 2],
    pub(crate) jwks_refresh_interval: Span,
    pub(crate) jwks_connect_timeout: Span,
    pub(crate) jwks_timeout: Span,
    pub(crate) jwks_response_bytes: Size,
    pub(crate) jwks_keys: usize,
    pub(crate) audience: Texts,
    pub(crate) issuer: Texts,
    pub(crate) leeway: Span,
    pub(crate) require_expiry: bool,
    pub(crate) require_user: bool,
    pub(crate) expiry_grace: Span,
    pub(crate) cookie: String,
    pub(crate) allowed_origins: Texts,
    pub(crate) allow_missing_origin: bool,
    pub(crate) anonymous: RawAnonymous,
    pub(crate) limits: RawTokenLimits,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAnonymous {
    pub(crate) enabled: bool,
    pub(crate) subscribe: Texts,
    pub(crate) publish: Texts,
    pub(crate) presence: Texts,
    pub(crate) history: Texts,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTokenLimits {
    pub(crate) token_bytes: Size,
    pub(crate) info_bytes: Size,
    pub(crate) filters: usize,
    pub(crate) shared_sets: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawHeartbeat {
    pub(crate) interval: Span,
    pub(crate) timeout: Span,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTcp {
    pub(crate) nodelay: bool,
    pub(crate) backlog: u32,
    pub(crate) keepalive: RawKeepalive,
    pub(crate) user_timeout: OptionalSpan,
    pub(crate) receive_buffer: OptionalSize,
    pub(crate) send_buffer: OptionalSize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawKeepalive {
    pub(crate) time: OptionalSpan,
    pub(crate) interval: Span,
    pub(crate) probes: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTls {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawLimits {
    pub(crate) connections: usize,
    pub(crate) connections_per_ip: usize,
    pub(crate) connections_per_user: usize,
    pub(crate) handshakes: usize,
    pub(crate) handshake_timeout: Span,
    pub(crate) header_bytes: Size,
    pub(crate) authentication_timeout: Span,
    pub(crate) close_timeout: Span,
    pub(crate) frame_bytes: Size,
    pub(crate) message_bytes: Size,
    pub(crate) fragments: u32,
    pub(crate) topics: usize,
    pub(crate) subscriptions: usize,
    pub(crate) calls: usize,
    pub(crate) outbox_bytes: Size,
    pub(crate) bad_messages: u32,
    pub(crate) messages_per_second: u32,
    pub(crate) publications_per_second: u32,
    pub(crate) subscriptions_per_second: u32,
    pub(crate) calls_per_second: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawDrain {
    pub(crate) spread: Span,
    pub(crate) closes_per_second: u32,
    pub(crate) deadline: Span,
    pub(crate) reason: DrainReason,
}

/// What clients are told when the hub drains.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DrainReason {
    ServiceRestart,
    GoingAway,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawLog {
    pub(crate) level: String,
    pub(crate) format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    Text,
    Json,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawNamespace {
    pub(crate) pattern: String,
    pub(crate) subscribe: RawAccess,
    pub(crate) publish: RawAccess,
    pub(crate) payload_bytes: Size,
    pub(crate) subscribers: usize,
    pub(crate) ttl: OptionalSpan,
    pub(crate) overflow: RawOverflow,
}

/// An [`Access`] by its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawAccess(pub(crate) Access);

/// An [`Overflow`] by its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawOverflow(pub(crate) Overflow);

impl Default for RawSettings {
    fn default() -> Self {
        let hub = HubSettings::default();
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)),
            shards: Shards(None),
            path: hub.path,
            compression: hub.compression,
            proxy_protocol: hub.proxy_protocol,
            call_timeout: Span(hub.call_timeout),
            admin: RawAdmin {
                listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8001)),
                api_key: Keys::default(),
            },
            auth: RawAuth::new(hub.expiry_grace),
            heartbeat: RawHeartbeat {
                interval: Span(hub.heartbeat.interval),
                timeout: Span(hub.heartbeat.timeout),
            },
            tcp: RawTcp::new(&hub.tcp),
            tls: RawTls {
                certificate: String::new(),
                key: String::new(),
            },
            limits: RawLimits::new(&hub.limits),
            drain: RawDrain {
                spread: Span(hub.drain.spread),
                closes_per_second: hub.drain.closes_per_second,
                deadline: Span(hub.drain.deadline),
                reason: DrainReason::ServiceRestart,
            },
            log: RawLog {
                level: "info".to_owned(),
                format: LogFormat::Auto,
            },
            namespaces: Vec::new(),
        }
    }
}

impl RawAuth {
    fn new(expiry_grace: std::time::Duration) -> Self {
        let auth = AuthSettings::default();
        let jwks = JwksSettings::new("");
        let TokenLimits {
            token_bytes,
            info_bytes,
            filters,
            shared_sets,
        } = auth.limits;
        Self {
            hmac_secret: Keys::default(),
            public_keys: Keys::default(),
            jwks_url: jwks.url,
            jwks_cache_ttl: Span(jwks.cache_ttl),
            jwks_cache_ttl_bounds: [Span(jwks.cache_ttl_bounds.0), Span(jwks.cache_ttl_bounds.1)],
            jwks_refresh_interval: Span(jwks.refresh_interval),
            jwks_connect_timeout: Span(jwks.connect_timeout),
            jwks_timeout: Span(jwks.timeout),
            jwks_response_bytes: Size(jwks.response_bytes),
            jwks_keys: jwks.keys,
            audience: Texts(auth.audience),
            issuer: Texts(auth.issuer),
            leeway: Span(auth.leeway),
            require_expiry: auth.require_expiry,
            require_user: auth.require_user,
            expiry_grace: Span(expiry_grace),
            cookie: String::new(),
            allowed_origins: Texts::default(),
            allow_missing_origin: true,
            anonymous: RawAnonymous {
                enabled: false,
                subscribe: Texts::default(),
                publish: Texts::default(),
                presence: Texts::default(),
                history: Texts::default(),
            },
            limits: RawTokenLimits {
                token_bytes: Size(token_bytes),
                info_bytes: Size(info_bytes),
                filters,
                shared_sets,
            },
        }
    }
}

impl RawTcp {
    fn new(tcp: &wirehub::TcpSettings) -> Self {
        let second = std::time::Duration::from_secs(1);
        let spare = Keepalive {
            time: second,
            interval: second,
            probes: 1,
        };
        let keepalive = tcp.keepalive.unwrap_or(spare);
        Self {
            nodelay: tcp.nodelay,
            backlog: tcp.backlog,
            keepalive: RawKeepalive {
                time: OptionalSpan(tcp.keepalive.map(|keepalive| keepalive.time)),
                interval: Span(keepalive.interval),
                probes: keepalive.probes,
            },
            user_timeout: OptionalSpan(tcp.user_timeout),
            receive_buffer: OptionalSize(tcp.receive_buffer),
            send_buffer: OptionalSize(tcp.send_buffer),
        }
    }
}

impl RawLimits {
    fn new(limits: &Limits) -> Self {
        Self {
            connections: limits.connections,
            connections_per_ip: limits.connections_per_ip,
            connections_per_user: limits.connections_per_user,
            handshakes: limits.handshakes,
            handshake_timeout: Span(limits.handshake_timeout),
            header_bytes: Size(limits.header_bytes),
            authentication_timeout: Span(limits.authentication_timeout),
            close_timeout: Span(limits.close_timeout),
            frame_bytes: Size(limits.frame_bytes),
            message_bytes: Size(limits.message_bytes),
            fragments: limits.fragments,
            topics: limits.topics,
            subscriptions: limits.subscriptions,
            calls: limits.calls,
            outbox_bytes: Size(limits.outbox_bytes),
            bad_messages: limits.bad_messages,
            messages_per_second: limits.messages_per_second,
            publications_per_second: limits.publications_per_second,
            subscriptions_per_second: limits.subscriptions_per_second,
            calls_per_second: limits.calls_per_second,
        }
    }
}

impl Default for RawNamespace {
    fn default() -> Self {
        let rules = Namespace::new(TopicFilter::everything());
        Self {
            pattern: rules.pattern.as_str().to_owned(),
            subscribe: RawAccess(rules.subscribe),
            publish: RawAccess(rules.publish),
            payload_bytes: Size(rules.payload_bytes),
            subscribers: rules.subscribers,
            ttl: OptionalSpan(rules.ttl),
            overflow: RawOverflow(rules.overflow),
        }
    }
}

impl From<DrainReason> for CloseReason {
    fn from(reason: DrainReason) -> Self {
        match reason {
            DrainReason::ServiceRestart => Self::ServiceRestart,
            DrainReason::GoingAway => Self::GoingAway,
        }
    }
}

impl Serialize for Shards {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(count) => serializer.serialize_u16(count),
            None => serializer.serialize_str("auto"),
        }
    }
}

impl<'de> Deserialize<'de> for Shards {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected 1 to 64, or \"auto\"")]
        enum Written {
            Count(u16),
            Text(String),
        }
        let count = match Written::deserialize(deserializer)? {
            Written::Text(text) if text == "auto" => return Ok(Self(None)),
            Written::Text(text) => text.parse().unwrap_or(0),
            Written::Count(count) => count,
        };
        if !(1..=64).contains(&count) {
            return Err(de::Error::custom("expected 1 to 64, or \"auto\""));
        }
        Ok(Self(Some(count)))
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
