//! What happens in the hub, as it happens.

use std::{convert::Infallible, time::Duration};

use axum::{
    Extension,
    body::Body,
    extract::{Query, State, rejection::QueryRejection},
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use tokio::time;
use wirehub::{
    Onlooker,
    auth::ApiAccess,
    events::{OccurrenceKind, OccurrenceKinds, Selection},
};
use wirehub_model::TopicFilter;

use super::connection_id;
use crate::{
    admin::Admin,
    keys::check_topics,
    nearest::{nearest, shown},
    problem::Problem,
};

/// After such a silence an empty line is sent, so that nobody on the way takes the stream for dead.
const SILENCE: Duration = Duration::from_secs(15);

/// `?kinds=&topics=&connections=`, lists with commas: CloudEvents, one a line, until the client
/// leaves.
pub(crate) async fn events(
    State(admin): State<Admin>,
    Extension(access): Extension<ApiAccess>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|error| Problem::bad(error.body_text()))?;
    let mut selection = selection(&query)?;
    for wanted in &selection.topics {
        check_topics(&access, wanted)?;
    }
    if selection.topics.is_empty() {
        selection.topics = access.topics().to_vec();
    }
    let onlooker = admin.hub().look_on(selection).await;
    let lines = stream::unfold(onlooker, |mut onlooker| async move {
        let line = line(&mut onlooker).await?;
        Some((Ok::<_, Infallible>(line), onlooker))
    });
    let content_type = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((content_type, Body::from_stream(lines)).into_response())
}

fn selection(query: &[(String, String)]) -> Result<Selection, Problem> {
    let mut selection = Selection::everything();
    for (name, list) in query {
        let words = list.split(',').filter(|word| !word.is_empty());
        match name.as_str() {
            "kinds" => selection.kinds = words.map(kind).collect::<Result<OccurrenceKinds, _>>()?,
            "topics" => {
                let filters = words.map(TopicFilter::parse);
                let filters: Result<_, _> = filters.collect();
                selection.topics = filters.map_err(|error| Problem::bad(error.to_string()))?;
            }
            "connections" => {
                let connections = words.map(connection_id);
                selection.connections = connections.collect::<Result<_, _>>()?;
            }
            _ => {
                let problem = Problem::bad(format!("there is no `{}` here", shown(name)));
                let known = ["kinds", "topics", "connections"];
                return Err(problem.did_you_mean(nearest(name, known)));
            }
        }
    }
    Ok(selection)
}

fn kind(name: &str) -> Result<OccurrenceKind, Problem> {
    OccurrenceKind::named(name).ok_or_else(|| {
        let known = OccurrenceKind::ALL.map(OccurrenceKind::name);
        let problem = Problem::bad(format!("no events are called `{}`", shown(name)));
        problem.did_you_mean(nearest(name, known))
    })
}

/// The next line; `None` when the hub stops.
async fn line(onlooker: &mut Onlooker) -> Option<String> {
    match time::timeout(SILENCE, onlooker.next()).await {
        Ok(Some(Ok(occurred))) => Some(occurred.to_json() + "\n"),
        Ok(Some(Err(missed))) => Some(format!("{{\"missed\":{missed}}}\n")),
        Ok(None) => None,
        Err(_) => Some("\n".to_owned()),
    }
}
