//! `wirehub disconnect`: connections are closed.

use serde::Serialize;

use super::{
    concerned::{Whom, concerned},
    server_api::ServerApi,
};
use crate::{cli::Disconnect, exit_code::ExitCode, failure::Failure};

#[derive(Serialize)]
struct Body {
    #[serde(flatten)]
    who: Whom,
    reason: Option<String>,
}

pub(crate) fn run(flags: Disconnect) -> Result<ExitCode, Failure> {
    let server = ServerApi::find(&flags.server)?;
    let body = Body {
        who: flags.who.into(),
        reason: flags.reason,
    };
    let answer = server.run(async |server| server.post("/api/disconnect", &body).await)?;
    concerned("closed", &answer, flags.json)
}
