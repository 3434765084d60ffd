//! Who may use the API.

use axum::{
    extract::{Query, Request, State},
    http::{HeaderMap, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use wirehub_model::Secret;

use crate::admin::Admin;

/// Lets requests with a valid key pass: `X-API-Key`, `Authorization: apikey …` or `?api_key=`, the
/// first that is there.
pub(crate) async fn check(State(admin): State<Admin>, request: Request, next: Next) -> Response {
    match key(request.headers(), request.uri()) {
        Some(key) if admin.settings().api_keys.accept(&key) => next.run(request).await,
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

fn key(headers: &HeaderMap, uri: &Uri) -> Option<Secret> {
    if let Some(key) = headers.get("x-api-key") {
        return Some(Secret::new(key.to_str().ok()?.to_owned()));
    }
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
        return scheme
            .eq_ignore_ascii_case("apikey")
            .then(|| Secret::new(key.trim().to_owned()));
    }
    let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
    let mut keys = query.into_iter().filter(|(name, _)| name == "api_key");
    keys.next().map(|(_, key)| Secret::new(key))
}
