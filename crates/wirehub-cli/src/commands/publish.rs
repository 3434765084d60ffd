//! `wirehub publish`: a message to a topic, through the admin interface.

use std::{
    io::{self, Read},
    time::Duration,
};

use reqwest::Method;
use serde_json::{Value, json};

use super::server_api::ServerApi;
use crate::{cli::Publish, exit_code::ExitCode, failure::Failure, output};

/// How long the admin interface may take.
const TIMEOUT: Duration = Duration::from_secs(15);
/// The most that is read from standard input.
const INPUT_MAX: u64 = 16 * 1024 * 1024;

pub(crate) fn run(flags: Publish) -> Result<ExitCode, Failure> {
    let server = ServerApi::find(&flags.server)?;
    let body = body(flags)?;
    let answer = server.run(async |server| {
        let request = server
            .request(Method::POST, "/api/publish")
            .timeout(TIMEOUT);
        let request = request.header("content-type", "application/json");
        server
            .answer(request.body(body))
            .await?
            .text()
            .await
            .map_err(Failure::outside)
    })?;
    output::say(&answer);
    Ok(ExitCode::Fine)
}

fn body(flags: Publish) -> Result<String, Failure> {
    let data = match flags.data.as_str() {
        "-" => read_input()?,
        _ => flags.data,
    };
    // What is JSON is sent as it is; all else is a text.
    let data: Value = serde_json::from_str(&data).unwrap_or(Value::String(data));
    let mut body = json!({ "topic": flags.topic, "data": data });
    for (name, text) in [
        ("event", flags.event),
        ("key", flags.key),
        ("idempotency_key", flags.idempotency_key),
    ] {
        if let Some(text) = text {
            body[name] = Value::String(text);
        }
    }
    if let Some(ttl) = flags.ttl {
        body["ttl"] = json!(ttl.0.as_secs_f64());
    }
    Ok(body.to_string())
}

fn read_input() -> Result<String, Failure> {
    let mut text = String::new();
    let mut input = io::stdin().lock().take(INPUT_MAX);
    let read = input.read_to_string(&mut text);
    read.map_err(|error| Failure::outside(format!("failed to read standard input: {error}")))?;
    Ok(text.trim_end_matches('\n').to_owned())
}
