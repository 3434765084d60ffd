//! The table `pusher`, and one entry of `pusher.apps`.

use serde::{Deserialize, Serialize};
use wirehub::pusher::{AppSettings, PusherSettings};

use super::{events::RawWebhook, secret::RawSecret};
use crate::{lists::Texts, size::Size, span::Span};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawPusher {
    pub(crate) activity_timeout: Span,
    pub(crate) apps: Vec<RawPusherApp>,
    pub(crate) webhooks: Vec<RawAppWebhook>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawAppWebhook {
    pub(crate) app: String,
    pub(crate) url: String,
    pub(crate) events: Texts,
    pub(crate) timeout: Span,
    pub(crate) give_up_after: Span,
    pub(crate) queue: usize,
    pub(crate) plain_http: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawPusherApp {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) secret: RawSecret,
    pub(crate) scope: String,
    pub(crate) public: Texts,
    pub(crate) client_events: bool,
    pub(crate) connections: usize,
    pub(crate) payload_bytes: Size,
}

impl Default for RawPusher {
    fn default() -> Self {
        Self {
            activity_timeout: Span(PusherSettings::default().activity_timeout),
            apps: Vec::new(),
            webhooks: Vec::new(),
        }
    }
}

impl Default for RawAppWebhook {
    fn default() -> Self {
        let RawWebhook {
            timeout,
            give_up_after,
            queue,
            plain_http,
            ..
        } = RawWebhook::default();
        Self {
            app: String::new(),
            url: String::new(),
            events: Texts::default(),
            timeout,
            give_up_after,
            queue,
            plain_http,
        }
    }
}

impl Default for RawPusherApp {
    fn default() -> Self {
        Self {
            id: String::new(),
            key: String::new(),
            secret: RawSecret::default(),
            scope: String::new(),
            public: Texts::default(),
            client_events: false,
            connections: 0,
            payload_bytes: Size(AppSettings::PAYLOAD_BYTES),
        }
    }
}
