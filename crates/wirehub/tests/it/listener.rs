//! A client without a WebSocket, made of a real HTTP client.

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::time::timeout;

use crate::client::Seen;

/// How long anything may take before the test has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a client hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `GET /sse`.
    Events,
    /// `POST /stream`.
    Lines,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Events, Self::Lines];
}

/// A client that hears a stream, and does nothing by itself.
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    http: reqwest::Client,
    down: reqwest::Response,
    heard: Vec<u8>,
    kind: Kind,
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
        // Each request over a connection of its own, which may reach another shard.
        let http = reqwest::Client::builder().pool_max_idle_per_host(0);
        let http = http.build().unwrap();
        let request = match kind {
            Kind::Events => http.get(format!("http://{address}/sse{query}")),
            Kind::Lines => http
                .post(format!("http://{address}/stream{query}"))
                .body(body.to_owned()),
        };
        let down = timeout(PATIENCE, request.send()).await.unwrap().unwrap();
        assert_eq!(down.status(), 200);
        let content_type = match kind {
            Kind::Events => "text/event-stream",
            Kind::Lines => "application/x-ndjson",
        };
        assert_eq!(down.headers()["content-type"], content_type);
        assert_eq!(down.headers()["cache-control"], "no-store, no-transform");
        assert_eq!(down.headers()["x-accel-buffering"], "no");
        let mut listener = Self {
            address,
            http,
            down,
            heard: Vec::new(),
            kind,
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
        let sent = self.http.post(url).body(body).send();
        let response = timeout(PATIENCE, sent).await.unwrap().unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Posted { status, body }
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
        loop {
            match self.next().await {
                Seen::Message(message) => return message,
                Seen::Ping => {}
                other => panic!("{other:?} instead of a message"),
            }
        }
    }

    /// The code of the `close` that ends the stream, whatever comes before it.
    pub(crate) async fn close_code(&mut self) -> u16 {
        loop {
            match self.next().await {
                Seen::Close(code) => {
                    assert_eq!(self.next().await, Seen::End, "the last is the last");
                    return code;
                }
                Seen::End => panic!("the stream ended without a `close`"),
                Seen::Message(_) | Seen::Ping => {}
            }
        }
    }

    /// What comes next.
    pub(crate) async fn next(&mut self) -> Seen {
        loop {
            if let Some(seen) = self.decode() {
                return seen;
            }
            let chunk = timeout(PATIENCE, self.down.chunk()).await;
            match chunk.expect("something comes in time") {
                Ok(Some(chunk)) => self.heard.extend_from_slice(&chunk),
                Ok(None) | Err(_) => return Seen::End,
            }
        }
    }

    /// The next message that is here as a whole.
    fn decode(&mut self) -> Option<Seen> {
        let separator: &[u8] = match self.kind {
            Kind::Events => b"\n\n",
            Kind::Lines => b"\n",
        };
        loop {
            let mut windows = self.heard.windows(separator.len());
            let end = windows.position(|window| window == separator)?;
            let whole: Vec<u8> = self.heard.drain(..end + separator.len()).collect();
            let text = String::from_utf8(whole).unwrap();
            let text = match self.kind {
                Kind::Events if text.starts_with("retry: ") => continue,
                Kind::Events => text.strip_prefix("data: ").expect("an event with data"),
                Kind::Lines => &text,
            };
            let message: Value = serde_json::from_str(text).expect("one message as JSON");
            return Some(match message["type"].as_str() {
                Some("ping") => Seen::Ping,
                Some("close") => Seen::Close(message["code"].as_u64().unwrap() as u16),
                _ => Seen::Message(message),
            });
        }
    }
}

/// The answer to a request up.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) status: u16,
    pub(crate) body: Value,
}
