//! The policy of a client, as far as the application set it.

use std::time::Duration;

/// What was set; the rest is as the session has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) token_timeout: Option<Duration>,
    pub(crate) reconnect_interval: Option<Duration>,
    pub(crate) reconnect_cap: Option<Duration>,
    pub(crate) max_reconnect_attempts: Option<u32>,
    pub(crate) heartbeat_interval: Option<Duration>,
    pub(crate) ping_interval: Option<Duration>,
    pub(crate) article: bool,
}
