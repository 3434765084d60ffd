//! Who may use the API.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use wirehub_model::{ErrorCode, Secret};

use crate::{admin::Admin, problem::Problem};

/// Lets requests with a valid key pass (RFC 6750 section 2.1).
pub(crate) async fn check(State(admin): State<Admin>, request: Request, next: Next) -> Response {
    let problem = match bearer(request.headers()) {
        Some(key) if admin.settings().api_keys.accept(&key) => return next.run(request).await,
        Some(_) => Problem::new(ErrorCode::Unauthorized, "the API key is not valid")
            .hint("compare it with `admin.api_key`"),
        None => Problem::new(ErrorCode::Unauthorized, "the request carries no API key")
            .hint("send it as `Authorization: Bearer <api key>`"),
    };
    let mut response = problem.into_response();
    let challenge = HeaderValue::from_static("Bearer");
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, challenge);
    response
}

fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| Secret::new(key.trim().to_owned()))
}
