//! The opening handshake of RFC 6455, as a check of one request and an answer to it. No IO.

use bytes::Bytes;
use http::header::{
    ALLOW, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue,
    SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts;
use http::{Method, Response, StatusCode, Version};
use http_body_util::Full;
use wirehub_websocket::negotiate::{Answer, MalformedExtensions, answer_offers};
use wirehub_websocket::{Window, handshake};

/// Subprotocols that a client may offer.
const SUBPROTOCOLS_MAX: usize = 32;

/// A request that follows RFC 6455 section 4.2.1, and what its client offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpgradeRequest {
    accept: String,
    subprotocols: Vec<String>,
    deflate: Option<Answer>,
}

/// Why a request is not a proper opening handshake. The message names the header to correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpgradeError {
    /// The method is not GET.
    #[error("a WebSocket handshake is a GET request")]
    Method,
    /// The request is HTTP/1.0, which knows no upgrade, or HTTP/2.
    #[error("a WebSocket handshake needs HTTP/1.1")]
    HttpVersion,
    /// `Host` is missing or repeated.
    #[error("exactly one Host header is needed")]
    Host,
    /// `Upgrade` does not contain `websocket`.
    #[error("the Upgrade header has to contain `websocket`")]
    Upgrade,
    /// `Connection` does not contain `Upgrade`.
    #[error("the Connection header has to contain `Upgrade`; does a proxy remove it?")]
    Connection,
    /// The request announces a body.
    #[error("a WebSocket handshake has no body")]
    Body,
    /// `Sec-WebSocket-Version` is not 13 (RFC 6455 section 4.4).
    #[error("the Sec-WebSocket-Version header has to be 13")]
    WebSocketVersion,
    /// `Sec-WebSocket-Key` is missing, repeated, or not 16 bytes in base64.
    #[error("exactly one Sec-WebSocket-Key header of 16 bytes in base64 is needed")]
    Key,
    /// `Sec-WebSocket-Protocol` is not a list of distinct tokens.
    #[error("the Sec-WebSocket-Protocol header has to be a list of at most 32 distinct tokens")]
    Subprotocols,
    /// `Sec-WebSocket-Extensions` does not follow its grammar.
    #[error("the Sec-WebSocket-Extensions header is malformed")]
    Extensions,
    /// The server picked a subprotocol that the client did not offer.
    #[error("the server chose a subprotocol that was not offered")]
    NotOffered,
}

impl UpgradeRequest {
    /// Whether the request wants to become a WebSocket at all, be it in a proper way or not.
    #[must_use]
    pub fn is_meant(request: &Parts) -> bool {
        tokens(&request.headers, UPGRADE).any(|token| token.eq_ignore_ascii_case("websocket"))
    }

    /// Checks a request against RFC 6455 section 4.2.1.
    ///
    /// # Errors
    ///
    /// The first rule that is broken; answer with [`UpgradeError::response`].
    pub fn check(request: &Parts) -> Result<Self, UpgradeError> {
        let headers = &request.headers;
        check_request_line(request)?;
        only(headers, HOST).ok_or(UpgradeError::Host)?;
        if !Self::is_meant(request) {
            return Err(UpgradeError::Upgrade);
        }
        if !tokens(headers, CONNECTION).any(|token| token.eq_ignore_ascii_case("upgrade")) {
            return Err(UpgradeError::Connection);
        }
        if headers.contains_key(TRANSFER_ENCODING)
            || headers
                .get(CONTENT_LENGTH)
                .is_some_and(|length| length != "0")
        {
            return Err(UpgradeError::Body);
        }
        if only(headers, SEC_WEBSOCKET_VERSION) != Some(handshake::VERSION) {
            return Err(UpgradeError::WebSocketVersion);
        }
        let key = only(headers, SEC_WEBSOCKET_KEY)
            .filter(|key| handshake::is_key(key))
            .ok_or(UpgradeError::Key)?;
        Ok(Self {
            accept: handshake::accept_key(key),
            subprotocols: subprotocols(headers)?,
            deflate: deflate(headers)?,
        })
    }

    /// The subprotocols that the client offers, the one it likes best first.
    pub fn subprotocols(&self) -> impl Iterator<Item = &str> {
        self.subprotocols.iter().map(String::as_str)
    }

    /// Whether the client offers compression (RFC 7692) in a form that can be taken.
    #[must_use]
    pub const fn offers_compression(&self) -> bool {
        self.deflate.is_some()
    }

