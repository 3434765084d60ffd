//! A client without a WebSocket, made of a real HTTP client.

use std::net::SocketAddr;

use serde_json::Value;

use crate::{
    client::Seen,
    down::{Down, Kind, Posted, http_client},
};

/// A client that hears a stream, and does nothing by itself.
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    http: reqwest::Client,
    down: Down,
    /// Its name, to POST to.
    pub(crate) name: String,
    seq: u64,
}

impl Listener {
    /// Opens a stream with a token, and hears its name and the welcome.
    pub(crate) async fn join(address: SocketAddr, kind: Kind, token: &str) -> Self {
        let mut listener = match kind {
            Kind::Events => Self::open(address, kind, &format!("?token={token}"), "").await,
            Kind::Lines => {
                let connect = format!(r#"{{"type":"connect","id":0,"token":"{token}"}}"#);
                Self::open(address, kind, "", &connect).await
            }
        };
        let welcome = listener.message().await;
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        listener
    }

    /// Opens a stream and hears its name.
    pub(crate) async fn open(address: SocketAddr, kind: Kind, query: &str, body: &str) -> Self {
        let http = http_client();
        let request = match kind {
            Kind::Events => http.get(format!("http://{address}/sse{query}")),
            Kind::Lines => http
                .post(format!("http://{address}/stream{query}"))
                .body(body.to_owned()),
        };
        let down = Down::open(request, kind, read).await;
        let mut listener = Self {
            address,
            http,
            down,
            name: String::new(),
            seq: 0,
        };
        let hello = listener.message().await;
        assert_eq!(hello["type"], "stream", "{hello}");
        listener.name = hello["stream"].as_str().expect("a name").to_owned();
        listener
    }

    /// Sends a request up, and returns the answer.
    pub(crate) async fn post(&self, query: &str, body: impl Into<reqwest::Body>) -> Posted {
        let url = format!("http://{}/stream/{}{query}", self.address, self.name);
        Posted::by(self.http.post(url).body(body)).await
    }

    /// Says something in the request that is due.
    pub(crate) async fn say(&mut self, text: &str) {
        self.seq += 1;
        let query = format!("?seq={}", self.seq);
        let answer = self.post(&query, text.to_owned()).await;
        assert_eq!(answer.status, 204, "{}", answer.body);
    }

    /// Says something and returns the reply to it, which has to come next.
    pub(crate) async fn ask(&mut self, text: &str) -> Value {
        self.say(text).await;
        let reply = self.message().await;
        let asked: Value = serde_json::from_str(text).unwrap();
        assert_eq!(reply["id"], asked["id"], "{reply}");
        reply
    }

    /// The next message; pings in between are passed over.
    pub(crate) async fn message(&mut self) -> Value {
        self.down.message().await
    }

    /// The code of the `close` that ends the stream, whatever comes before it.
    pub(crate) async fn close_code(&mut self) -> u16 {
        self.down.close_code().await
    }

    /// What comes next.
    pub(crate) async fn next(&mut self) -> Seen {
        self.down.next().await
    }
}

/// What a message of the native protocol is.
fn read(message: Value) -> Seen {
    match message["type"].as_str() {
        Some("ping") => Seen::Ping,
        Some("close") => Seen::Close(message["code"].as_u64().unwrap() as u16),
        _ => Seen::Message(message),
    }
}
