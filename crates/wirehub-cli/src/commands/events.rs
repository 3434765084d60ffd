//! `wirehub events`: what happens in a running hub.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

use reqwest::{Method, Response};
use serde_json::{Map, Value};

use super::server_api::ServerApi;
use crate::{
    cli::{Events, Tail},
    exit_code::ExitCode,
    failure::Failure,
    output,
};

pub(crate) fn run(what: Events) -> Result<ExitCode, Failure> {
    match what {
        Events::Tail(flags) => tail(&flags),
    }
}

fn tail(flags: &Tail) -> Result<ExitCode, Failure> {
    let server = ServerApi::find(&flags.server)?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, list) in [("kinds", &flags.kinds), ("topics", &flags.topics)] {
        if !list.is_empty() {
            query.append_pair(name, &list.join(","));
        }
    }
    let path = format!("/api/events?{}", query.finish());
    server.run(async |server| {
        let request = server.request(Method::GET, &path);
        let response = server.answer(request).await?;
        output::complain("watching what happens from now on; Ctrl-C ends it");
        follow(response, flags.json).await
    })
}

/// Prints lines until the hub ends, or nobody reads any more.
async fn follow(mut response: Response, json: bool) -> Result<ExitCode, Failure> {
    let mut rest = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Failure::outside)? {
        rest.extend(chunk);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = match json {
                true => line.trim().to_owned(),
                false => in_words(line.trim()),
            };
            if !line.is_empty() && writeln!(io::stdout().lock(), "{line}").is_err() {
                return Ok(ExitCode::Fine);
            }
        }
    }
    Ok(ExitCode::Fine)
}

/// A CloudEvent as a line for people: when, what, about what, and the rest by name.
fn in_words(line: &str) -> String {
    let Ok(event) = serde_json::from_str::<Map<String, Value>>(line) else {
        return line.to_owned();
    };
    if let Some(missed) = event.get("missed") {
        return format!("… {missed} events were missed: they came faster than they could be read");
    }
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    let kind = text("type").trim_start_matches("wirehub.");
    let mut words = format!("{} {kind:<15} {}", text("time"), text("subject"));
    let data = event.get("data").and_then(Value::as_object);
    for (name, value) in data.into_iter().flatten() {
        match value.as_str() {
            Some(value) if value == text("subject") => {}
            // A string takes whatever it is given.
            Some(value) => _ = write!(words, " {name}={value}"),
            None => _ = write!(words, " {name}={value}"),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn an_event_is_a_line_for_people() {
        let event = r#"{"specversion":"1.0","id":"1-1","source":"/wirehub/eu","type":"wirehub.disconnected","subject":"c_1","time":"2027-01-15T08:00:00Z","data":{"connection":"c_1","user":"ann","cause":"lost","may_resume":true}}"#;
        assert_eq!(
            in_words(event),
            "2027-01-15T08:00:00Z disconnected    c_1 cause=lost may_resume=true user=ann"
        );
        assert!(in_words(r#"{"missed":7}"#).contains("7 events were missed"));
        assert_eq!(in_words(""), "");
    }
}
