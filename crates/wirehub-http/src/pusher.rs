//! The HTTP API of Pusher, so that its server libraries work as they are.
//!
//! An app is named in the path, and its requests are signed with its secret. A key of our own API
//! opens nothing here, and the other way round.

mod channels;
mod events;
mod info;
mod signed;
mod users;

use axum::{
    Router,
    routing::{get, post},
};

use crate::admin::Admin;

/// Everything beneath `/apps/`.
pub(crate) fn routes() -> Router<Admin> {
    Router::new()
        .route("/apps/{app}/events", post(events::publish))
        .route("/apps/{app}/batch_events", post(events::publish_batch))
        .route("/apps/{app}/channels", get(channels::list))
        .route("/apps/{app}/channels/{channel}", get(channels::one))
        .route("/apps/{app}/channels/{channel}/users", get(users::list))
        .route("/apps/{app}/connections", get(channels::connections))
        .route(
            "/apps/{app}/users/{user}/terminate_connections",
            post(users::terminate),
        )
        .route(
            "/users/{user}/terminate_connections",
            post(users::terminate_by_key),
        )
}
