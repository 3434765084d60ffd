//! One connection, looked at closely.

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Serialize;
use serde_json::value::RawValue;
use wirehub::{ConnectionDetails, Hub};
use wirehub_model::{ConnectionId, ErrorCode};

use super::{connection_id, connections::Connection};
use crate::{
    admin::Admin,
    nearest::{nearest, shown},
    problem::Problem,
};

/// What the list says of it, and what would be too much there.
#[derive(Debug, Serialize)]
pub(crate) struct Details {
    #[serde(flatten)]
    connection: Connection,
    /// What others see of its user.
    #[serde(skip_serializing_if = "Option::is_none")]
    info: Option<Box<RawValue>>,
    /// In how many seconds its credentials expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<f64>,
    /// Filters.
    subscribed: Vec<String>,
}

/// `?connection=`
pub(crate) async fn connection(
    State(admin): State<Admin>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Json<Details>, Problem> {
    let Query(query) = query.map_err(|error| Problem::bad(error.body_text()))?;
    let found = admin.ask(admin.hub().connection(wanted(&query)?)).await?;
    let found = found.ok_or_else(|| {
        Problem::new(ErrorCode::NotFound, "there is no such connection")
            .hint("it has ended, or its node has")
    })?;
    Ok(Json(Details::at(admin.hub(), found)))
}

fn wanted(query: &[(String, String)]) -> Result<ConnectionId, Problem> {
    match query {
        [(name, value)] if name == "connection" => connection_id(value),
        [(name, _)] => {
            let problem = Problem::bad(format!("there is no parameter `{}`", shown(name)));
            Err(problem.did_you_mean(nearest(name, ["connection"])))
        }
        _ => Err(Problem::bad(
            "`connection` is the only parameter, and needed",
        )),
    }
}

impl Details {
    fn at(hub: &Hub, found: ConnectionDetails) -> Self {
        let info = found
            .said
            .map(|said| RawValue::from_string(said.to_string()));
        let expires_in = found.expires_at.map(|at| at.since(hub.now()).as_secs_f64());
        let filters = found.subscriptions.iter();
        Self {
            connection: Connection::at(hub, &found.info),
            // It was one JSON value when it came.
            info: info.and_then(Result::ok),
            expires_in,
            subscribed: filters.map(ToString::to_string).collect(),
        }
    }
}
