//! The settings that hold, for people.

use axum::{Json, extract::State};
use serde::Serialize;

use crate::{ShownSetting, admin::Admin};

/// What [`settings`] answers.
#[derive(Debug, Serialize)]
pub(crate) struct Settings {
    settings: Vec<ShownSetting>,
}

/// Each setting with its value and where that came from.
pub(crate) async fn settings(State(admin): State<Admin>) -> Json<Settings> {
    let settings = admin.settings().shown.current();
    Json(Settings { settings })
}
