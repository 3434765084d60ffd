//! The list of connections, page by page.

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Serialize;
use wirehub::{ConnectionInfo, ConnectionList, Hub, Page, Transport};
use wirehub_model::UserId;

use super::named;
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
    /// Nodes that did not answer, whose connections are missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    silent_nodes: Vec<String>,
}

/// One connection; times are in seconds.
#[derive(Debug, Serialize)]
pub(super) struct Connection {
    connection: String,
    /// The node that serves it, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
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
    let found = match wish(&query, admin.hub())? {
        Wish::Page(after, limit) => admin.ask(list(&admin, after, limit)).await?,
        Wish::User(user) => admin.ask(admin.hub().connections_of(user)).await?,
    };
    let list = found.list.iter();
    Ok(Json(Listed {
        connections: list.map(|info| Connection::at(admin.hub(), info)).collect(),
        next: found.next.map(Page::place),
        silent_nodes: named(&found.silent),
    }))
}

/// Goes through the shards of all nodes until the page is full, or somebody was waited for.
async fn list(
    admin: &Admin,
    mut page: Page,
    limit: usize,
) -> Result<ConnectionList, wirehub::HubError> {
    let mut found = ConnectionList::default();
    loop {
        let wanted = limit - found.list.len();
        let more = admin.hub().connections(page, wanted).await?;
        found.list.extend(more.list);
        found.silent.extend(more.silent);
        found.next = more.next;
        match more.next {
            Some(next) if found.list.len() < limit && found.silent.is_empty() => page = next,
            _ => return Ok(found),
        }
    }
}

/// Reads whose connections are wanted, or how many, and where to go on.
fn wish(query: &[(String, String)], hub: &Hub) -> Result<Wish, Problem> {
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
                    .and_then(Page::at)
                    .filter(|page| hub.may_have(*page))
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
    pub(super) fn at(hub: &Hub, info: &ConnectionInfo) -> Self {
        let now = hub.now();
        Self {
            connection: info.id.to_string(),
            node: hub.node_of(info.id).map(|node| node.to_string()),
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
