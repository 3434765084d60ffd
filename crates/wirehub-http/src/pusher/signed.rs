//! A request that an app's servers signed.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::extract::{FromRequest, Query, Request};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use wirehub::pusher::{App, RequestError, SignedRequest, topic_of};
use wirehub_model::{ErrorCode, Topic};

use crate::{admin::Admin, body::Body, nearest::shown, problem::Problem};

/// A request whose signature was checked.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) app: Arc<App>,
    query: Vec<(String, String)>,
    body: Bytes,
}

impl FromRequest<Admin> for Signed {
    type Rejection = Problem;

    async fn from_request(request: Request, admin: &Admin) -> Result<Self, Problem> {
        let uri = request.uri().clone();
        let method = request.method().clone();
        let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(&uri)
            .map_err(|error| Problem::bad(error.body_text()))?;
        let app = app(admin, uri.path(), &query)?;
        let body = Body::from_request(request, admin).await?.into_bytes();
        let signed = SignedRequest {
            method: method.as_str(),
            path: uri.path(),
            query: &query,
            body: &body,
        };
        signed
            .check(&app, unix())
            .map_err(|error| refused(&error))?;
        Ok(Self { app, query, body })
    }
}

impl Signed {
    /// A parameter of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let mut query = self.query.iter();
        let found = query.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body. Fields that nobody knows here are skipped: libraries send more than this API has.
    pub(super) fn object<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Problem::bad(format!("the body is not as it should be: {error}")))
    }

    /// The topic of a channel of the app.
    pub(super) fn topic(&self, channel: &str) -> Result<Topic, Problem> {
        topic_of(&self.app.settings().scope, channel)
            .map_err(|error| Problem::bad(format!("`{}`: {error}", shown(channel))))
    }
}

/// The app that the path names. The library for Python leaves it out of some paths, and then it is
/// the one whose key the request is signed with.
fn app(admin: &Admin, path: &str, query: &[(String, String)]) -> Result<Arc<App>, Problem> {
    let apps = admin.settings().pusher.as_ref();
    let id = path.strip_prefix("/apps/").map(|rest| {
        let (id, _) = rest.split_once('/').unwrap_or((rest, ""));
        id
    });
    let key = query.iter().find(|(name, _)| name == "auth_key");
    let (name, found) = match (id, key) {
        (Some(id), _) => (id, apps.and_then(|apps| apps.by_id(id))),
        (None, Some((_, key))) => (key.as_str(), apps.and_then(|apps| apps.by_key(key))),
        (None, None) => ("", None),
    };
    found.ok_or_else(|| {
        let problem = format!("there is no Pusher app `{}`", shown(name));
        Problem::new(ErrorCode::NotFound, problem).hint("`[[pusher.apps]]` lists them")
    })
}

fn refused(error: &RequestError) -> Problem {
    let problem = Problem::new(ErrorCode::Unauthorized, error.to_string());
    match error {
        RequestError::Expired { .. } => problem.hint("compare the clocks of both servers"),
        RequestError::Signature => problem.hint("compare the secret with the app's settings"),
        _ => problem,
    }
}

fn unix() -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default()
}
