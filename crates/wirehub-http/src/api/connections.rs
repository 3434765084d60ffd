//! The list of connections, page by page.

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Serialize;
use wirehub::{ConnectionInfo, Page, Transport};
use wirehub_model::{Moment, UserId};

use crate::{
    admin::Admin,
    nearest::{nearest, shown},
    problem::Problem,
};

const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 1_000;

/// One page of the list.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    connections: Vec<Connection>,
    /// What to send as `after` for the next page; `null` at the end.
    next: Option<u64>,
}

/// One connection; times are in seconds.
#[derive(Debug, Serialize)]
pub(super) struct Connection {
    connection: String,
    user: Option<String>,
    state: &'static str,
    /// How the client is connected.
    transport: &'static str,
    /// Since it was opened.
    age: f64,
    /// Since the client's last sign of life.
    silence: f64,
    /// Of the last heartbeat and its answer; `null` before there was one.
    round_trip: Option<f64>,
    subscriptions: usize,
    waiting_bytes: usize,
}

/// What is asked for.
#[derive(Debug)]
enum Wish {
    /// A part of everybody's, from a place on.
    Page(Page, usize),
    /// All of a user's.
    User(UserId),
}

/// `?limit=&after=` or `?user=`
pub(crate) async fn connections(
    State(admin): State<Admin>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Json<Listed>, Problem> {
    let Query(query) = query.map_err(|error| Problem::bad(error.body_text()))?;
    let (list, next) = match wish(&query, admin.hub().shards())? {
        Wish::Page(after, limit) => admin.ask(list(&admin, after, limit)).await?,
        Wish::User(user) => (admin.ask(admin.hub().connections_of(user)).await?, None),
    };
    let now = admin.report().await.now;
    Ok(Json(Listed {
        connections: list.iter().map(|info| Connection::at(now, info)).collect(),
        next: next.map(Page::place),
    }))
}

/// Goes through the shards until the page is full.
async fn list(
    admin: &Admin,
    mut page: Page,
    limit: usize,
) -> Result<(Vec<ConnectionInfo>, Option<Page>), wirehub::HubError> {
    let mut list = Vec::new();
    loop {
        let (more, next) = admin.hub().connections(page, limit - list.len()).await?;
        list.extend(more);
        match next {
            Some(next) if list.len() < limit => page = next,
            next => return Ok((list, next)),
        }
    }
}

/// Reads whose connections are wanted, or how many, and where to go on.
fn wish(query: &[(String, String)], shards: usize) -> Result<Wish, Problem> {
    let (mut limit, mut after) = (LIMIT_DEFAULT, Page::default());
    if let [(name, value)] = query
        && name == "user"
    {
        let user = UserId::parse(value);
        return user
            .map(Wish::User)
            .map_err(|error| Problem::bad(error.to_string()));
    }
    for (name, value) in query {
        match name.as_str() {
            "limit" => {
                let given = value.parse().ok();
                limit = given
                    .filter(|limit| (1..=LIMIT_MAX).contains(limit))
                    .ok_or_else(|| {
                        Problem::bad(format!(
                            "`limit` must be a whole number from 1 to {LIMIT_MAX}"
                        ))
                    })?;
            }
            "after" => {
                let place: Option<u64> = value.parse().ok();
                after = place
                    .filter(|place| usize::try_from(place >> 32).is_ok_and(|shard| shard < shards))
                    .map(Page::at)
                    .ok_or_else(|| Problem::bad("`after` must be the `next` of another page"))?;
            }
            "user" => return Err(Problem::bad("`user` is the only parameter where it is one")),
            _ => {
                let problem = Problem::bad(format!("there is no parameter `{}`", shown(name)));
                return Err(problem.did_you_mean(nearest(name, ["limit", "after", "user"])));
            }
        }
    }
    Ok(Wish::Page(after, limit))
}

impl Connection {
    pub(super) fn at(now: Moment, info: &ConnectionInfo) -> Self {
        Self {
            connection: info.id.to_string(),
            user: info.user.as_ref().map(ToString::to_string),
            state: info.phase.name(),
            transport: Transport::of(info.flavour).name(),
            age: now.since(info.opened_at).as_secs_f64(),
            silence: now.since(info.last_seen).as_secs_f64(),
            round_trip: info.round_trip.map(|took| took.as_secs_f64()),
            subscriptions: info.subscriptions,
            waiting_bytes: info.waiting_bytes,
        }
    }
}
