//! The server API: what the application's own servers ask for. A key is as good as the hub's
//! handle, so no permissions are checked beyond it.

mod connections;
mod deliver;
mod disconnect;
mod history;
mod info;
mod payload;
mod presence;

pub(crate) use connections::connections;
pub(crate) use deliver::{broadcast, publish, send};
pub(crate) use disconnect::disconnect;
pub(crate) use history::history;
pub(crate) use info::info;
pub(crate) use presence::presence;

use std::ops::RangeInclusive;

use serde::Serialize;
use wirehub::Recipient;
use wirehub_model::{ConnectionId, Topic, UserId};

use crate::{body::Object, problem::Problem};

/// How many connections a request concerned.
#[derive(Debug, Serialize)]
pub(crate) struct Concerned {
    connections: u64,
}

/// How many entries of a list are given when nobody says.
const LIMIT_DEFAULT: u32 = 100;
/// The most entries of a list in one answer, as for clients.
const LIMIT_MAX: u32 = 1_000;

/// The topic that an object names.
fn topic(object: &Object<'_>) -> Result<Topic, Problem> {
    let name = object.needed_text("topic")?;
    Topic::parse(&name).map_err(|error| Problem::bad(error.to_string()))
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

/// Whom an object names by exactly one of `user` and `connection`; `within` is where it stands.
fn recipient(object: &Object<'_>, within: &str) -> Result<Recipient, Problem> {
    match (object.text("user")?, object.text("connection")?) {
        (Some(user), None) => UserId::parse(&user)
            .map(Recipient::User)
            .map_err(|error| Problem::bad(error.to_string())),
        (None, Some(connection)) => connection
            .parse::<ConnectionId>()
            .map(Recipient::Connection)
            .map_err(|error| Problem::bad(format!("`connection` is {error}"))),
        _ => Err(Problem::bad(format!(
            "{within} must have either `user` or `connection`"
        ))),
    }
}
