//! Why a command was not done.

use axum::http::StatusCode;
use serde::Serialize;
use wirehub_model::ErrorCode;

use crate::problem::Problem;

/// An error as Centrifugo's API tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    code: u32,
    message: String,
    #[serde(skip)]
    malformed: bool,
}

impl Failure {
    fn new(code: u32, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            malformed: false,
        }
    }

    /// There is no such method.
    pub(crate) fn not_found() -> Self {
        Self::new(104, "method not found")
    }

    /// The request is wrong.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self::new(107, format!("bad request: {message}"))
    }

    /// The request could not be read at all.
    pub(crate) fn malformed(why: &str) -> Self {
        Self {
            malformed: true,
            ..Self::bad(why)
        }
    }

    /// The hub, or the channel, does not do that.
    pub(crate) fn not_available(what: &str) -> Self {
        Self::new(108, format!("not available: {what}"))
    }

    /// The position is of another life of the channel.
    pub(crate) fn unrecoverable() -> Self {
        Self::new(112, "unrecoverable position")
    }

    /// Whether the request could not be read at all.
    pub(crate) const fn is_malformed(&self) -> bool {
        self.malformed
    }

    /// The status that stands for it where errors are told by status.
    pub(crate) const fn status(&self) -> StatusCode {
        match self.code {
            102 | 104 => StatusCode::NOT_FOUND,
            107 | 108 => StatusCode::BAD_REQUEST,
            112 => StatusCode::RANGE_NOT_SATISFIABLE,
            113 => StatusCode::CONFLICT,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let code = match problem.code() {
            Some(ErrorCode::LimitReached) => 106,
            Some(ErrorCode::BadRequest | ErrorCode::TooLarge) => 107,
            Some(ErrorCode::NotEnabled) => 108,
            // The rest is the hub's trouble, and may pass.
            _ => 100,
        };
        let name = match code {
            106 => "limit exceeded",
            107 => "bad request",
            108 => "not available",
            _ => "internal server error",
        };
        Self::new(code, format!("{name}: {}", problem.message()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_of_the_hub_has_a_code_and_a_status() {
        for code in ErrorCode::ALL {
            let failure = Failure::from(Problem::new(code, "why"));
            let expected = match code {
                ErrorCode::LimitReached => (106, 500),
                ErrorCode::BadRequest | ErrorCode::TooLarge => (107, 400),
                ErrorCode::NotEnabled => (108, 400),
                _ => (100, 500),
            };
            assert_eq!(
                (failure.code, failure.status().as_u16()),
                expected,
                "{code:?}"
            );
            assert!(failure.message.ends_with(": why"));
        }
        for (failure, status) in [
            (Failure::not_found(), 404),
            (Failure::unrecoverable(), 416),
            (Failure::new(102, "unknown channel"), 404),
            (Failure::new(113, "conflict"), 409),
        ] {
            assert_eq!(failure.status().as_u16(), status);
        }
    }
}
