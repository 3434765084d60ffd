//! Sending the clients of this hub to others.

use std::{num::NonZeroU32, ops::RangeInclusive, time::Duration};

use axum::{Json, extract::State};
use serde::Serialize;
use wirehub::{DrainSettings, HubError};
use wirehub_model::ErrorCode;

use crate::{
    admin::Admin,
    body::{Body, Object},
    problem::Problem,
};

/// More clients in a second are sent away all at once.
pub(crate) const MOVES_MAX: u32 = 1_000_000;
/// The longest drain, in seconds: a day.
pub(crate) const DEADLINE: RangeInclusive<f64> = 0.0..=86_400.0;

/// How far a drain is.
#[derive(Debug, Serialize)]
pub(crate) struct Draining {
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

/// `{"moves_per_second"?, "deadline"?}`
pub(crate) async fn drain(
    State(admin): State<Admin>,
    body: Body,
) -> Result<Json<Draining>, Problem> {
    let object = body.object(&["moves_per_second", "deadline"])?;
    let (moves, deadline) = (moves(&object)?, deadline(&object)?);
    let connections = connections(&admin).await;
    let hub = admin.hub();
    let settings = hub.drain_settings();
    let moves_per_second = moves
        .or(settings.moves_per_second)
        .or_else(|| hub.bearable_moves());
    let how = DrainSettings {
        moves_per_second,
        ..settings
    };
    let deadline = deadline.unwrap_or_else(|| enough(&how, connections));
    let begun = hub.begin_drain(DrainSettings { deadline, ..how }).await;
    begun.map_err(about_to_stop)?;
    tracing::info!(connections, moves_per_second, ?deadline, "draining");
    Ok(Json(progress(&admin).await))
}

/// `{}`
pub(crate) async fn stay(
    State(admin): State<Admin>,
    body: Body,
) -> Result<Json<Draining>, Problem> {
    body.object(&[])?;
    let was_draining = admin.hub().is_draining();
    let called_off = admin.hub().call_off_drain().await;
    called_off.map_err(about_to_stop)?;
    if was_draining {
        tracing::info!("the drain is called off");
    }
    Ok(Json(progress(&admin).await))
}

/// How far the drain is, if there is one.
pub(crate) async fn draining(State(admin): State<Admin>) -> Json<Draining> {
    Json(progress(&admin).await)
}

async fn progress(admin: &Admin) -> Draining {
    let connections = connections(admin).await;
    let drain = admin.hub().drain_progress().map(|progress| Drain {
        began_with: progress.began_with,
        elapsed: progress.elapsed.as_secs_f64(),
        moves_per_second: progress.how.moves_per_second,
        deadline: progress.how.deadline.as_secs_f64(),
        stops: progress.is_last,
    });
    Draining {
        draining: drain.is_some(),
        connections,
        drain,
    }
}

async fn connections(admin: &Admin) -> u64 {
    admin.report().await.total.core.connections.iter().sum()
}

/// The deadline of the settings, or how long the moves take and the closes of whoever stays.
fn enough(how: &DrainSettings, connections: u64) -> Duration {
    let seconds = |rate: u32| Duration::from_secs(connections.div_ceil(u64::from(rate.max(1))));
    let moves = how
        .moves_per_second
        .map_or(how.spread, |rate| seconds(rate.get()));
    let longest = Duration::from_secs_f64(*DEADLINE.end());
    let needed = moves + how.spread + seconds(how.closes_per_second);
    how.deadline.max(needed).min(longest)
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

/// The hub was told to stop, and no request changes that.
fn about_to_stop(_error: HubError) -> Problem {
    Problem::new(
        ErrorCode::Internal,
        "the hub is about to stop, and drains for the last time".to_owned(),
    )
    .status(axum::http::StatusCode::CONFLICT)
}
