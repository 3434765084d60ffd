//! `wirehub publish`: a message to a topic, through the admin interface.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{payload::payload, server_api::ServerApi};
use crate::{cli::Publish, exit_code::ExitCode, failure::Failure, output};

#[derive(Serialize)]
struct Body {
    topic: String,
    data: Box<RawValue>,
    event: Option<String>,
    key: Option<String>,
    idempotency_key: Option<String>,
    ttl: Option<f64>,
}

pub(crate) fn run(flags: Publish) -> Result<ExitCode, Failure> {
    let server = ServerApi::find(&flags.server)?;
    let body = Body {
        topic: flags.topic,
        data: payload(flags.data)?,
        event: flags.event,
        key: flags.key,
        idempotency_key: flags.idempotency_key,
        ttl: flags.ttl.map(|ttl| ttl.0.as_secs_f64()),
    };
    let answer = server.run(async |server| server.post("/api/publish", &body).await)?;
    output::say(&answer);
    Ok(ExitCode::Fine)
}
