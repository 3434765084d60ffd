//! The table `limits`.

use serde::{Deserialize, Serialize};
use wirehub_model::Limits;

use crate::{size::Size, span::Span};

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

impl RawLimits {
    pub(super) fn new(limits: &Limits) -> Self {
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

    /// What the hub takes.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            connections: self.connections,
            connections_per_ip: self.connections_per_ip,
            connections_per_user: self.connections_per_user,
            handshakes: self.handshakes,
            handshake_timeout: self.handshake_timeout.0,
            header_bytes: self.header_bytes.0,
            authentication_timeout: self.authentication_timeout.0,
            close_timeout: self.close_timeout.0,
            frame_bytes: self.frame_bytes.0,
            message_bytes: self.message_bytes.0,
            fragments: self.fragments,
            topics: self.topics,
            subscriptions: self.subscriptions,
            calls: self.calls,
            outbox_bytes: self.outbox_bytes.0,
            bad_messages: self.bad_messages,
            messages_per_second: self.messages_per_second,
            publications_per_second: self.publications_per_second,
            subscriptions_per_second: self.subscriptions_per_second,
            calls_per_second: self.calls_per_second,
            ..Limits::default()
        }
    }
}
