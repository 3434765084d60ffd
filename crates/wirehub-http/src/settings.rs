//! What the admin listener can be told before it starts.

use std::time::Duration;

use wirehub::{auth::ApiKeys, pusher::Apps};

use crate::{ApiPrefix, ShownSettings};

/// The settings of the admin listener.
#[derive(Clone, Debug)]
pub struct AdminSettings {
    /// Who may use the API. No key at all lets nobody in; health and metrics need none.
    pub api_keys: ApiKeys,
    /// The apps whose servers may speak as those of Pusher do, with signatures in place of a key.
    pub pusher: Option<Apps>,
    /// Where the server API of Centrifugo is found; `None` for nowhere.
    pub centrifugo_api: Option<ApiPrefix>,
    /// What `/api/settings` shows.
    pub shown: ShownSettings,
    /// The largest body of a request, in bytes.
    pub body_bytes: usize,
    /// How many connections may be open; further ones wait in the backlog.
    pub connections: usize,
    /// How long a client may take to send the head of a request, and may be idle between requests.
    pub header_timeout: Duration,
    /// How long a request may take from its head to its answer.
    pub request_timeout: Duration,
    /// How long the shards may take to do what a request asks for. Keep it below `request_timeout`.
    pub call_timeout: Duration,
    /// How long open requests may take to end when the listener shuts down.
    pub shutdown_timeout: Duration,
}

impl AdminSettings {
    /// The usual bounds, for whoever has one of these keys.
    #[must_use]
    pub fn new(api_keys: ApiKeys) -> Self {
        Self {
            api_keys,
            pusher: None,
            centrifugo_api: None,
            shown: ShownSettings::default(),
            body_bytes: 1 << 20,
            connections: 256,
            header_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(2),
            shutdown_timeout: Duration::from_secs(5),
        }
    }
}
