//! Subscriptions that the application makes and ends.

use axum::{Extension, Json, extract::State};
use wirehub::auth::ApiAccess;
use wirehub_model::{Grant, Subscribe};

use super::{Concerned, concern, expiry, filter, history, recipient, told_info};
use crate::{admin::Admin, body::Body, problem::Problem};

/// `{"user"}|{"connection"}`, `"topic","since"?,"expires_in"?,"info"?`
pub(crate) async fn subscribe(
    State(admin): State<Admin>,
    Extension(access): Extension<ApiAccess>,
    body: Body,
) -> Result<Json<Concerned>, Problem> {
    let known = &["user", "connection", "topic", "since", "expires_in", "info"];
    let object = body.object(known)?;
    let grant = Grant {
        expires_at: expiry(&object, admin.hub().now())?,
        info: told_info(&object)?,
        ..Grant::default()
    };
    let wish = Subscribe {
        since: history::position(&object, "since")?,
        grant: Some(Box::new(grant)),
        ..Subscribe::to(filter(&object, &access)?)
    };
    let who = recipient(&object, "the body")?;
    concern(&admin, admin.hub().subscribe(who, wish)).await
}

/// `{"user"}|{"connection"}`, `"topic"`
pub(crate) async fn unsubscribe(
    State(admin): State<Admin>,
    Extension(access): Extension<ApiAccess>,
    body: Body,
) -> Result<Json<Concerned>, Problem> {
    let object = body.object(&["user", "connection", "topic"])?;
    let (who, filter) = (recipient(&object, "the body")?, filter(&object, &access)?);
    concern(&admin, admin.hub().unsubscribe(who, filter)).await
}
