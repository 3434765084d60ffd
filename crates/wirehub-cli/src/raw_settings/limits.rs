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
    pub(crate) http_connections: usize,
    pub(crate) handshake_timeout: Span,
    pub(crate) header_bytes: Size,
    pub(crate) authentication_timeout: Span,
    pub(crate) close_timeout: Span,
    pub(crate) frame_bytes: Size,
    pub(crate) message_bytes: Size,
    pub(crate) fragments: u32,
    pub(crate) topics: usize,
    pub(crate) subscriptions: usize,
    pub(crate) remembered_bytes: Size,
    pub(crate) recovery: usize,
    pub(crate) idempotency_keys: usize,
    pub(crate) sessions: usize,
    pub(crate) session_messages: usize,
    pub(crate) session_bytes: Size,
    pub(crate) members: usize,
    pub(crate) members_told: usize,
    pub(crate) members_listed: usize,
    pub(crate) state_bytes: Size,
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
            http_connections: limits.http_connections,
            handshake_timeout: Span(limits.handshake_timeout),
            header_bytes: Size(limits.header_bytes),
            authentication_timeout: Span(limits.authentication_timeout),
            close_timeout: Span(limits.close_timeout),
            frame_bytes: Size(limits.frame_bytes),
            message_bytes: Size(limits.message_bytes),
            fragments: limits.fragments,
            topics: limits.topics,
            subscriptions: limits.subscriptions,
            remembered_bytes: Size(limits.remembered_bytes),
            recovery: limits.recovery,
            idempotency_keys: limits.idempotency_keys,
            sessions: limits.sessions,
            session_messages: limits.session_messages,
            session_bytes: Size(limits.session_bytes),
            members: limits.members,
            members_told: limits.members_told,
            members_listed: limits.members_listed,
            state_bytes: Size(limits.state_bytes),
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
            http_connections: self.http_connections,
            handshake_timeout: self.handshake_timeout.0,
            header_bytes: self.header_bytes.0,
            authentication_timeout: self.authentication_timeout.0,
            close_timeout: self.close_timeout.0,
            frame_bytes: self.frame_bytes.0,
            message_bytes: self.message_bytes.0,
            fragments: self.fragments,
            topics: self.topics,
            subscriptions: self.subscriptions,
            remembered_bytes: self.remembered_bytes.0,
            recovery: self.recovery,
            idempotency_keys: self.idempotency_keys,
            sessions: self.sessions,
            session_messages: self.session_messages,
            session_bytes: self.session_bytes.0,
            members: self.members,
            members_told: self.members_told,
            members_listed: self.members_listed,
            state_bytes: self.state_bytes.0,
            calls: self.calls,
            outbox_bytes: self.outbox_bytes.0,
            bad_messages: self.bad_messages,
            messages_per_second: self.messages_per_second,
            publications_per_second: self.publications_per_second,
            subscriptions_per_second: self.subscriptions_per_second,
            calls_per_second: self.calls_per_second,
        }
    }
}
