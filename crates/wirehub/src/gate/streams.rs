//! Clients that hear a stream and speak in requests of their own.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::json;
use tokio::{sync::oneshot, time::timeout};
use wirehub_model::StreamName;
use wirehub_protocol::Dialect;
use wirehub_transport::{Opening, Reply, StreamFormat};

use super::{Admitted, HubGate, body, cross_origin, json_response};
use crate::{
    doorkeeper::Denial,
    letter::Letter,
    post::{Post, Posted},
};

/// How long a shard may take to take in what a client says.
const SHARD_TIME: Duration = Duration::from_secs(5);

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A stream is to begin.
    Open(StreamFormat),
    /// The client of the stream with this name says something.
    Say(String),
}

impl Asked {
    const fn method(&self) -> Method {
        match self {
            Self::Open(StreamFormat::Events) => Method::GET,
            Self::Open(StreamFormat::Lines) | Self::Say(_) => Method::POST,
        }
    }

    const fn methods(&self) -> &'static str {
        match self {
            Self::Open(StreamFormat::Events) => "GET, OPTIONS",
            Self::Open(StreamFormat::Lines) | Self::Say(_) => "POST, OPTIONS",
        }
    }
}

impl HubGate {
    /// What a path stands for, if it is one of streams.
    pub(super) fn asked(&self, path: &str) -> Option<Asked> {
        let streams = &self.shared.settings.streams;
        if streams.events_path.as_deref() == Some(path) {
            return Some(Asked::Open(StreamFormat::Events));
        }
        let rest = path.strip_prefix(streams.path.as_deref()?)?;
        if rest.is_empty() {
            return Some(Asked::Open(StreamFormat::Lines));
        }
        rest.strip_prefix('/')
            .map(|name| Asked::Say(name.to_owned()))
    }

    /// Answers a request about a stream.
    pub(super) async fn stream(&self, asked: Asked, request: Request<Incoming>) -> Reply<Admitted> {
        let doorkeeper = self.shared.doorkeeper();
        if let Err(denial) = doorkeeper.check_origin(request.headers()) {
            return denial.response().into();
        }
        // The page is one of ours, and may read whatever the answer is.
        let mut allowed = HeaderMap::new();
        cross_origin::allow(request.headers(), doorkeeper.takes_cookies(), &mut allowed);
        if request.method() == Method::OPTIONS {
            let mut response = cross_origin::preflight(asked.methods());
            response.headers_mut().extend(allowed);
            return response.into();
        }
        let answer = match asked {
            _ if *request.method() != asked.method() => Err(wrong_method(&asked)),
            Asked::Open(format) => match self.open(request).await {
                Ok(admitted) => {
                    return Reply::Stream(Opening {
                        format,
                        headers: allowed,
                        admitted,
                    });
                }
                Err(denial) => Err(refusal(&denial)),
            },
            Asked::Say(name) => self.say(&name, request).await.map_err(|it| refusal(&it)),
        };
        let (Ok(mut response) | Err(mut response)) = answer;
        response.headers_mut().extend(allowed);
        response.into()
    }

    /// Lets a client in that will hear a stream.
    async fn open(&self, request: Request<Incoming>) -> Result<Admitted, Denial> {
        if self.shared.is_draining() {
            return Err(Denial::draining());
        }
        let now = self.shared.clock.now();
        let doorkeeper = self.shared.doorkeeper();
        let (head, body) = request.into_parts();
        let principal = doorkeeper
            .admit(&head.headers, head.uri.query(), now)
            .await?;
        Ok(Admitted {
            dialect: Dialect::NativeJson,
            principal,
            said: self.body(body).await?,
            guest: None,
        })
    }

    /// Carries what a client says to the shard that has it.
    async fn say(
        &self,
        name: &str,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Denial> {
        let unknown = || {
            let message = "there is no such stream, or it is over; connect again";
            denial(StatusCode::NOT_FOUND, "unknown_stream", message)
        };
        let stream: StreamName = name.parse().map_err(|_| unknown())?;
        let shard = self.shards.get(usize::from(stream.connection().shard()));
        let shard = shard.ok_or_else(unknown)?;
        let seq = seq(request.uri().query())?;
        let said = self.body(request.into_body()).await?;
        let (answer, posted) = oneshot::channel();
        let letter = Letter::Post(Box::new(Post {
            stream,
            seq,
            said,
            answer,
        }));
        let carried = timeout(SHARD_TIME, async {
            // A shard that failed has no streams any more.
            shard.send(letter).await.map_err(|_| unknown())?;
            posted.await.map_err(|_| unknown())
        });
        // The number tells whether it was taken after all when it comes again.
        match carried.await.unwrap_or(Ok(Posted::Busy))? {
            Posted::Taken | Posted::Repeated => Ok(nothing_to_say()),
            Posted::OutOfOrder { expected } => Ok(out_of_order(expected)),
            Posted::Unknown => Err(unknown()),
            Posted::Busy => Err(denial(
                StatusCode::SERVICE_UNAVAILABLE,
                "overloaded",
                "the server is too busy; send it again",
            )),
        }
    }

    async fn body(&self, body: Incoming) -> Result<String, Denial> {
        let limits = &self.shared.settings.limits;
        body::read(body, self.shared.message_bytes(), limits.handshake_timeout).await
    }
}

/// The number of a request up, if it has one.
fn seq(query: Option<&str>) -> Result<Option<u64>, Denial> {
    let query = query.unwrap_or_default().as_bytes();
    let mut found = form_urlencoded::parse(query).filter(|(name, _)| name == "seq");
    let Some((_, text)) = found.next() else {
        return Ok(None);
    };
    let number = text.parse().ok().filter(|number| *number > 0);
    match (number, found.next()) {
        (Some(number), None) => Ok(Some(number)),
        _ => Err(body::bad(
            "`seq` has to be one number, counted from 1".to_owned(),
        )),
    }
}

fn denial(status: StatusCode, word: &'static str, message: &str) -> Denial {
    Denial {
        status,
        word,
        message: message.to_owned(),
        challenge: None,
    }
}

fn refusal(denial: &Denial) -> Response<Full<Bytes>> {
    let mut response = denial.response();
    let headers = response.headers_mut();
    match denial.word {
        // The rest of the body is not waited for.
        "too_slow" | "too_large" => {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        // A turn of the loop is short.
        "overloaded" => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    response
}

fn wrong_method(asked: &Asked) -> Response<Full<Bytes>> {
    let message = format!("use {}", asked.method());
    let mut response = denial(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        &message,
    )
    .response();
    let methods = HeaderValue::from_static(asked.methods());
    response.headers_mut().insert(header::ALLOW, methods);
    response
}

fn nothing_to_say() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn out_of_order(expected: u64) -> Response<Full<Bytes>> {
    let message = "a request before this one is missing; send that first";
    let body = json!({"error": "out_of_order", "message": message, "expected": expected});
    json_response(StatusCode::CONFLICT, &body)
}
