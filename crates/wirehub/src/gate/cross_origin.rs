//! What browsers have to be told before a page of another origin may read an answer (CORS,
//! <https://fetch.spec.whatwg.org/#http-cors-protocol>).

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

/// How long browsers may remember that a page was allowed; two hours is the most that any of them
/// does.
const REMEMBERED: HeaderValue = HeaderValue::from_static("7200");

/// Lets the page that asked read the answer. Its origin has been checked.
pub(super) fn allow(request: &HeaderMap, credentials: bool, answer: &mut HeaderMap) {
    answer.insert(header::VARY, HeaderValue::from_static("origin"));
    let Some(origin) = request.get(header::ORIGIN) else {
        return;
    };
    answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    let retry_after = HeaderValue::from_static("retry-after");
    answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, retry_after);
    if credentials {
        let yes = HeaderValue::from_static("true");
        answer.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    }
}

/// The answer to a browser that asks what a page may do.
pub(super) fn preflight(methods: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, HeaderValue::from_static(methods));
    let allowed = HeaderValue::from_static(methods);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, allowed);
    // The second pair is what libraries for server-sent events send.
    let names = "authorization, content-type, cache-control, last-event-id";
    let names = HeaderValue::from_static(names);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, REMEMBERED);
    response
}
