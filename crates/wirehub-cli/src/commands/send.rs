//! `wirehub send`: a message to a user, a connection or everybody.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    concerned::{Whom, concerned},
    payload::payload,
    server_api::ServerApi,
};
use crate::{cli::Send, exit_code::ExitCode, failure::Failure};

#[derive(Serialize)]
struct Body {
    /// Left out, it is for everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Whom>,
    data: Box<RawValue>,
    event: Option<String>,
}

pub(crate) fn run(flags: Send) -> Result<ExitCode, Failure> {
    let server = ServerApi::find(&flags.server)?;
    let (path, to) = match flags.everyone {
        true => ("/api/broadcast", None),
        false => ("/api/send", Some(Whom::from(flags.to))),
    };
    let body = Body {
        to,
        data: payload(flags.data)?,
        event: flags.event,
    };
    let answer = server.run(async |server| server.post(path, &body).await)?;
    concerned("told", &answer, flags.json)
}
