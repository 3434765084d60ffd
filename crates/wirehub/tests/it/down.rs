//! What a client without a WebSocket hears: an answer that does not end.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use crate::client::Seen;

/// How long anything may take before the test has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a client hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Server-sent events.
    Events,
    /// One message a line.
    Lines,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Events, Self::Lines];

    const fn content_type(self) -> &'static str {
        match self {
            Self::Events => "text/event-stream",
            Self::Lines => "application/x-ndjson",
        }
    }
}

/// Each request of it goes over a connection of its own, which may reach another shard.
pub(crate) fn http_client() -> reqwest::Client {
    let http = reqwest::Client::builder().pool_max_idle_per_host(0);
    http.build().unwrap()
}

/// Sends a request, and gives what is answered in time.
pub(crate) async fn answer(request: reqwest::RequestBuilder) -> reqwest::Response {
    timeout(PATIENCE, request.send()).await.unwrap().unwrap()
}

/// The answer to a request up.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Posted {
    pub(crate) async fn by(request: reqwest::RequestBuilder) -> Self {
        let response = answer(request).await;
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self { status, body }
    }
}

/// An answer, as far as it came.
pub(crate) struct Down {
    answer: reqwest::Response,
    heard: Vec<u8>,
    kind: Kind,
    /// What a message is in its dialect.
    read: fn(Value) -> Seen,
}

impl Down {
    /// Sends a request whose answer does not end.
    pub(crate) async fn open(
        request: reqwest::RequestBuilder,
        kind: Kind,
        read: fn(Value) -> Seen,
    ) -> Self {
        let answer = answer(request).await;
        assert_eq!(answer.status(), 200);
        let headers = answer.headers();
        assert_eq!(headers["content-type"], kind.content_type());
        assert_eq!(headers["cache-control"], "no-store, no-transform");
        assert_eq!(headers["x-accel-buffering"], "no");
        Self {
            answer,
            heard: Vec::new(),
            kind,
            read,
        }
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

    /// The code of the goodbye that ends the stream, whatever comes before it.
    pub(crate) async fn close_code(&mut self) -> u16 {
        loop {
            match self.next().await {
                Seen::Close(code) => {
                    assert_eq!(self.next().await, Seen::End, "the last is the last");
                    return code;
                }
                Seen::End => panic!("the stream ended without a goodbye"),
                Seen::Message(_) | Seen::Ping => {}
            }
        }
    }

    /// What comes next.
    pub(crate) async fn next(&mut self) -> Seen {
        loop {
            if let Some(text) = self.next_text() {
                let message = serde_json::from_str(&text).expect("one message as JSON");
                return (self.read)(message);
            }
            let chunk = timeout(PATIENCE, self.answer.chunk()).await;
            match chunk.expect("something comes in time") {
                Ok(Some(chunk)) => self.heard.extend_from_slice(&chunk),
                Ok(None) | Err(_) => return Seen::End,
            }
        }
    }

    /// The text of the next message that is here as a whole.
    fn next_text(&mut self) -> Option<String> {
        let separator: &[u8] = match self.kind {
            Kind::Events => b"\n\n",
            Kind::Lines => b"\n",
        };
        loop {
            let mut windows = self.heard.windows(separator.len());
            let end = windows.position(|window| window == separator)?;
            let whole: Vec<u8> = self.heard.drain(..end + separator.len()).collect();
            let text = String::from_utf8(whole).unwrap();
            return Some(match self.kind {
                Kind::Events if text.starts_with("retry: ") => continue,
                Kind::Events => {
                    let data = text.strip_prefix("data: ");
                    data.expect("an event with data").to_owned()
                }
                Kind::Lines => text,
            });
        }
    }
}
