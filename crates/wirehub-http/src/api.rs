//! The server API: what the application's own servers ask for. A key is as good as the hub's
//! handle, so no permissions are checked beyond it.

mod connections;
mod deliver;
mod disconnect;
mod info;

pub(crate) use connections::connections;
pub(crate) use deliver::{broadcast, publish, send};
pub(crate) use disconnect::disconnect;
pub(crate) use info::info;

use serde::Serialize;
use wirehub::Recipient;
use wirehub_model::{ConnectionId, UserId};

use crate::{body::Object, problem::Problem};

/// How many connections a request concerned.
#[derive(Debug, Serialize)]
pub(crate) struct Concerned {
    connections: u64,
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
