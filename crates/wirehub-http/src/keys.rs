//! Who may use the API, and what for.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use wirehub::auth::{ApiAccess, ApiScope};
use wirehub_model::{ErrorCode, Secret, TopicFilter};

use crate::{admin::Admin, problem::Problem, wrong_keys::WrongKey};

/// Lets requests pass whose key is valid (RFC 6750 section 2.1) and has a scope, if one is needed.
/// What the key may do goes along with the request as an [`ApiAccess`].
pub(crate) async fn check(
    State((admin, scope)): State<(Admin, Option<ApiScope>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let problem = match bearer(request.headers()) {
        Some(key) => match admin.access_of(&key).await {
            Ok(access) => {
                let Some(lacking) = lacking(&access, scope) else {
                    request.extensions_mut().insert(access);
                    return next.run(request).await;
                };
                let name = lacking.name();
                // RFC 6750 section 3.1 has a word for that.
                let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{name}\"");
                return challenged(no_scope(lacking), &challenge);
            }
            Err(WrongKey::Unknown) => {
                Problem::new(ErrorCode::Unauthorized, "the API key is not valid")
                    .hint("compare it with `admin.api_key` and `admin.keys`")
            }
            Err(WrongKey::TooMany) => return too_many(),
        },
        None => Problem::new(ErrorCode::Unauthorized, "the request carries no API key")
            .hint("send it as `Authorization: Bearer <api key>`"),
    };
    challenged(problem, "Bearer")
}

/// Whether a key may touch all that a filter can match.
pub(crate) fn check_topics(access: &ApiAccess, wanted: &TopicFilter) -> Result<(), Problem> {
    if access.covers(wanted) {
        return Ok(());
    }
    let message = format!("the API key may not touch `{wanted}`");
    let problem = Problem::new(ErrorCode::PermissionDenied, message);
    Err(problem.hint("its `topics` in `[[admin.keys]]` say which it may"))
}

/// The scope that a key would need and does not have.
pub(crate) fn lacking(access: &ApiAccess, needed: Option<ApiScope>) -> Option<ApiScope> {
    needed.filter(|scope| !access.has(*scope))
}

/// Says that a key does not have a scope.
pub(crate) fn no_scope(lacking: ApiScope) -> Problem {
    let message = format!("the API key has no scope `{}`", lacking.name());
    let problem = Problem::new(ErrorCode::PermissionDenied, message);
    problem.hint("the key's `scopes` in `[[admin.keys]]` say what it may do")
}

/// Says so for a wrong key that came too fast.
fn too_many() -> Response {
    let problem = Problem::new(
        ErrorCode::RateLimited,
        "the API key is not valid, and too many wrong ones were tried",
    );
    let mut response = problem.into_response();
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn challenged(problem: Problem, challenge: &str) -> Response {
    let mut response = problem.into_response();
    if let Ok(challenge) = HeaderValue::from_str(challenge) {
        let headers = response.headers_mut();
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| Secret::new(key.trim().to_owned()))
}
