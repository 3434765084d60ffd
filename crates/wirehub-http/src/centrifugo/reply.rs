//! How a command is answered.

use axum::{
    Json,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::failure::Failure;

/// What a command that was done has to say.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Its result.
    Result(Box<RawValue>),
    /// All of the answer.
    Answer(Box<RawValue>),
}

impl Outcome {
    /// The result of a command.
    pub(crate) fn of(result: &impl Serialize) -> Result<Self, Failure> {
        to_raw_value(result)
            .map(Self::Result)
            .map_err(|error| Failure::bad(error.to_string()))
    }

    /// The JSON of the result.
    pub(crate) fn json(&self) -> &RawValue {
        match self {
            Self::Result(json) | Self::Answer(json) => json,
        }
    }
}

/// A result without anything in it.
#[derive(Debug, Serialize)]
pub(crate) struct Nothing {}

/// An answer with exactly one of its fields.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Reply<'a> {
    /// The number of a command that had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<&'a Failure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) result: Option<&'a RawValue>,
}

impl<'a> Reply<'a> {
    /// The answer to a command.
    pub(crate) fn to(outcome: &'a Result<Outcome, Failure>) -> Self {
        match outcome {
            Ok(outcome) => Self {
                result: Some(outcome.json()),
                ..Self::default()
            },
            Err(failure) => Self {
                error: Some(failure),
                ..Self::default()
            },
        }
    }
}

/// Where a client looks for errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorMode {
    /// In the body of an answer whose status is 200.
    Body,
    /// In the status, and the body is the error alone.
    Transport,
}

impl ErrorMode {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        match headers.get("x-centrifugo-error-mode") {
            Some(mode) if mode == "transport" => Self::Transport,
            _ => Self::Body,
        }
    }
}

/// The answer to a command that was done.
pub(crate) fn done(outcome: &Outcome) -> Response {
    match outcome {
        Outcome::Result(result) => {
            let result = Some(&**result);
            let reply = Reply {
                result,
                ..Reply::default()
            };
            Json(reply).into_response()
        }
        Outcome::Answer(answer) => Json(answer).into_response(),
    }
}

/// The answer to a command that was not done.
pub(crate) fn failed(failure: &Failure, mode: ErrorMode) -> Response {
    match mode {
        ErrorMode::Transport => (failure.status(), Json(failure)).into_response(),
        ErrorMode::Body => {
            let reply = Reply {
                error: Some(failure),
                ..Reply::default()
            };
            (StatusCode::OK, Json(reply)).into_response()
        }
    }
}
