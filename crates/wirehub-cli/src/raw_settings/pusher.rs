//! The table `pusher`, and one entry of `pusher.apps`.

use serde::{Deserialize, Serialize};
use wirehub::pusher::{AppSettings, PusherSettings};

use super::secret::RawSecret;
use crate::{lists::Texts, size::Size, span::Span};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawPusher {
    pub(crate) activity_timeout: Span,
    pub(crate) apps: Vec<RawPusherApp>,
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
