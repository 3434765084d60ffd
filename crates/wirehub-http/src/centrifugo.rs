//! The server API of Centrifugo, for programs that were written for it.
//!
//! It stands beside our own under a prefix of its own, takes the same keys, and does everything
//! through the same handle. Channels are topics by the names that `wirehub_protocol::centrifuge`
//! gives them. What the hub has no counterpart for is refused with the code that Centrifugo has
//! for that; `docs/migrating-from-centrifugo.md` lists it.

mod access;
mod batch;
mod channels;
mod disconnect;
mod failure;
mod glob;
mod history;
mod info;
mod lines;
mod method;
mod params;
mod prefix;
mod presence;
mod publish;
mod refresh;
mod reply;
mod subscribe;
mod target;

pub use prefix::{ApiPrefix, ApiPrefixError};

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    middleware,
    response::{IntoResponse, Response},
    routing::post,
};

use self::{method::Method, params::Params, reply::ErrorMode};
use crate::{admin::Admin, body::Body};

/// The paths under a prefix.
pub(crate) fn routes(prefix: &ApiPrefix, admin: &Admin) -> Router<Admin> {
    let prefix = prefix.as_str();
    Router::new()
        .route(prefix, post(lines::answer))
        .route(&format!("{prefix}/{{method}}"), post(one))
        .route_layer(middleware::from_fn_with_state(admin.clone(), access::check))
}

/// One command, named by the last part of the path.
async fn one(
    State(admin): State<Admin>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Some(method) = Method::by_name(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Some(params) = Params::read(body.bytes()) else {
        return bad_request();
    };
    match method.perform(&admin, params).await {
        Ok(outcome) => reply::done(&outcome),
        Err(failure) if failure.is_malformed() => bad_request(),
        Err(failure) => reply::failed(&failure, ErrorMode::of(&headers)),
    }
}

/// What is not JSON, or not of the right kind, is not worth an error code.
fn bad_request() -> Response {
    (StatusCode::BAD_REQUEST, "Bad Request\n").into_response()
}
