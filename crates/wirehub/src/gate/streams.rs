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
    CentrifugoTransport,
    doorkeeper::Denial,
    letter::Letter,
    post::{Post, Posted, Said},
};

/// How long a shard may take to take in what a client says.
const SHARD_TIME: Duration = Duration::from_secs(5);

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A stream of a native client is to begin.
    Open(StreamFormat),
    /// The native client of the stream with this name says something.
    Say(String),
    /// A stream of a client of Centrifugo is to begin.
    Listen(CentrifugoTransport),
    /// A client of Centrifugo that hears a stream says something.
    Emulate,
}

impl Asked {
    /// The methods that may be used.
    const fn methods(&self) -> &'static str {
        match self {
            Self::Open(StreamFormat::Events) => "GET, OPTIONS",
            Self::Listen(CentrifugoTransport::Sse | CentrifugoTransport::UniSse) => {
                "GET, POST, OPTIONS"
            }
            Self::Open(_) | Self::Say(_) | Self::Listen(_) | Self::Emulate => "POST, OPTIONS",
        }
    }

    fn allows(&self, method: &Method) -> bool {
        let mut methods = self.methods().split(", ");
        methods.any(|known| known == method.as_str())
    }
}

impl HubGate {
    /// What a path stands for, if it is one of streams.
    pub(super) fn asked(&self, path: &str) -> Option<Asked> {
        if let Some(asked) = self.asked_by_centrifugo(path) {
            return Some(asked);
        }
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

    fn asked_by_centrifugo(&self, path: &str) -> Option<Asked> {
        let settings = self.shared.settings.dialects.centrifugo.as_ref()?;
        if settings.emulation_path() == Some(path) {
            return Some(Asked::Emulate);
        }
        match settings.transport_at(path)? {
            CentrifugoTransport::WebSocket | CentrifugoTransport::UniWebSocket => None,
            stream => Some(Asked::Listen(stream)),
        }
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
        let reply = match asked {
            _ if !asked.allows(request.method()) => Ok(wrong_method(&asked).into()),
            Asked::Open(format) => self.open(format, request).await,
            Asked::Listen(transport) => self.listen(transport, request).await,
            Asked::Say(name) => self.say(&name, request).await.map(Reply::Whole),
            Asked::Emulate => self.emulate(request).await.map(Reply::Whole),
        };
        let mut reply = reply.unwrap_or_else(|denial| refusal(&denial).into());
        match &mut reply {
            Reply::Whole(response) => response.headers_mut().extend(allowed),
            Reply::Stream(opening) => opening.headers.extend(allowed),
        }
        reply
    }

    /// Lets a client in that will hear a stream.
    async fn open(
        &self,
        format: StreamFormat,
        request: Request<Incoming>,
    ) -> Result<Reply<Admitted>, Denial> {
        if self.shared.is_draining() {
            return Err(Denial::draining());
        }
        let now = self.shared.clock.now();
        let doorkeeper = self.shared.doorkeeper();
        let (head, body) = request.into_parts();
        let principal = doorkeeper
            .admit(&head.headers, head.uri.query(), now)
            .await?;
        let said = body::text(self.body(body).await?)?;
        let admitted = Admitted {
            dialect: Dialect::NativeJson,
            principal,
            said: Some(Said::Lines(said)),
            guest: None,
        };
        Ok(begin(format, admitted))
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
        let seq = seq(request.uri().query())?;
        let said = body::text(self.body(request.into_body()).await?)?;
        match self.post(stream, seq, Said::Lines(said)).await {
            Posted::Taken | Posted::Repeated => Ok(nothing_to_say()),
            Posted::OutOfOrder { expected } => Ok(out_of_order(expected)),
            Posted::Unknown => Err(unknown()),
            Posted::Busy => Err(overloaded()),
        }
    }

    /// Has the shard of a stream take what its client says.
    pub(super) async fn post(&self, stream: StreamName, seq: Option<u64>, said: Said) -> Posted {
        let Some(shard) = self.shards.get(usize::from(stream.connection().shard())) else {
            return Posted::Unknown;
        };
        let (answer, posted) = oneshot::channel();
        let letter = Letter::Post(Box::new(Post {
            stream,
            seq,
            said,
            answer,
        }));
        let carried = timeout(SHARD_TIME, async {
            // A shard that failed has no streams any more.
            shard.send(letter).await.ok()?;
            posted.await.ok()
        });
        // The number tells whether it was taken after all when it comes again.
        let posted = carried.await.unwrap_or(Some(Posted::Busy));
        posted.unwrap_or(Posted::Unknown)
    }

    pub(super) async fn body(&self, body: Incoming) -> Result<Bytes, Denial> {
        let limits = &self.shared.settings.limits;
        body::read(body, self.shared.message_bytes(), limits.handshake_timeout).await
    }
}

/// A stream begins.
pub(super) fn begin(format: StreamFormat, admitted: Admitted) -> Reply<Admitted> {
    Reply::Stream(Opening {
        format,
        headers: HeaderMap::new(),
        admitted,
    })
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

/// The denial of a shard that has too much to do.
pub(super) fn overloaded() -> Denial {
    denial(
        StatusCode::SERVICE_UNAVAILABLE,
        "overloaded",
        "the server is too busy; send it again",
    )
}

pub(super) fn denial(status: StatusCode, word: &'static str, message: &str) -> Denial {
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
    let message = format!("use one of {}", asked.methods());
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

pub(super) fn nothing_to_say() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn out_of_order(expected: u64) -> Response<Full<Bytes>> {
    let message = "a request before this one is missing; send that first";
    let body = json!({"error": "out_of_order", "message": message, "expected": expected});
    json_response(StatusCode::CONFLICT, &body)
}