    /// The answer of RFC 6455 section 4.2.2, and the window to compress with if compression is
    /// agreed on: it is when the client offers it and `compression` allows it.
    ///
    /// # Errors
    ///
    /// The client did not offer `subprotocol`; it would have to fail the connection (section 4.1).
    pub fn accept(
        &self,
        subprotocol: Option<&str>,
        compression: bool,
    ) -> Result<(Response<Full<Bytes>>, Option<Window>), UpgradeError> {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        // Base64 is always a valid header value.
        let accept = HeaderValue::try_from(&self.accept).map_err(|_| UpgradeError::Key)?;
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
        if let Some(name) = subprotocol {
            let offered = self.subprotocols().any(|offered| offered == name);
            let value = HeaderValue::from_str(name).ok().filter(|_| offered);
            headers.insert(
                SEC_WEBSOCKET_PROTOCOL,
                value.ok_or(UpgradeError::NotOffered)?,
            );
        }
        let deflate = self.deflate.filter(|_| compression);
        if let Some(answer) = deflate {
            let value = HeaderValue::from_static(answer.header_value());
            headers.insert(SEC_WEBSOCKET_EXTENSIONS, value);
        }
        Ok((response, deflate.map(Answer::window)))
    }
}

impl UpgradeError {
    /// The answer to a request that breaks the rule: 405 with `Allow`, 426 with the version that is
    /// spoken (RFC 6455 section 4.4), 500 for a mistake of the server, else 400. The connection
    /// closes.
    #[must_use]
    pub fn response(self) -> Response<Full<Bytes>> {
        let (status, hint) = match self {
            Self::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                Some((ALLOW, HeaderValue::from_static("GET"))),
            ),
            Self::WebSocketVersion => (
                StatusCode::UPGRADE_REQUIRED,
                Some((
                    SEC_WEBSOCKET_VERSION,
                    HeaderValue::from_static(handshake::VERSION),
                )),
            ),
            Self::NotOffered => (StatusCode::INTERNAL_SERVER_ERROR, None),
            _ => (StatusCode::BAD_REQUEST, None),
        };
        let mut response = Response::new(Full::from(format!("{self}\n")));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.extend(hint);
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        let connection = match status {
            // RFC 9110 section 15.5.22: a 426 names what to upgrade to.
            StatusCode::UPGRADE_REQUIRED => {
                headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
                "upgrade, close"
            }
            _ => "close",
        };
        headers.insert(CONNECTION, HeaderValue::from_static(connection));
        response
    }
}

fn check_request_line(request: &Parts) -> Result<(), UpgradeError> {
    if request.version != Version::HTTP_11 {
        return Err(UpgradeError::HttpVersion);
    }
    if request.method != Method::GET {
        return Err(UpgradeError::Method);
    }
    Ok(())
}

/// The names in `Sec-WebSocket-Protocol`, which may come in several headers (section 11.3.4).
fn subprotocols(headers: &HeaderMap) -> Result<Vec<String>, UpgradeError> {
    let mut names: Vec<String> = Vec::new();
    for value in headers.get_all(SEC_WEBSOCKET_PROTOCOL) {
        let value = value.to_str().map_err(|_| UpgradeError::Subprotocols)?;
        if value.trim().is_empty() {
            // An empty list offers nothing (RFC 9110 section 5.6.1.2), and some clients send it.
            continue;
        }
        for name in value.split(',').map(str::trim) {
            let known = names.iter().any(|known| known == name);
            if known || !is_token(name) || names.len() == SUBPROTOCOLS_MAX {
                return Err(UpgradeError::Subprotocols);
            }
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

fn deflate(headers: &HeaderMap) -> Result<Option<Answer>, UpgradeError> {
    let mut answer = None;
    for value in headers.get_all(SEC_WEBSOCKET_EXTENSIONS) {
        let offers = value.to_str().map_err(|_| UpgradeError::Extensions)?;
        let one =
            answer_offers(offers).map_err(|MalformedExtensions { .. }| UpgradeError::Extensions)?;
        answer = answer.or(one);
    }
    Ok(answer)
}

/// The value of a header that may come only once.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).into_iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok().map(str::trim)
}

/// The elements of a list that may be spread over several headers; those that are not text are left
/// out.
fn tokens(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

/// RFC 9110 section 5.6.2.
fn is_token(text: &str) -> bool {
    let is_token_char =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token_char)
}

#[cfg(test)]
mod tests;
