//! The API as it was first: one command a line, all at one path.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    bad_request,
    failure::Failure,
    method::Method,
    params::{Params, Text},
    reply::Reply,
};
use crate::{admin::Admin, body::Body};

/// `{"method","params"?,"id"?}`
#[derive(Deserialize)]
struct Command<'a> {
    #[serde(default)]
    id: Option<u64>,
    #[serde(borrow, default)]
    method: Option<Text<'a>>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
}

/// Commands one after the other, each answered by a line. Nothing is done unless all can be read.
pub(super) async fn answer(State(admin): State<Admin>, body: Body) -> Response {
    let Ok(text) = std::str::from_utf8(body.bytes()) else {
        return bad_request();
    };
    let commands = serde_json::Deserializer::from_str(text).into_iter();
    let commands = commands.map(|command| {
        let command: &RawValue = command.map_err(|error| Failure::malformed(&error.to_string()))?;
        Params::within(command).take()
    });
    let Ok(commands) = commands.collect::<Result<Vec<Command<'_>>, Failure>>() else {
        return bad_request();
    };
    if commands.is_empty() {
        return bad_request();
    }
    let mut lines = Vec::new();
    for Command { id, method, params } in commands {
        let name = method.map(|Text(name)| name).unwrap_or_default();
        let params = params.map_or(Params::none(), Params::within);
        let outcome = match Method::by_name(&name) {
            Some(method) => method.perform(&admin, params).await,
            None => Err(Failure::not_found()),
        };
        let reply = Reply {
            id: id.filter(|id| *id > 0),
            ..Reply::to(&outcome)
        };
        if !lines.is_empty() {
            lines.push(b'\n');
        }
        if serde_json::to_writer(&mut lines, &reply).is_err() {
            return bad_request();
        }
    }
    let json = [(header::CONTENT_TYPE, "application/json")];
    (json, lines).into_response()
}
