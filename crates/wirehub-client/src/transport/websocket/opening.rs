//! The opening handshake (RFC 6455 section 4).

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::Full;
use wirehub_websocket::{CloseCode, Window, handshake, negotiate};

use super::Offer;
use crate::{
    random,
    transport::{Closed, Duplex, Endpoint, Exchange},
};

/// A WebSocket after its handshake.
pub(crate) struct Opened {
    pub(crate) stream: Box<dyn Duplex>,
    /// What the server sent right behind its answer.
    pub(crate) early: Bytes,
    pub(crate) window: Option<Window>,
}

pub(crate) async fn shake_hands(
    mut exchange: Exchange,
    endpoint: &Endpoint,
    offer: &Offer,
) -> Result<Opened, Closed> {
    let key = handshake::client_key(random::bytes());
    let request = request(endpoint, offer, &key)
        .map_err(|error| Closed::lost(format!("the request cannot be made: {error}")))?;
    let response = exchange
        .request(request)
        .await
        .map_err(|error| Closed::lost(error.to_string()))?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(exchange.refusal(response).await);
    }
    let window = check(response.headers(), offer, &key).map_err(|reason| Closed {
        code: CloseCode::PROTOCOL_ERROR.get(),
        reason: reason.to_owned(),
        ..Closed::default()
    })?;
    let (stream, early) = exchange
        .upgraded()
        .await
        .map_err(|error| Closed::lost(error.to_string()))?;
    Ok(Opened {
        stream,
        early,
        window,
    })
}

fn request(
    endpoint: &Endpoint,
    offer: &Offer,
    key: &str,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let mut request = Request::builder()
        .method(Method::GET)
        .uri(Endpoint::uri(&endpoint.websocket())?)
        .header(header::HOST, &endpoint.authority)
        .header(header::UPGRADE, "websocket")
        .header(header::CONNECTION, "Upgrade")
        .header(header::SEC_WEBSOCKET_VERSION, handshake::VERSION)
        .header(header::SEC_WEBSOCKET_KEY, key)
        .header(header::SEC_WEBSOCKET_PROTOCOL, offer.subprotocol);
    if offer.compression {
        request = request.header(header::SEC_WEBSOCKET_EXTENSIONS, negotiate::OFFER);
    }
    request.body(Full::default())
}

/// Checks the server's answer (RFC 6455 section 4.1) and gives the window to compress with.
fn check(headers: &HeaderMap, offer: &Offer, key: &str) -> Result<Option<Window>, &'static str> {
    let value = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let upgrade = value(header::UPGRADE).unwrap_or_default();
    if !upgrade.eq_ignore_ascii_case("websocket") {
        return Err("the server switched to something else than a WebSocket");
    }
    if value(header::SEC_WEBSOCKET_ACCEPT) != Some(handshake::accept_key(key).as_str()) {
        return Err("the server's `Sec-WebSocket-Accept` does not answer the key");
    }
    if value(header::SEC_WEBSOCKET_PROTOCOL) != Some(offer.subprotocol) {
        return Err("the server does not speak the subprotocol that was asked for");
    }
    let extensions = value(header::SEC_WEBSOCKET_EXTENSIONS).unwrap_or_default();
    if !offer.compression && !extensions.is_empty() {
        return Err("the server answered an extension that was not offered");
    }
    negotiate::check_answer(extensions).map_err(|_| "the server's extensions are not as offered")
}
