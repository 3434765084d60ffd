//! What is not to be kept any longer.

use axum::{Extension, Json, extract::State};
use serde::Serialize;
use wirehub::auth::ApiAccess;

use super::topic;
use crate::{admin::Admin, body::Body, problem::Problem};

/// What [`forget`] answers: nothing.
#[derive(Debug, Serialize)]
pub(crate) struct Forgotten {}

/// `{"topic"}`
pub(crate) async fn forget(
    State(admin): State<Admin>,
    Extension(access): Extension<ApiAccess>,
    body: Body,
) -> Result<Json<Forgotten>, Problem> {
    let topic = topic(&body.object(&["topic"])?, &access)?;
    admin.ask(admin.hub().forget(topic)).await?;
    Ok(Json(Forgotten {}))
}
