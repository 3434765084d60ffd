//! What the key of a request may do, for whoever shows people only what they can use.

use axum::{Extension, Json};
use serde::Serialize;
use wirehub::auth::{ApiAccess, ApiScope};

/// What [`key`] answers.
#[derive(Debug, Serialize)]
pub(crate) struct Granted {
    scopes: Vec<&'static str>,
    /// Filters; none for all topics.
    topics: Vec<String>,
}

/// The scopes and topics of the key.
pub(crate) async fn key(Extension(access): Extension<ApiAccess>) -> Json<Granted> {
    let scopes = ApiScope::ALL.into_iter().filter(|scope| access.has(*scope));
    Json(Granted {
        scopes: scopes.map(ApiScope::name).collect(),
        topics: access.topics().iter().map(ToString::to_string).collect(),
    })
}
