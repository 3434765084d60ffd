//! Answers that say what is wrong.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use wirehub_model::{ErrorCode, Refusal};

/// A request that was not done: `{"error":{"code","message","hint"?}}`.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    /// `None` for a method that a path does not have.
    code: Option<ErrorCode>,
    message: String,
    hint: Option<String>,
}

impl Problem {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            status: status_of(code),
            code: Some(code),
            message: message.into(),
            hint: None,
        }
    }

    /// The request itself is wrong.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadRequest, message)
    }

    /// The path is there, but not for that method.
    pub(crate) fn wrong_method(message: String) -> Self {
        Self {
            code: None,
            ..Self::bad(message).status(StatusCode::METHOD_NOT_ALLOWED)
        }
    }

    pub(crate) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Says what to do about it.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        let hint = Some(hint.into());
        Self { hint, ..self }
    }

    /// Says what to do about one kind of problem; others stay as they are.
    pub(crate) fn hint_for(self, code: ErrorCode, hint: &str) -> Self {
        if self.code == Some(code) {
            self.hint(hint)
        } else {
            self
        }
    }

    /// Whether it is of this kind.
    pub(crate) fn is(&self, code: ErrorCode) -> bool {
        self.code == Some(code)
    }

    /// Suggests a name, when there is one.
    pub(crate) fn did_you_mean(self, name: Option<&str>) -> Self {
        match name {
            Some(name) => self.hint(format!("did you mean `{name}`?")),
            None => self,
        }
    }

    /// What kind of problem it is, in the hub's words.
    pub(crate) const fn code(&self) -> Option<ErrorCode> {
        self.code
    }

    /// What is wrong, in a sentence.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.code, refusal.message)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Document {
            error: Inner,
        }
        #[derive(Serialize)]
        struct Inner {
            code: &'static str,
            message: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            hint: Option<String>,
        }
        let error = Inner {
            code: self.code.map_or("method_not_allowed", ErrorCode::name),
            message: self.message,
            hint: self.hint,
        };
        (self.status, Json(Document { error })).into_response()
    }
}

/// The status (RFC 9110 section 15, RFC 4918 section 11.5) that fits a code.
fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::BadRequest | ErrorCode::UnknownType => StatusCode::BAD_REQUEST,
        ErrorCode::Unauthorized | ErrorCode::TokenExpired => StatusCode::UNAUTHORIZED,
        ErrorCode::PermissionDenied | ErrorCode::NotEnabled => StatusCode::FORBIDDEN,
        ErrorCode::UnknownMethod | ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::AlreadySubscribed | ErrorCode::NotSubscribed => StatusCode::CONFLICT,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::LimitReached | ErrorCode::Timeout | ErrorCode::Overloaded => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorCode::NotStored => StatusCode::INSUFFICIENT_STORAGE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
