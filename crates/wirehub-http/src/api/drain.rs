//! Sending the clients of this hub to others, or those of another node of its cluster.

use std::{num::NonZeroU32, ops::RangeInclusive, time::Duration};

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Serialize;
use wirehub::{DrainWish, HubError, NodeName};
use wirehub_model::ErrorCode;

use crate::{
    admin::Admin,
    body::{Body, Object},
    nearest::{nearest, shown},
    problem::Problem,
};

/// More clients in a second are sent away all at once.
pub(crate) const MOVES_MAX: u32 = 1_000_000;
/// The longest drain, in seconds.
pub(crate) const DEADLINE: RangeInclusive<f64> = 0.0..=DrainWish::DEADLINE_MAX.as_secs() as f64;

/// How far a drain is.
#[derive(Debug, Serialize)]
pub(crate) struct Draining {
    /// Whose, where there are several hubs.
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    draining: bool,
    connections: u64,
    #[serde(flatten)]
    drain: Option<Drain>,
}

/// The drain that goes on.
#[derive(Debug, Serialize)]
struct Drain {
    began_with: u64,
    /// In seconds.
    elapsed: f64,
    /// None: all at once.
    moves_per_second: Option<NonZeroU32>,
    /// In seconds from the beginning.
    deadline: f64,
    stops: bool,
}

/// `{"node"?, "moves_per_second"?, "deadline"?}`
pub(crate) async fn drain(
    State(admin): State<Admin>,
    body: Body,
) -> Result<Json<Draining>, Problem> {
    let object = body.object(&["node", "moves_per_second", "deadline"])?;
    let node = node(object.text("node")?.as_deref())?;
    let wish = DrainWish {
        moves_per_second: moves(&object)?,
        deadline: deadline(&object)?,
    };
    let begun = admin.hub().begin_drain(node.as_ref(), wish);
    told(&admin, node.as_ref(), begun).await
}

/// `{"node"?}`
pub(crate) async fn stay(
    State(admin): State<Admin>,
    body: Body,
) -> Result<Json<Draining>, Problem> {
    let node = node(body.object(&["node"])?.text("node")?.as_deref())?;
    let called_off = admin.hub().call_off_drain(node.as_ref());
    told(&admin, node.as_ref(), called_off).await
}

/// How far the drain is, if there is one. `?node=`
pub(crate) async fn draining(
    State(admin): State<Admin>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Json<Draining>, Problem> {
    let Query(query) = query.map_err(|error| Problem::bad(error.body_text()))?;
    let name = match query.as_slice() {
        [] => None,
        [(name, value)] if name == "node" => Some(value.as_str()),
        [(name, _), ..] if name != "node" => {
            let problem = Problem::bad(format!("there is no parameter `{}`", shown(name)));
            return Err(problem.did_you_mean(nearest(name, ["node"])));
        }
        _ => return Err(Problem::bad("`node` is the only parameter, and once")),
    };
    let node = node(name)?;
    let draining = admin.hub().draining(node.as_ref());
    told(&admin, node.as_ref(), draining).await
}

/// What a node says of its drain.
async fn told(
    admin: &Admin,
    node: Option<&NodeName>,
    work: impl Future<Output = Result<wirehub::Draining, HubError>>,
) -> Result<Json<Draining>, Problem> {
    let told = admin.ask(work).await.map_err(|problem| {
        let unknown = "the node may do it all the same; ask again how far it is";
        problem.hint_for(ErrorCode::Timeout, unknown)
    })?;
    let drain = told.drain.map(|drain| Drain {
        began_with: drain.began_with,
        elapsed: drain.elapsed.as_secs_f64(),
        moves_per_second: drain.moves_per_second,
        deadline: drain.deadline.as_secs_f64(),
        stops: drain.is_last,
    });
    Ok(Json(Draining {
        node: node.or_else(|| admin.hub().node()).map(ToString::to_string),
        draining: drain.is_some(),
        connections: told.connections,
        drain,
    }))
}

/// The node that is meant; none for the one that is asked.
fn node(name: Option<&str>) -> Result<Option<NodeName>, Problem> {
    let node = name.map(NodeName::parse).transpose();
    node.map_err(|error| Problem::bad(format!("`node` cannot be that: {error}")))
}

fn moves(object: &Object<'_>) -> Result<Option<NonZeroU32>, Problem> {
    let Some(number) = object.number("moves_per_second")? else {
        return Ok(None);
    };
    // What does not fit becomes the nearest number that does, and so another one.
    let whole = NonZeroU32::new(number as u32).filter(|whole| whole.get() <= MOVES_MAX);
    match whole {
        Some(whole) if f64::from(whole.get()) == number => Ok(Some(whole)),
        _ => Err(Problem::bad(format!(
            "`moves_per_second` must be a whole number from 1 to {MOVES_MAX}"
        ))),
    }
}

fn deadline(object: &Object<'_>) -> Result<Option<Duration>, Problem> {
    match object.number("deadline")? {
        Some(seconds) if DEADLINE.contains(&seconds) => Ok(Some(Duration::from_secs_f64(seconds))),
        Some(_) => Err(Problem::bad(format!(
            "`deadline` must be a number of seconds from 0 to {}",
            DEADLINE.end()
        ))),
        None => Ok(None),
    }
}
