//! A link over plain HTTP, for proxies that let no WebSocket through: what the server says comes
//! down as one answer that does not end, what the client says goes up in requests of its own
//! (`docs/protocol.md`, "Without WebSocket").

mod lines;
mod upward;

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use serde::Deserialize;
use tokio::{sync::Notify, time::timeout};

use self::{lines::Lines, upward::Upward};
use super::{Closed, Dialer, Endpoint, Exchange, Frame, Heard, Say, Wires};

/// How long the server may take to open the stream.
const OPENING: Duration = Duration::from_secs(10);

/// What belongs to the transport and not to the protocol.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Control {
    /// The name to post to.
    Stream { stream: String },
    /// The server wants a sign of life.
    Ping,
    /// The server closes.
    Close {
        code: u16,
        #[serde(default)]
        reason: String,
    },
    /// A message of the protocol.
    #[serde(other)]
    Message,
}

/// Opens a stream and carries messages until it ends.
pub(crate) async fn run(dialer: Dialer, endpoint: Endpoint, line_bytes: usize, mut wires: Wires) {
    let opening = timeout(OPENING, Downward::open(&dialer, &endpoint, line_bytes));
    let opened = tokio::select! {
        opened = opening => {
            opened.unwrap_or_else(|_| Err(Closed::lost("the server did not open the stream")))
        }
        () = told_to_close(&mut wires) => Err(Closed::lost("closed before it opened")),
    };
    let closed = match opened {
        Ok((mut down, name)) => {
            wires.tell(Heard::Opened).await;
            let pinged = Notify::new();
            let mut up = Upward::new(dialer, endpoint, &name);
            let Wires { link, say, heard } = &mut wires;
            let listen = down.listen(&pinged, |what| {
                let report = heard.send((*link, what));
                async {
                    let _ = report.await;
                }
            });
            tokio::select! {
                closed = listen => closed,
                closed = up.run(say, &pinged) => closed,
            }
        }
        Err(closed) => {
            // A refusal has 1006; everything else is an answer that is none.
            if closed.code != 1006 {
                wires.tell(Heard::Garbage(closed.reason.clone())).await;
            }
            closed
        }
    };
    wires.tell(Heard::Closed(closed)).await;
}

async fn told_to_close(wires: &mut Wires) {
    while let Some(Say::Frame(_)) = wires.say.recv().await {}
}

/// The stream down.
struct Downward {
    exchange: Exchange,
    body: Incoming,
    lines: Lines,
}

impl Downward {
    /// Opens it and reads the name to post to.
    async fn open(
        dialer: &Dialer,
        endpoint: &Endpoint,
        line_bytes: usize,
    ) -> Result<(Self, String), Closed> {
        let lost = |error: std::io::Error| Closed::lost(error.to_string());
        let mut exchange = Exchange::open(dialer, endpoint).await.map_err(lost)?;
        let request = post(endpoint, &endpoint.beside("stream"), Bytes::new())
            .map_err(|error| Closed::lost(format!("the request cannot be made: {error}")))?;
        let response = exchange.request(request).await.map_err(lost)?;
        if response.status() != StatusCode::OK {
            return Err(exchange.refusal(response).await);
        }
        let mut down = Self {
            exchange,
            body: response.into_body(),
            lines: Lines::new(line_bytes),
        };
        match down.next().await? {
            (Control::Stream { stream }, _) if is_name(&stream) => Ok((down, stream)),
            _ => Err(Closed {
                code: 1002,
                reason: "the stream does not begin with its name".to_owned(),
                ..Closed::default()
            }),
        }
    }

    /// Tells of what comes, until the end.
    async fn listen<F: Future<Output = ()>>(
        &mut self,
        pinged: &Notify,
        tell: impl Fn(Heard) -> F,
    ) -> Closed {
        loop {
            match self.next().await {
                Ok((Control::Message | Control::Stream { .. }, line)) => {
                    tell(Heard::Frame(Frame::Text(line))).await;
                }
                Ok((Control::Ping, _)) => {
                    pinged.notify_one();
                    tell(Heard::Activity).await;
                }
                Ok((Control::Close { code, reason }, _)) => {
                    return Closed {
                        code,
                        reason,
                        ..Closed::default()
                    };
                }
                Err(closed) => {
                    if closed.code != 1006 {
                        tell(Heard::Garbage(closed.reason.clone())).await;
                    }
                    return closed;
                }
            }
        }
    }

    /// The next message, empty lines passed over.
    async fn next(&mut self) -> Result<(Control, String), Closed> {
        loop {
            if let Some(line) = self.lines.next() {
                let line = String::from_utf8(line).map_err(|_| broken("a line is not UTF-8"))?;
                let control = serde_json::from_str(&line)
                    .map_err(|_| broken("a line is not a message in JSON"))?;
                return Ok((control, line));
            }
            let body = &mut self.body;
            match self.exchange.wait(body.frame()).await {
                None => return Err(Closed::lost("the stream ended")),
                Some(Err(error)) => return Err(Closed::lost(error.to_string())),
                Some(Ok(frame)) => {
                    let data = frame.into_data().unwrap_or_default();
                    if !self.lines.push(&data) {
                        return Err(Closed {
                            code: 1009,
                            reason: "a line is over the limit".to_owned(),
                            ..Closed::default()
                        });
                    }
                }
            }
        }
    }
}

fn broken(reason: &str) -> Closed {
    Closed {
        code: 1007,
        reason: reason.to_owned(),
        ..Closed::default()
    }
}

/// The name goes into a path, so what would lead elsewhere is no name.
fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=128).contains(&name.len()) && name.bytes().all(plain)
}

fn post(
    endpoint: &Endpoint,
    target: &str,
    body: Bytes,
) -> Result<Request<Full<Bytes>>, http::Error> {
    Request::builder()
        .method(Method::POST)
        .uri(Endpoint::uri(target)?)
        .header(header::HOST, &endpoint.authority)
        .header(header::CONTENT_TYPE, "application/x-ndjson")
        .body(Full::new(body))
}
