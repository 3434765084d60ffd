//! What is not to be kept any longer.

use axum::{Json, extract::State};
use serde::Serialize;

use super::topic;
use crate::{admin::Admin, body::Body, problem::Problem};

/// What [`forget`] answers: nothing.
#[derive(Debug, Serialize)]
pub(crate) struct Forgotten {}

/// `{"topic"}`
pub(crate) async fn forget(
    State(admin): State<Admin>,
    body: Body,
) -> Result<Json<Forgotten>, Problem> {
    let topic = topic(&body.object(&["topic"])?)?;
    admin.ask(admin.hub().forget(topic)).await?;
    Ok(Json(Forgotten {}))
}
