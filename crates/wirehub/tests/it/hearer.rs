//! Clients of Centrifugo without a WebSocket, made of a real HTTP client.

use std::net::SocketAddr;

use serde_json::{Value, json};
use wirehub::{CentrifugoSettings, CentrifugoTransport, DialectSettings, HubSettings};

use crate::{
    client::Seen,
    down::{Down, Kind, Posted, http_client},
    world::{settings, token},
};

/// Settings with every transport of Centrifugo's.
pub(crate) fn with_all_transports() -> HubSettings {
    let mut settings = settings();
    settings.door.auth.centrifugo = Some(wirehub::auth::CentrifugoClaims::default());
    settings.dialects = DialectSettings {
        centrifugo: Some(CentrifugoSettings::with(CentrifugoTransport::ALL)),
    };
    settings
}

/// A client that hears a stream, and does nothing by itself.
pub(crate) struct Hearer {
    pub(crate) address: SocketAddr,
    http: reqwest::Client,
    down: Down,
    /// What it was told so that it can speak.
    pub(crate) session: String,
    pub(crate) node: String,
    asked: u32,
}

impl Hearer {
    /// Opens a stream and says who it is; hears that it is in.
    pub(crate) async fn join(
        address: SocketAddr,
        transport: CentrifugoTransport,
        user: &str,
    ) -> Self {
        let connect = json!({ "id": 1, "connect": { "token": token(user, "#") } });
        let mut hearer = Self::open(address, transport, &connect.to_string()).await;
        let answer = hearer.message().await;
        let connected = &answer["connect"];
        assert_eq!(answer["id"], 1, "{answer}");
        connected["session"]
            .as_str()
            .expect("a session")
            .clone_into(&mut hearer.session);
        connected["node"]
            .as_str()
            .expect("a node")
            .clone_into(&mut hearer.node);
        hearer
    }

    /// Opens a stream, and says this with it: in the query where a browser would.
    pub(crate) async fn open(
        address: SocketAddr,
        transport: CentrifugoTransport,
        said: &str,
    ) -> Self {
        let url = format!("http://{address}{}", transport.usual_path());
        let http = http_client();
        let (request, kind) = match transport {
            CentrifugoTransport::Sse | CentrifugoTransport::UniSse => {
                let request = http.get(format!("{url}?{}", in_query(said)));
                (request, Kind::Events)
            }
            _ => {
                let request = http.post(url).body(said.to_owned());
                (request, Kind::Lines)
            }
        };
        let down = Down::open(request, kind, read).await;
        Self {
            address,
            http,
            down,
            session: String::new(),
            node: String::new(),
            asked: 1,
        }
    }

    /// Sends what it has to say, and returns the answer.
    pub(crate) async fn post(&self, said: &str) -> Posted {
        self.post_as(&self.session, &self.node, said).await
    }

    /// The same, for a session that may be another's.
    pub(crate) async fn post_as(&self, session: &str, node: &str, said: &str) -> Posted {
        let body = json!({ "session": session, "node": node, "data": said });
        self.post_body(body.to_string()).await
    }

    /// Sends this where clients speak.
    pub(crate) async fn post_body(&self, body: impl Into<reqwest::Body>) -> Posted {
        let url = format!("http://{}/emulation", self.address);
        let request = self
            .http
            .post(url)
            .header("content-type", "application/json");
        Posted::by(request.body(body)).await
    }

    /// Says something, which is taken.
    pub(crate) async fn say(&self, said: &str) {
        let answer = self.post(said).await;
        assert_eq!(answer.status, 204, "{}", answer.body);
    }

    /// Asks something, and returns the reply, which has to come next.
    pub(crate) async fn ask(&mut self, what: &str, with: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.say(&json!({ "id": id, what: with }).to_string()).await;
        let reply = self.message().await;
        assert_eq!(reply["id"], id, "{reply}");
        reply
    }

    /// The next message; pings in between are passed over.
    pub(crate) async fn message(&mut self) -> Value {
        self.down.message().await
    }

    /// The code of the goodbye that ends the stream, whatever comes before it.
    pub(crate) async fn close_code(&mut self) -> u16 {
        self.down.close_code().await
    }

    /// What comes next.
    pub(crate) async fn next(&mut self) -> Seen {
        self.down.next().await
    }
}

/// What a message of Centrifugo's protocol is.
fn read(message: Value) -> Seen {
    let goodbye = [&message["disconnect"], &message["push"]["disconnect"]];
    let code = goodbye.into_iter().find_map(|it| it["code"].as_u64());
    match code {
        Some(code) => Seen::Close(code as u16),
        None if message == json!({}) => Seen::Ping,
        None => Seen::Message(message),
    }
}

/// What a client says first, where it cannot send a body.
pub(crate) fn in_query(said: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("cf_connect", said).finish()
}
