//! Which foreign protocols the hub speaks.

/// Foreign protocols. Each is off unless it has settings: a path that nobody asked for would be a
/// way in that nobody watches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialectSettings {
    /// Centrifugo's client protocol.
    pub centrifugo: Option<CentrifugoSettings>,
}

/// How clients of Centrifugo are served.
///
/// What its tokens say is taken where [`AuthSettings::centrifugo`](crate::auth::AuthSettings) is
/// set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CentrifugoSettings {
    /// The path of the WebSocket endpoint.
    pub websocket_path: String,
}

impl Default for CentrifugoSettings {
    fn default() -> Self {
        Self {
            websocket_path: "/connection/websocket".to_owned(),
        }
    }
}

impl DialectSettings {
    /// Every path that they take on the hub's own listener.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        let centrifugo = self.centrifugo.iter();
        centrifugo.map(|settings| settings.websocket_path.as_str())
    }
}
