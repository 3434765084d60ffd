//! What the public listener answers: WebSocket handshakes, streams, `/ping` and files.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::{Value, json};
use wirehub_model::Principal;
use wirehub_protocol::Dialect;
use wirehub_transport::{Accepted, Gate, Peer, Reply, UpgradeRequest};

use crate::{
    DependencyStatus, clock::unix, doorkeeper::Denial, letter::ShardSender, memory::resident_bytes,
    post::Said, pusher::Guest, shared::Shared,
};

mod body;
mod cross_origin;
mod emulation;
mod foreign;
mod streams;

/// The health endpoint of the article this product comes from.
const PING: &str = "/ping";

/// Decides about requests to the hub's own listener.
#[derive(Clone, Debug)]
pub(crate) struct HubGate {
    shared: Arc<Shared>,
    /// Who has the clients that speak in requests of their own.
    shards: Vec<ShardSender>,
}

/// What is known of a client that was let through.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) dialect: Dialect,
    /// Who it is; `None` until it sends credentials.
    pub(crate) principal: Option<Principal>,
    /// What it said already.
    pub(crate) said: Option<Said>,
    /// What is known of it as a client of Pusher.
    pub(crate) guest: Option<Guest>,
}

impl HubGate {
    pub(crate) const fn new(shared: Arc<Shared>, shards: Vec<ShardSender>) -> Self {
        Self { shared, shards }
    }

    pub(crate) const fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Decides about a WebSocket handshake, whatever path it came by.
    pub(crate) async fn decide(
        &self,
        request: &Parts,
        offer: &UpgradeRequest,
    ) -> Result<Accepted<Admitted>, Response<Full<Bytes>>> {
        if self.shared.is_draining() {
            return Err(Denial::draining().response());
        }
        let dialect =
            choose_dialect(offer, &Dialect::NATIVE).map_err(|denial| denial.response())?;
        let now = self.shared.clock.now();
        let doorkeeper = self.shared.doorkeeper();
        let principal = doorkeeper
            .admit(&request.headers, request.uri.query(), now)
            .await
            .map_err(|denial| denial.response())?;
        let offered = offer.subprotocols().next().is_some();
        Ok(Accepted {
            subprotocol: offered.then_some(Cow::Borrowed(dialect.subprotocol())),
            compression: self.shared.settings.compression,
            admitted: Admitted {
                dialect,
                principal,
                said: None,
                guest: None,
            },
        })
    }

    /// `/ping` as the article has it: 200 and a timestamp, or 500 and what is failing.
    fn ping(&self, headers: &HeaderMap) -> Response<Full<Bytes>> {
        let dependencies = self.shared.dependencies();
        let failing = dependencies.iter().filter(|found| found.is_down());
        let failing: Vec<_> = failing.map(|found| &found.name).collect();
        let timestamp = unix().as_secs();
        let (status, mut body) = if failing.is_empty() {
            let body = json!({"status": "ok", "timestamp": timestamp});
            (StatusCode::OK, body)
        } else {
            let body = json!({"status": "unhealthy", "timestamp": timestamp, "failing": failing});
            (StatusCode::INTERNAL_SERVER_ERROR, body)
        };
        if self.shared.settings.ping_detail {
            body["memory_bytes"] = json!(resident_bytes());
            body["connections"] = json!(self.shared.admission.connections());
            body["dependencies"] = dependencies.iter().map(in_short).collect();
        }
        let mut response = json_response(status, &body);
        let answer = response.headers_mut();
        answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // Pages that may connect may also ask how the server is; browsers need to be told so.
        if self.shared.doorkeeper().check_origin(headers).is_ok() {
            cross_origin::allow(headers, false, answer);
        }
        response
    }
}

/// What anybody may know of a dependency. What is wrong with it may hold names and addresses of the
/// inside, and is not among that.
fn in_short(found: &DependencyStatus) -> Value {
    let latency = found.latency.map(|took| took.as_micros() as f64 / 1e3);
    json!({"name": found.name, "status": found.word(), "latency_ms": latency})
}

impl Gate for HubGate {
    type Admitted = Admitted;

    async fn admit(
        &self,
        request: &Parts,
        offer: &UpgradeRequest,
        _peer: &Peer,
    ) -> Result<Accepted<Self::Admitted>, Response<Full<Bytes>>> {
        let path = &self.shared.settings.path;
        if let Some(foreign) = self.foreign(request.uri.path()) {
            let decided = self.decide_foreign(foreign, request, offer);
            return decided.map_err(|denial| denial.response());
        }
        if request.uri.path() != path {
            let message = format!("the WebSocket endpoint is {path}");
            return Err(Denial::not_found(message).response());
        }
        self.decide(request, offer).await
    }

    async fn answer(&self, request: Request<Incoming>, _peer: &Peer) -> Reply<Admitted> {
        if let Some(asked) = self.asked(request.uri().path()) {
            return self.stream(asked, request).await;
        }
        self.plain(&request).into()
    }
}

impl HubGate {
    /// Answers a request that is about no client.
    fn plain(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path();
        if path == PING && matches!(*request.method(), Method::GET | Method::HEAD) {
            return self.ping(request.headers());
        }
        let (files, headers) = (&self.shared.files, request.headers());
        if let Some(response) = files.answer(request.method(), path, headers) {
            return response;
        }
        if path == self.shared.settings.path || self.foreign(path).is_some() {
            let denial = Denial {
                status: StatusCode::UPGRADE_REQUIRED,
                word: "upgrade_required",
                message: "this is a WebSocket endpoint; connect with a WebSocket client".to_owned(),
                challenge: None,
            };
            let mut response = denial.response();
            let websocket = HeaderValue::from_static("websocket");
            response.headers_mut().insert(header::UPGRADE, websocket);
            return response;
        }
        Denial::not_found("nothing is served here".to_owned()).response()
    }
}

/// The first subprotocol of the client's that is spoken at the path; the first of `family` for a
/// client that names none.
fn choose_dialect(offer: &UpgradeRequest, family: &[Dialect; 2]) -> Result<Dialect, Denial> {
    let mut offered = offer.subprotocols().peekable();
    if offered.peek().is_none() {
        return Ok(family[0]);
    }
    let known = |name| Dialect::from_subprotocol(name).filter(|dialect| family.contains(dialect));
    offered.find_map(known).ok_or_else(|| {
        let known = family.map(Dialect::subprotocol).join(", ");
        Denial {
            status: StatusCode::BAD_REQUEST,
            word: "unknown_subprotocol",
            message: format!("none of the offered subprotocols is known; use one of: {known}"),
            challenge: None,
        }
    })
}

impl Denial {
    pub(crate) fn draining() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            word: "draining",
            message: "the server takes no new connections; try another one, or later".to_owned(),
            challenge: None,
        }
    }

    const fn not_found(message: String) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            word: "not_found",
            message,
            challenge: None,
        }
    }

    /// The denial as an answer that programs and people can read.
    pub(crate) fn response(&self) -> Response<Full<Bytes>> {
        let body = json!({"error": self.word, "message": self.message});
        let mut response = json_response(self.status, &body);
        let headers = response.headers_mut();
        if let Some(challenge) = self.challenge {
            let challenge = HeaderValue::from_static(challenge);
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

fn json_response(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
