//! The table `tcp`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wirehub::{Keepalive, TcpSettings};

use crate::{optional::Optional, size::Size, span::Span};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTcp {
    pub(crate) nodelay: bool,
    pub(crate) backlog: u32,
    pub(crate) keepalive: RawKeepalive,
    pub(crate) user_timeout: Optional<Span>,
    pub(crate) receive_buffer: Optional<Size>,
    pub(crate) send_buffer: Optional<Size>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawKeepalive {
    pub(crate) time: Optional<Span>,
    pub(crate) interval: Span,
    pub(crate) probes: u32,
}

impl RawTcp {
    pub(super) fn new(tcp: &TcpSettings) -> Self {
        let second = Duration::from_secs(1);
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
                time: Optional(tcp.keepalive.map(|keepalive| Span(keepalive.time))),
                interval: Span(keepalive.interval),
                probes: keepalive.probes,
            },
            user_timeout: Optional(tcp.user_timeout.map(Span)),
            receive_buffer: Optional(tcp.receive_buffer.map(Size)),
            send_buffer: Optional(tcp.send_buffer.map(Size)),
        }
    }
    /// What the hub takes.
    pub(crate) fn settings(&self) -> TcpSettings {
        TcpSettings {
            nodelay: self.nodelay,
            backlog: self.backlog,
            keepalive: self.keepalive.time.0.map(|time| Keepalive {
                time: time.0,
                interval: self.keepalive.interval.0,
                probes: self.keepalive.probes,
            }),
            user_timeout: self.user_timeout.0.map(|span| span.0),
            receive_buffer: self.receive_buffer.0.map(|size| size.0),
            send_buffer: self.send_buffer.0.map(|size| size.0),
        }
    }
}
