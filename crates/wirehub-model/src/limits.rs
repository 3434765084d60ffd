//! Every bound of the hub, in one place.

use std::time::Duration;

/// The bounds of a hub. Reaching one is an answer and a metric, never silence.
///
/// The defaults suit a product's public endpoint; `docs/config.md` lists them with their settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open connections of the whole process.
    pub connections: usize,
    /// Open connections of one IP address.
    pub connections_per_ip: usize,
    /// Open connections of one user on one shard.
    pub connections_per_user: usize,
    /// Handshakes in flight in the whole process; more wait in the kernel's accept queues.
    pub handshakes: usize,
    /// Connections of the whole process that were answered over HTTP and may ask again; others are
    /// closed behind the answer.
    pub http_connections: usize,
    /// The longest a handshake may take, TLS included.
    pub handshake_timeout: Duration,
    /// Bytes of an HTTP request's head.
    pub header_bytes: usize,
    /// How long an open connection may stay unauthenticated.
    pub authentication_timeout: Duration,
    /// How long a closed connection waits for the peer's close frame.
    pub close_timeout: Duration,
    /// Bytes of a WebSocket frame's payload from a client.
    pub frame_bytes: usize,
    /// Bytes of a message from a client, after inflating.
    pub message_bytes: usize,
    /// Fragments of a message from a client.
    pub fragments: u32,
    /// Topics that one shard is home to, those without subscribers included for some minutes.
    pub topics: usize,
    /// Subscriptions of one connection.
    pub subscriptions: usize,
    /// Bytes of publications that one shard remembers for topics; past it the oldest are forgotten.
    pub remembered_bytes: usize,
    /// Publications sent to one subscriber that missed them.
    pub recovery: usize,
    /// Idempotency keys that one topic remembers.
    pub idempotency_keys: usize,
    /// Sessions whose connection was lost that one shard keeps.
    pub sessions: usize,
    /// Direct messages that one session keeps for a client that may have missed them.
    pub session_messages: usize,
    /// Bytes of those.
    pub session_bytes: usize,
    /// Members of one topic.
    pub members: usize,
    /// Members that are told to everybody one by one; of topics with more, only how many there are.
    pub members_told: usize,
    /// Members in one answer.
    pub members_listed: usize,
    /// Bytes of what a member says about itself.
    pub state_bytes: usize,
    /// Calls of one connection that wait for the application's answer.
    pub calls: usize,
    /// Bytes that wait for one connection to read them.
    pub outbox_bytes: usize,
    /// Messages of one connection in a row that are not valid, before it is closed.
    pub bad_messages: u32,
    /// Messages of any kind from one connection, each second on average. This rate and those below
    /// allow one second's worth at once; zero means without bound.
    pub messages_per_second: u32,
    /// Publications and direct messages from one connection, each second on average.
    pub publications_per_second: u32,
    /// Subscriptions from one connection, each second on average.
    pub subscriptions_per_second: u32,
    /// Calls from one connection, each second on average.
    pub calls_per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_000_000,
            connections_per_ip: 1_000,
            connections_per_user: 100,
            handshakes: 1_024,
            http_connections: 8_192,
            handshake_timeout: Duration::from_secs(10),
            header_bytes: 16 * 1024,
            authentication_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(5),
            frame_bytes: 64 * 1024,
            message_bytes: 64 * 1024,
            fragments: 64,
            topics: 1_000_000,
            subscriptions: 128,
            remembered_bytes: 256 * 1024 * 1024,
            recovery: 1_000,
            idempotency_keys: 1_000,
            sessions: 100_000,
            session_messages: 32,
            session_bytes: 64 * 1024,
            members: 1_000_000,
            members_told: 1_000,
            members_listed: 1_000,
            state_bytes: 1024,
            calls: 16,
            outbox_bytes: 1024 * 1024,
            bad_messages: 8,
            messages_per_second: 200,
            publications_per_second: 100,
            subscriptions_per_second: 100,
            calls_per_second: 50,
        }
    }
}
