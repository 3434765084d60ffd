//! The table `centrifugo`.

use serde::{Deserialize, Serialize};
use wirehub::{CentrifugoSettings, CentrifugoTransport};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCentrifugo {
    pub(crate) enabled: bool,
    pub(crate) transports: Vec<String>,
    pub(crate) websocket_path: String,
    pub(crate) http_stream_path: String,
    pub(crate) sse_path: String,
    pub(crate) emulation_path: String,
    pub(crate) uni_websocket_path: String,
    pub(crate) uni_http_stream_path: String,
    pub(crate) uni_sse_path: String,
    pub(crate) api_prefix: String,
    pub(crate) user_limited_channels: bool,
    pub(crate) personal_channel: bool,
    pub(crate) personal_channel_namespace: String,
}

impl RawCentrifugo {
    /// Where a transport is, whether it is served or not.
    pub(crate) fn path(&self, transport: CentrifugoTransport) -> &str {
        match transport {
            CentrifugoTransport::WebSocket => &self.websocket_path,
            CentrifugoTransport::HttpStream => &self.http_stream_path,
            CentrifugoTransport::Sse => &self.sse_path,
            CentrifugoTransport::UniWebSocket => &self.uni_websocket_path,
            CentrifugoTransport::UniHttpStream => &self.uni_http_stream_path,
            CentrifugoTransport::UniSse => &self.uni_sse_path,
        }
    }
}

impl Default for RawCentrifugo {
    fn default() -> Self {
        let served = CentrifugoSettings::default();
        let transports = served.transports.keys().map(|it| it.name().to_owned());
        Self {
            enabled: false,
            transports: transports.collect(),
            websocket_path: CentrifugoTransport::WebSocket.usual_path(),
            http_stream_path: CentrifugoTransport::HttpStream.usual_path(),
            sse_path: CentrifugoTransport::Sse.usual_path(),
            emulation_path: served.emulation_path,
            uni_websocket_path: CentrifugoTransport::UniWebSocket.usual_path(),
            uni_http_stream_path: CentrifugoTransport::UniHttpStream.usual_path(),
            uni_sse_path: CentrifugoTransport::UniSse.usual_path(),
            api_prefix: "/centrifugo/api".to_owned(),
            user_limited_channels: false,
            personal_channel: false,
            personal_channel_namespace: String::new(),
        }
    }
}
