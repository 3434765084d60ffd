//! Why a request was refused.

use std::borrow::Cow;

/// The reason a request was refused, as the client sees it. The connection goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The message is not valid: not JSON, not an object, a field is missing or of the wrong kind.
    BadRequest,
    /// No message type of that name.
    UnknownType,
    /// The request needs an authenticated connection.
    Unauthorized,
    /// The token has expired.
    TokenExpired,
    /// The client's permissions do not cover the request.
    PermissionDenied,
    /// No handler for that method.
    UnknownMethod,
    /// The connection or user that is addressed is not here.
    NotFound,
    /// The client already has that subscription.
    AlreadySubscribed,
    /// The client has no such subscription.
    NotSubscribed,
    /// The payload is larger than the topic allows.
    TooLarge,
    /// Too many requests of that kind; later ones will pass.
    RateLimited,
    /// A bound is reached, such as the number of subscriptions.
    LimitReached,
    /// The feature is not enabled for that topic.
    NotEnabled,
    /// The session is not kept, or not any more.
    NotResumable,
    /// It was delivered to whoever is here, but could not be stored.
    NotStored,
    /// The answer took too long.
    Timeout,
    /// The server is too busy; the same request may pass later.
    Overloaded,
    /// The server failed; the log says how.
    Internal,
}

impl ErrorCode {
    /// Every code, in the order of its number.
    pub const ALL: [Self; 18] = [
        Self::BadRequest,
        Self::UnknownType,
        Self::Unauthorized,
        Self::TokenExpired,
        Self::PermissionDenied,
        Self::UnknownMethod,
        Self::NotFound,
        Self::AlreadySubscribed,
        Self::NotSubscribed,
        Self::TooLarge,
        Self::RateLimited,
        Self::LimitReached,
        Self::NotEnabled,
        Self::NotResumable,
        Self::NotStored,
        Self::Timeout,
        Self::Overloaded,
        Self::Internal,
    ];

    /// The place of the code in [`ErrorCode::ALL`], for tables of counters.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The word for it on the wire, in metrics and in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::UnknownType => "unknown_type",
            Self::Unauthorized => "unauthorized",
            Self::TokenExpired => "token_expired",
            Self::PermissionDenied => "permission_denied",
            Self::UnknownMethod => "unknown_method",
            Self::NotFound => "not_found",
            Self::AlreadySubscribed => "already_subscribed",
            Self::NotSubscribed => "not_subscribed",
            Self::TooLarge => "too_large",
            Self::RateLimited => "rate_limited",
            Self::LimitReached => "limit_reached",
            Self::NotEnabled => "not_enabled",
            Self::NotResumable => "not_resumable",
            Self::NotStored => "not_stored",
            Self::Timeout => "timeout",
            Self::Overloaded => "overloaded",
            Self::Internal => "internal",
        }
    }

    /// What it means, in a sentence for the documents.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::BadRequest => "The message is not valid; the text says where.",
            Self::UnknownType => "There is no message type of that name.",
            Self::Unauthorized => "The request needs an authenticated connection.",
            Self::TokenExpired => "The token has expired; ask your backend for a new one.",
            Self::PermissionDenied => "Neither the token nor the namespace allows it.",
            Self::UnknownMethod => "No handler is registered for that method.",
            Self::NotFound => "The connection that is addressed is not here.",
            Self::AlreadySubscribed => "The connection already has that subscription.",
            Self::NotSubscribed => "The connection has no such subscription.",
            Self::TooLarge => "The payload is larger than the namespace allows.",
            Self::RateLimited => "Too many requests of that kind; slow down.",
            Self::LimitReached => "A bound is reached, such as subscriptions per connection.",
            Self::NotEnabled => "The feature is not enabled for that topic.",
            Self::NotResumable => "The session is unknown or too old; subscribe anew.",
            Self::NotStored => "Delivered to those who are here, but the store failed to keep it.",
            Self::Timeout => "The answer took too long.",
            Self::Overloaded => "The server is too busy for this request.",
            Self::Internal => "The server failed; its log says how.",
        }
    }

    /// Whether the same request may succeed later without a change.
    #[must_use]
    pub const fn retry(self) -> bool {
        matches!(
            self,
            Self::RateLimited | Self::Timeout | Self::Overloaded | Self::Internal
        )
    }
}

/// A refused request: the reason and a sentence for the developer who reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason.
    pub code: ErrorCode,
    /// What is wrong and what to do about it; never a secret.
    pub message: Cow<'static, str>,
}

impl Refusal {
    /// Refuses for `code`, explained by `message`.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_know_their_place() {
        for (place, code) in ErrorCode::ALL.into_iter().enumerate() {
            assert_eq!(code.index(), place);
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = ErrorCode::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorCode::ALL.len());
    }
}
