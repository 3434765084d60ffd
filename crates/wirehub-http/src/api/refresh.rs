//! How long connections may stay.

use axum::{Json, extract::State};
use wirehub::Renewal;

use super::{Concerned, concern, expiry, recipient, told_info};
use crate::{admin::Admin, body::Body, problem::Problem};

/// `{"user"}|{"connection"}`, `"expires_in"?,"info"?`; without `expires_in` they may stay for ever.
pub(crate) async fn refresh(
    State(admin): State<Admin>,
    body: Body,
) -> Result<Json<Concerned>, Problem> {
    let object = body.object(&["user", "connection", "expires_in", "info"])?;
    let renewal = Renewal {
        expires_at: expiry(&object, admin.hub().now())?,
        info: told_info(&object)?,
    };
    let who = recipient(&object, "the body")?;
    concern(&admin, admin.hub().renew(who, renewal)).await
}
