//! Who may use the API: keys that may do everything. Its commands come in batches and name channels
//! in their own way, and its programs know nothing of scopes.

use axum::{
    extract::{Query, Request, State},
    http::{HeaderMap, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use wirehub_model::Secret;

use crate::{admin::Admin, wrong_keys::WrongKey};

/// Lets requests with a valid key pass: `X-API-Key`, `Authorization: apikey …` or `?api_key=`, the
/// first that is there.
pub(crate) async fn check(State(admin): State<Admin>, request: Request, next: Next) -> Response {
    let Some(key) = key(request.headers(), request.uri()) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    match admin.access_of(&key).await {
        Ok(access) if access.is_everything() => next.run(request).await,
        Ok(_) => StatusCode::FORBIDDEN.into_response(),
        Err(WrongKey::Unknown) => StatusCode::UNAUTHORIZED.into_response(),
        Err(WrongKey::TooMany) => StatusCode::TOO_MANY_REQUESTS.into_response(),
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
