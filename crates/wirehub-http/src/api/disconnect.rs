//! Closing connections.

use axum::{Json, extract::State};
use wirehub_model::CloseReason;

use super::{Concerned, concern, recipient};
use crate::{
    admin::Admin,
    body::{Body, Object},
    nearest::{nearest, shown},
    problem::Problem,
};

/// `{"user"}|{"connection"}`, `"reason"?`
pub(crate) async fn disconnect(
    State(admin): State<Admin>,
    body: Body,
) -> Result<Json<Concerned>, Problem> {
    let object = body.object(&["user", "connection", "reason"])?;
    let (who, reason) = (recipient(&object, "the body")?, reason(&object)?);
    concern(&admin, admin.hub().disconnect(who, reason)).await
}

/// The reason by the name it has in the close frame; it tells the client whether to come back.
fn reason(object: &Object<'_>) -> Result<CloseReason, Problem> {
    let Some(name) = object.text("reason")? else {
        return Ok(CloseReason::Disconnected);
    };
    let mut known = CloseReason::ALL.into_iter();
    known.find(|reason| reason.name() == name).ok_or_else(|| {
        let names = CloseReason::ALL.iter().map(|reason| reason.name());
        let problem = Problem::bad(format!("there is no close reason `{}`", shown(&name)));
        match nearest(&name, names) {
            Some(name) => problem.did_you_mean(Some(name)),
            None => problem.hint("`docs/close-codes.md` lists them"),
        }
    })
}
