//! What is not to be kept any longer.

use axum::{Json, extract::State};
use serde::Serialize;
use wirehub_model::ErrorCode;

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
    let forgotten = admin.ask(admin.hub().forget(topic)).await;
    forgotten.map_err(|problem| {
        let hint = "publications expire after `history.ttl` of the topic's namespace";
        problem.hint_for(ErrorCode::NotEnabled, hint)
    })?;
    Ok(Json(Forgotten {}))
}
