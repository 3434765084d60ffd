//! Settings as they are written, one field for each key. Their defaults are those of the hub.

use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
};

use serde::{Deserialize, Serialize};
use wirehub::HubSettings;
use wirehub_model::CloseReason;

pub(crate) use self::{
    admin::{RawAdmin, RawApiKey},
    auth::RawAuth,
    broker::{BrokerKind, Durability, RawBroker, RawKafka, RawRedis},
    centrifugo::RawCentrifugo,
    events::{RawEventFile, RawEvents, RawWebhook},
    intake::{RawIntake, RawKafkaIntake, RawRecordForm},
    limits::RawLimits,
    namespace::{RawNamespace, RawWindow},
    pusher::{RawAppWebhook, RawPusher, RawPusherApp},
    sinks::{RawKafkaSink, RawNatsSink, RawRedisSink},
    tcp::RawTcp,
};
#[cfg(feature = "kafka")]
pub(crate) use self::{
    intake::RawStart,
    secret::RawSecret,
    sinks::{RawMechanism, RawRecordKey},
};
use crate::{optional::Optional, shards::Shards, span::Span};

mod admin;
mod auth;
mod broker;
mod centrifugo;
mod events;
mod intake;
mod limits;
mod namespace;
mod pusher;
mod secret;
mod sinks;
mod tcp;

/// Every key there is. `catalogue.rs` says what they mean.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSettings {
    pub(crate) listen: SocketAddr,
    pub(crate) shards: Shards,
    pub(crate) path: String,
    pub(crate) sse_path: String,
    pub(crate) stream_path: String,
    pub(crate) compression: bool,
    pub(crate) io_uring: bool,
    pub(crate) proxy_protocol: bool,
    pub(crate) call_timeout: Span,
    pub(crate) leak_check: Span,
    pub(crate) ping: RawPing,
    pub(crate) admin: RawAdmin,
    pub(crate) auth: RawAuth,
    pub(crate) heartbeat: RawHeartbeat,
    pub(crate) tcp: RawTcp,
    pub(crate) tls: RawTls,
    pub(crate) limits: RawLimits,
    pub(crate) sessions: RawSessions,
    pub(crate) broker: RawBroker,
    pub(crate) events: RawEvents,
    pub(crate) intake: RawIntake,
    pub(crate) traces: RawTraces,
    pub(crate) pusher: RawPusher,
    pub(crate) drain: RawDrain,
    pub(crate) centrifugo: RawCentrifugo,
    pub(crate) log: RawLog,
    pub(crate) namespaces: Vec<RawNamespace>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawPing {
    pub(crate) detail: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTraces {
    pub(crate) endpoint: String,
    pub(crate) sample: f64,
    pub(crate) service: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawHeartbeat {
    pub(crate) interval: Span,
    pub(crate) timeout: Span,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTls {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSessions {
    pub(crate) resume_within: Optional<Span>,
    pub(crate) reconnects_per_second: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawDrain {
    pub(crate) moves_per_second: u32,
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

impl Default for RawSettings {
    fn default() -> Self {
        let hub = HubSettings::default();
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)),
            shards: Shards(None),
            path: hub.path,
            sse_path: hub.streams.events_path.unwrap_or_default(),
            stream_path: hub.streams.path.unwrap_or_default(),
            compression: hub.compression,
            io_uring: hub.io_uring,
            proxy_protocol: hub.proxy_protocol,
            call_timeout: Span(hub.call_timeout),
            leak_check: Span(hub.leak_check),
            ping: RawPing {
                detail: hub.ping_detail,
            },
            admin: RawAdmin::default(),
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
            sessions: RawSessions {
                resume_within: Optional(Some(Span(hub.sessions.resume_within))),
                reconnects_per_second: hub.sessions.reconnects_per_second,
            },
            broker: RawBroker::default(),
            events: RawEvents::default(),
            intake: RawIntake::default(),
            traces: RawTraces {
                endpoint: String::new(),
                sample: 0.01,
                service: "wirehub".to_owned(),
            },
            pusher: RawPusher::default(),
            drain: RawDrain {
                moves_per_second: hub.drain.moves_per_second.map_or(0, NonZeroU32::get),
                spread: Span(hub.drain.spread),
                closes_per_second: hub.drain.closes_per_second,
                deadline: Span(hub.drain.deadline),
                reason: DrainReason::ServiceRestart,
            },
            centrifugo: RawCentrifugo::default(),
            log: RawLog {
                level: "info".to_owned(),
                format: LogFormat::Auto,
            },
            namespaces: Vec::new(),
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
