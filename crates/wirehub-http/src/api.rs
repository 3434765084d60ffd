//! The server API: what the application's own servers ask for. Within the scopes and topics of its
//! key a request is as good as the hub's handle; no other permissions are checked.

mod batch;
mod connection;
mod connections;
mod deliver;
mod disconnect;
mod drain;
mod endpoints;
mod events;
mod forget;
mod history;
mod info;
mod key;
mod payload;
mod presence;
mod refresh;
mod settings;
mod subscribe;
mod topics;
mod traced;

pub(crate) use batch::{COMMANDS_MAX, batch, commands};
pub(crate) use connection::connection;
pub(crate) use connections::connections;
pub(crate) use deliver::{TTL, broadcast, publish, send};
pub(crate) use disconnect::disconnect;
pub(crate) use drain::{DEADLINE, MOVES_MAX, drain, draining, stay};
pub(crate) use endpoints::{ENDPOINTS, Endpoint};
pub(crate) use events::events;
pub(crate) use forget::forget;
pub(crate) use history::history;
pub(crate) use info::info;
pub(crate) use key::key;
pub(crate) use presence::presence;
pub(crate) use refresh::refresh;
pub(crate) use settings::settings;
pub(crate) use subscribe::{subscribe, unsubscribe};
pub(crate) use topics::topics;

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use axum::Json;
use serde::Serialize;
use serde_json::{Value, value::RawValue};
use wirehub::{HubError, NodeName, Recipient, auth::ApiAccess};
use wirehub_model::{ConnectionId, Moment, Topic, TopicFilter, UserId};

use crate::{admin::Admin, body::Object, keys::check_topics, problem::Problem};

/// How many connections a request concerned.
#[derive(Debug, Serialize)]
pub(crate) struct Concerned {
    connections: u64,
    /// Nodes that did not answer; nobody knows what became of the request there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    silent_nodes: Vec<String>,
}

/// Has the hub do something to connections, on all nodes or on as many as answer.
async fn concern(
    admin: &Admin,
    work: impl Future<Output = Result<u64, HubError>>,
) -> Result<Json<Concerned>, Problem> {
    let work = async {
        match work.await {
            Ok(connections) => Ok((connections, Vec::new())),
            Err(HubError::Silent { connections, nodes }) => Ok((connections, nodes)),
            Err(error) => Err(error),
        }
    };
    let (connections, nodes) = admin.ask(work).await?;
    Ok(Json(Concerned {
        connections,
        silent_nodes: named(&nodes),
    }))
}

/// The names of nodes.
fn named(nodes: &[NodeName]) -> Vec<String> {
    nodes.iter().map(ToString::to_string).collect()
}

/// How many entries of a list are given when nobody says.
pub(crate) const LIMIT_DEFAULT: u32 = 100;
/// The most entries of a list in one answer, as for clients.
pub(crate) const LIMIT_MAX: u32 = 1_000;

/// The topic that an object names, if its key may touch it.
fn topic(object: &Object<'_>, access: &ApiAccess) -> Result<Topic, Problem> {
    let name = object.needed_text("topic")?;
    let topic = Topic::parse(&name).map_err(|error| Problem::bad(error.to_string()))?;
    check_topics(access, &TopicFilter::from(&topic))?;
    Ok(topic)
}

/// The filter that an object names as its topic, as clients do, if its key may touch all of it.
fn filter(object: &Object<'_>, access: &ApiAccess) -> Result<TopicFilter, Problem> {
    let text = object.needed_text("topic")?;
    let filter = TopicFilter::parse(&text).map_err(|error| Problem::bad(error.to_string()))?;
    check_topics(access, &filter)?;
    Ok(filter)
}

/// The most bytes that may be said about a user, as usual in tokens.
const INFO_BYTES_MAX: usize = 2 * 1024;
/// The longest that credentials may be good for, in seconds: ten years.
pub(crate) const EXPIRY_MAX: f64 = 315_360_000.0;

/// When something expires that an object gives this many seconds from now.
fn expiry(object: &Object<'_>, now: Moment) -> Result<Option<Moment>, Problem> {
    match object.number("expires_in")? {
        Some(seconds) if (0.0..=EXPIRY_MAX).contains(&seconds) => {
            Ok(Some(now + Duration::from_secs_f64(seconds)))
        }
        Some(_) => Err(Problem::bad(format!(
            "`expires_in` must be a number of seconds from 0 to {EXPIRY_MAX}"
        ))),
        None => Ok(None),
    }
}

/// What an object says about a user for others to see, on one line of any transport.
fn told_info(object: &Object<'_>) -> Result<Option<Arc<str>>, Problem> {
    let info = object.raw("info").map(info_text).transpose()?;
    Ok(info.flatten())
}

/// A JSON value as what is said about a user: without white space, and none for `null`.
pub(crate) fn info_text(info: &RawValue) -> Result<Option<Arc<str>>, Problem> {
    let info: Value = serde_json::from_str(info.get())
        .map_err(|error| Problem::bad(format!("`info` cannot be read: {error}")))?;
    if info.is_null() {
        return Ok(None);
    }
    let text = info.to_string();
    if text.len() > INFO_BYTES_MAX {
        let bytes = text.len();
        return Err(Problem::bad(format!(
            "`info` has {bytes} bytes, more than {INFO_BYTES_MAX}"
        )));
    }
    Ok(Some(text.into()))
}

/// How many entries are wanted.
fn limit(object: &Object<'_>, bounds: RangeInclusive<u32>) -> Result<u32, Problem> {
    let Some(number) = object.number("limit")? else {
        return Ok(LIMIT_DEFAULT);
    };
    // What does not fit becomes the nearest number that does, and so another one.
    let whole = number as u32;
    if bounds.contains(&whole) && f64::from(whole) == number {
        return Ok(whole);
    }
    Err(Problem::bad(format!(
        "`limit` must be a whole number from {} to {}",
        bounds.start(),
        bounds.end()
    )))
}

/// Whether a field is left out of an answer.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands out a reference"
)]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// The connection with a name.
fn connection_id(name: &str) -> Result<ConnectionId, Problem> {
    let id = name.parse();
    id.map_err(|error| Problem::bad(format!("`connection` is {error}")))
}

/// Whom an object names by exactly one of `user` and `connection`; `within` is where it stands.
fn recipient(object: &Object<'_>, within: &str) -> Result<Recipient, Problem> {
    match (object.text("user")?, object.text("connection")?) {
        (Some(user), None) => UserId::parse(&user)
            .map(Recipient::User)
            .map_err(|error| Problem::bad(error.to_string())),
        (None, Some(connection)) => connection_id(&connection).map(Recipient::Connection),
        _ => Err(Problem::bad(format!(
            "{within} must have either `user` or `connection`"
        ))),
    }
}
