//! `GET /ping`: how the server is, without a connection to it.

use std::time::Duration;

use http::{Method, Request, header};
use http_body_util::Full;
use tokio::time::timeout;

use super::{Dialer, Endpoint, Exchange};

/// How long the server may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The status that `/ping` is answered with; `None` when there is no answer.
pub(crate) async fn ping(dialer: &Dialer, endpoint: &Endpoint) -> Option<u16> {
    let request = Request::builder()
        .method(Method::GET)
        .uri(Endpoint::uri(&endpoint.beside("ping")).ok()?)
        .header(header::HOST, &endpoint.authority)
        .header(header::CONNECTION, "close")
        .body(Full::default())
        .ok()?;
    let asked = async {
        let mut exchange = Exchange::open(dialer, endpoint).await.ok()?;
        let response = exchange.request(request).await.ok()?;
        Some(response.status().as_u16())
    };
    timeout(PATIENCE, asked).await.ok().flatten()
}
