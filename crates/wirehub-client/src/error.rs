//! What can go wrong for the application.

use std::borrow::Cow;

/// Why something did not happen.
///
/// [`Error::code`] is for programs: a word of the table of errors in `docs/protocol.md`, or one of
/// the client's own (see [`Error::is_local`]). [`Error::message`] is for people; its wording may
/// change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server refused a request.
    #[error("{message} ({code})")]
    Refused {
        /// A word of the table of errors in `docs/protocol.md`.
        code: Cow<'static, str>,
        /// What the server says to developers.
        message: String,
        /// Whether the same request may succeed later without a change.
        retry: bool,
    },
    /// No answer came in time; whether the request was done is unknown.
    #[error("no answer came in time")]
    Timeout,
    /// The connection was lost before the answer; whether the request was done is unknown.
    #[error("the connection was lost before the answer came")]
    Disconnected,
    /// Too many requests wait for a connection.
    #[error("too many requests wait for a connection")]
    QueueFull,
    /// The client has stopped and does nothing any more.
    #[error("the client has stopped: {message}")]
    Stopped {
        /// Why.
        message: String,
    },
    /// The server does not accept the credentials, and there are no others.
    #[error("the credentials are not accepted: {message}")]
    AuthFailed {
        /// What the server or the token provider said.
        message: String,
    },
    /// Data could not be made into JSON, or JSON not into what it should be.
    #[error("{message}")]
    Data {
        /// What the JSON library says.
        message: String,
    },
    /// The settings are wrong: a URL, a certificate, a combination.
    #[error("{message}")]
    Configuration {
        /// What is wrong, and what to do about it.
        message: String,
    },
}

impl Error {
    /// The reason in one word.
    ///
    /// | code | |
    /// |---|---|
    /// | those of `docs/protocol.md` | The server refused. |
    /// | `timeout` | No answer in time, from here or from the server. |
    /// | `disconnected` | The connection was lost before the answer. |
    /// | `queue_full` | Too many requests wait for a connection. |
    /// | `stopped` | The client has stopped. |
    /// | `auth_failed` | The credentials are not accepted. |
    /// | `data` | Data and JSON do not fit. |
    /// | `configuration` | The settings are wrong. |
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Refused { code, .. } => code,
            Self::Timeout => "timeout",
            Self::Disconnected => "disconnected",
            Self::QueueFull => "queue_full",
            Self::Stopped { .. } => "stopped",
            Self::AuthFailed { .. } => "auth_failed",
            Self::Data { .. } => "data",
            Self::Configuration { .. } => "configuration",
        }
    }

    /// The reason in a sentence for developers.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Refused { message, .. }
            | Self::Stopped { message }
            | Self::AuthFailed { message }
            | Self::Data { message }
            | Self::Configuration { message } => message.clone(),
            Self::Timeout | Self::Disconnected | Self::QueueFull => self.to_string(),
        }
    }

    /// Whether the same request may succeed later without a change.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Refused { retry, .. } => *retry,
            Self::Timeout | Self::Disconnected | Self::QueueFull => true,
            Self::Stopped { .. }
            | Self::AuthFailed { .. }
            | Self::Data { .. }
            | Self::Configuration { .. } => false,
        }
    }

    /// Whether the client itself says so, and not the server.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        !matches!(self, Self::Refused { .. })
    }

    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::Configuration {
            message: message.into(),
        }
    }

    pub(crate) fn data(error: &serde_json::Error) -> Self {
        Self::Data {
            message: error.to_string(),
        }
    }

    pub(crate) fn stopped() -> Self {
        Self::Stopped {
            message: "it was closed".to_owned(),
        }
    }
}
