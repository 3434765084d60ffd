//! Inputs, options and outputs in the words of the transcripts.

use serde_json::{Value, json};

use crate::{
    TokenReason,
    session::{Input, Output, SessionOptions},
};

/// The names of the transports, in their order.
pub(super) fn transports(options: &Value) -> Vec<String> {
    let names = options.get("transports").and_then(Value::as_array);
    let names = names.map(|names| names.iter().filter_map(Value::as_str));
    names.map_or_else(
        || vec!["websocket".to_owned()],
        |names| names.map(ToOwned::to_owned).collect(),
    )
}

/// Reads the options of a transcript. A name that is not known here fails.
pub(super) fn options(fields: &Value) -> SessionOptions {
    let order = transports(fields);
    let mut options = SessionOptions {
        transports: Some(order.len()),
        ..SessionOptions::default()
    };
    for (name, value) in fields.as_object().unwrap() {
        let text = || value.as_str().unwrap().to_owned();
        let whole = || u32::try_from(value.as_u64().unwrap()).unwrap();
        let number = value.as_f64();
        match name.as_str() {
            "endpoints" => options.endpoints = Some(whole() as usize),
            "transports" => {}
            "remembered" => options.remembered = order.iter().position(|one| *one == text()),
            "token" => options.token = Some(text()),
            "provider" => options.provider = value.as_bool().unwrap(),
            "idempotency" => options.idempotency = Some(text()),
            "reconnectInterval" => options.reconnect_interval = number,
            "reconnectCap" => options.reconnect_cap = number,
            "maxReconnectAttempts" => options.max_reconnect_attempts = Some(whole()),
            "policy" => options.article = text() == "article",
            "heartbeatInterval" => options.heartbeat_interval = number,
            "connectTimeout" => options.connect_timeout = number,
            "tokenTimeout" => options.token_timeout = number,
            "stableAfter" => options.stable_after = number,
            "pauseWhenHidden" => options.pause_when_hidden = value.as_bool(),
            "endpointFailures" => options.endpoint_failures = Some(whole()),
            "pingInterval" => options.ping_interval = number,
            "pingFailures" => options.ping_failures = Some(whole()),
            other => panic!("an option {other}"),
        }
    }
    options
}

/// Reads an input of a transcript.
pub(super) fn input(line: &Value) -> Input {
    let whole = |name: &str| line[name].as_u64().unwrap();
    let short = |name: &str| line[name].as_u64().map(|it| u16::try_from(it).unwrap());
    let text = |name: &str| line[name].as_str().map(ToOwned::to_owned);
    let object = |name: &str| line[name].as_object().cloned().unwrap_or_default();
    let is = |name: &str| line[name].as_bool().unwrap();
    let endpoint = || usize::try_from(whole("endpoint")).unwrap();
    match line["in"].as_str().unwrap() {
        "start" => Input::Start,
        "stop" => Input::Stop,
        "online" => Input::Online { value: is("value") },
        "visible" => Input::Visible { value: is("value") },
        "token" => match text("error") {
            None if line.get("token").is_some() => Input::Token {
                token: text("token"),
            },
            error => Input::TokenError {
                error: error.unwrap_or_else(|| "no token".to_owned()),
            },
        },
        "pinged" => Input::Pinged {
            endpoint: endpoint(),
            status: short("status"),
        },
        "opened" => Input::Opened {
            link: whole("link"),
        },
        "activity" => Input::Activity {
            link: whole("link"),
        },
        "message" => Input::Message {
            link: whole("link"),
            message: line["message"].clone(),
        },
        "garbage" => Input::Garbage {
            link: whole("link"),
            error: text("error").unwrap(),
        },
        "closed" => Input::Closed {
            link: whole("link"),
            code: short("code").unwrap(),
            reason: text("reason").unwrap_or_default(),
            status: short("status"),
            retry_after: line["retryAfter"].as_f64(),
        },
        "request" => Input::Request {
            ticket: whole("ticket"),
            request: object("request"),
            timeout: line["timeout"].as_f64(),
        },
        "cancel" => Input::Cancel {
            ticket: whole("ticket"),
        },
        "subscribe" => Input::Subscribe {
            topic: text("topic").unwrap(),
            options: object("options"),
        },
        "unsubscribe" => Input::Unsubscribe {
            topic: text("topic").unwrap(),
        },
        other => panic!("an input {other}"),
    }
}

/// Writes an output as a transcript has it.
pub(super) fn output(output: Output, transports: &[String]) -> Value {
    match output {
        Output::Open {
            link,
            endpoint,
            transport,
        } => json!({
            "out": "open", "link": link, "endpoint": endpoint, "transport": transports[transport],
        }),
        Output::Send { link, message } => {
            json!({ "out": "send", "link": link, "message": message })
        }
        Output::Close { link, code, reason } => {
            json!({ "out": "close", "link": link, "code": code, "reason": reason })
        }
        Output::Token { because } => {
            let because = match because {
                TokenReason::First => "first",
                TokenReason::Expiring => "expiring",
                TokenReason::Refused => "refused",
            };
            json!({ "out": "token", "because": because })
        }
        Output::Ping { endpoint } => json!({ "out": "ping", "endpoint": endpoint }),
        Output::State(change) => {
            let mut line = json!({
                "out": "state", "state": change.state, "cause": change.cause.name(),
                "detail": change.detail, "attempt": change.attempt, "retryIn": change.retry_in,
            });
            line.as_object_mut()
                .unwrap()
                .retain(|_, value| !value.is_null());
            line
        }
        Output::Event(event) => json!({ "out": "event", "event": event }),
        Output::Answer { ticket, result } => match result {
            Ok(fields) => json!({ "out": "answer", "ticket": ticket, "ok": fields }),
            Err(error) => json!({ "out": "answer", "ticket": ticket, "error": error }),
        },
        Output::Remember { transport } => {
            json!({ "out": "remember", "transport": transports[transport] })
        }
    }
}
