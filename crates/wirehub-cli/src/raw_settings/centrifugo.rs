//! The table `centrifugo`.

use serde::{Deserialize, Serialize};
use wirehub::CentrifugoSettings;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCentrifugo {
    pub(crate) enabled: bool,
    pub(crate) websocket_path: String,
    pub(crate) api_prefix: String,
    pub(crate) personal_channel: bool,
    pub(crate) personal_channel_namespace: String,
}

impl Default for RawCentrifugo {
    fn default() -> Self {
        Self {
            enabled: false,
            websocket_path: CentrifugoSettings::default().websocket_path,
            api_prefix: "/centrifugo/api".to_owned(),
            personal_channel: false,
            personal_channel_namespace: String::new(),
        }
    }
}
