//! What holds for all apps.

use std::time::Duration;

use wirehub_model::Namespaces;
use wirehub_protocol::pusher::asked_by_name;

use super::Apps;

/// Clients of Pusher, at `/app/` and their app's key.
#[derive(Clone, Debug)]
pub struct PusherSettings {
    /// The apps; with none, nobody speaks Pusher here.
    pub apps: Apps,
    /// How long a client may hear nothing before it asks whether the connection lives, in whole
    /// seconds.
    pub activity_timeout: Duration,
}

impl Default for PusherSettings {
    fn default() -> Self {
        Self {
            apps: Apps::default(),
            activity_timeout: Duration::from_secs(120),
        }
    }
}

impl PusherSettings {
    /// The rules of topics as the names of channels change them, where there are any.
    pub(crate) fn named(&self, namespaces: Namespaces) -> Namespaces {
        if self.apps.is_empty() {
            namespaces
        } else {
            namespaces.with_naming(asked_by_name)
        }
    }
}
