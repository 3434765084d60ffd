//! `wirehub publish`: a message to a topic, through the admin interface.

use std::{
    io::{self, Read},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    cli::Publish, exit_code::ExitCode, failure::Failure, layers::Sources, output,
    settings::Settings,
};

/// How long the admin interface may take.
const TIMEOUT: Duration = Duration::from_secs(15);
/// The most that is read from standard input.
const INPUT_MAX: u64 = 16 * 1024 * 1024;

pub(crate) fn run(flags: Publish) -> Result<ExitCode, Failure> {
    let layers = Sources::here(flags.config.file.clone(), Vec::new()).read()?;
    let settings = Settings::new(&layers)?;
    let key = settings.api_keys.first().ok_or_else(|| {
        Failure::usage(
            "no API key; set WIREHUB_ADMIN__API_KEY (or `admin.api_key`) to what the hub has. A hub \
             that runs with development secrets prints its key when it starts",
        )
    })?;
    let admin = flags.admin.clone();
    let admin = admin.unwrap_or_else(|| format!("http://{}", reachable(settings.admin_listen)));
    let url = format!("{}/api/publish", admin.trim_end_matches('/'));
    let body = body(flags)?;

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(Failure::outside)?;
    let (status, answer) = runtime
        .block_on(post(&url, key.expose(), body))
        .map_err(|error| Failure::outside(format!("no answer from {url}: {}", causes(&error))))?;
    if status.is_success() {
        output::say(&answer);
        return Ok(ExitCode::Fine);
    }
    Err(Failure::refused(format!(
        "{url} answers {status}: {}",
        said(&answer)
    )))
}

async fn post(
    url: &str,
    key: &str,
    body: String,
) -> Result<(reqwest::StatusCode, String), reqwest::Error> {
    // The admin interface is inside; a proxy to the outside would only be in the way.
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(TIMEOUT)
        .build()?;
    let request = client.post(url).bearer_auth(key);
    let request = request
        .header("content-type", "application/json")
        .body(body);
    let response = request.send().await?;
    Ok((response.status(), response.text().await?))
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

/// An address to connect to: one that listens everywhere is reached on loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// What the answer says for people.
fn said(answer: &str) -> String {
    let problem: Option<Value> = serde_json::from_str(answer).ok();
    let problem = problem.as_ref().and_then(|problem| problem.get("error"));
    let text = |name| problem.and_then(|problem| problem.get(name)?.as_str());
    match (text("message"), text("hint")) {
        (Some(message), Some(hint)) => format!("{message} ({hint})"),
        (Some(message), None) => message.to_owned(),
        _ => answer.trim().to_owned(),
    }
}

/// An error with what caused it, which says more than the error itself.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
