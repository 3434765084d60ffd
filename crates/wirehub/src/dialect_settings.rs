//! Which foreign protocols the hub speaks.

use std::collections::BTreeMap;

use wirehub_protocol::centrifuge;

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
    /// The transports that are served, each at its path. Others are not there.
    pub transports: BTreeMap<CentrifugoTransport, String>,
    /// Where clients speak that hear a stream; nothing is there unless there are any.
    pub emulation_path: String,
    /// What holds for the names of channels.
    pub rules: centrifuge::Rules,
}

/// How clients of Centrifugo connect. In one direction they say who they are and hear what their
/// token subscribes them to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CentrifugoTransport {
    /// Over a WebSocket.
    WebSocket,
    /// Hearing lines of JSON or messages in Protobuf, and speaking in requests of their own.
    HttpStream,
    /// Hearing server-sent events, and speaking in requests of their own.
    Sse,
    /// Over a WebSocket, in one direction.
    UniWebSocket,
    /// Hearing lines of JSON, in one direction.
    UniHttpStream,
    /// Hearing server-sent events, in one direction.
    UniSse,
}

impl CentrifugoTransport {
    /// Every transport.
    pub const ALL: [Self; 6] = [
        Self::WebSocket,
        Self::HttpStream,
        Self::Sse,
        Self::UniWebSocket,
        Self::UniHttpStream,
        Self::UniSse,
    ];

    /// Its name in Centrifugo's own settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::HttpStream => "http_stream",
            Self::Sse => "sse",
            Self::UniWebSocket => "uni_websocket",
            Self::UniHttpStream => "uni_http_stream",
            Self::UniSse => "uni_sse",
        }
    }

    /// The transport with a [name](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|transport| transport.name() == name)
    }

    /// The path at which Centrifugo has it when nobody says otherwise.
    #[must_use]
    pub fn usual_path(self) -> String {
        format!("/connection/{}", self.name())
    }

    /// Whether its clients hear a stream and speak in requests of their own.
    #[must_use]
    pub const fn is_emulated(self) -> bool {
        matches!(self, Self::HttpStream | Self::Sse)
    }
}

impl CentrifugoSettings {
    /// The path that Centrifugo has for requests of those who hear a stream.
    pub const USUAL_EMULATION_PATH: &str = "/emulation";

    /// These transports at their usual paths.
    #[must_use]
    pub fn with(transports: impl IntoIterator<Item = CentrifugoTransport>) -> Self {
        let transports = transports.into_iter();
        Self {
            transports: transports.map(|it| (it, it.usual_path())).collect(),
            emulation_path: Self::USUAL_EMULATION_PATH.to_owned(),
            rules: centrifuge::Rules::default(),
        }
    }

    /// The transport that is served at a path.
    pub(crate) fn transport_at(&self, path: &str) -> Option<CentrifugoTransport> {
        let mut transports = self.transports.iter();
        transports
            .find(|(_, at)| *at == path)
            .map(|(transport, _)| *transport)
    }

    /// Where clients speak that hear a stream, if any do.
    pub(crate) fn emulation_path(&self) -> Option<&str> {
        let mut transports = self.transports.keys();
        let any = transports.any(|transport| transport.is_emulated());
        any.then_some(&*self.emulation_path)
    }
}

impl Default for CentrifugoSettings {
    /// WebSockets alone: Centrifugo has the others switched off as well.
    fn default() -> Self {
        Self::with([CentrifugoTransport::WebSocket])
    }
}

impl DialectSettings {
    /// Every path that they take on the hub's own listener.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.centrifugo.iter().flat_map(|settings| {
            let paths = settings.transports.values().map(String::as_str);
            paths.chain(settings.emulation_path())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_taken_where_somebody_hears_a_stream() {
        for transport in CentrifugoTransport::ALL {
            let settings = DialectSettings {
                centrifugo: Some(CentrifugoSettings::with([transport])),
            };
            let paths: Vec<_> = settings.paths().map(str::to_owned).collect();
            let mut expected = vec![transport.usual_path()];
            if transport.is_emulated() {
                expected.push("/emulation".to_owned());
            }
            assert_eq!(paths, expected, "{transport:?}");
        }
    }
}
