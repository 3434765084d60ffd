//! Why a client was not let in.

use std::borrow::Cow;

use http::StatusCode;
use wirehub_model::{CloseReason, ErrorCode, Refusal};

/// Why a token was refused.
///
/// `Display` is for the operator's log: precise, without secrets. What the client sees is
/// [`AuthError::refusal`]: until the signature is verified every fault has the same sentence there,
/// so that trying out keys teaches nothing; after that the sender is known to be the application,
/// and the sentence says what to repair.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// There is no token, and `auth.anonymous` is not set.
    #[error("no token, and anonymous access is not configured (`auth.anonymous`)")]
    Missing,
    /// The token is longer than the bound.
    #[error("token has {bytes} bytes, more than `auth.limits.token_bytes` = {max}")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The bound.
        max: usize,
    },
    /// The token is not a JWT in compact form (RFC 7519 section 7.2).
    #[error("not a JWT: {0}")]
    Malformed(&'static str),
    /// The header asks for an algorithm or an extension that is not supported.
    #[error("header asks for {0}, which is not supported")]
    Unsupported(&'static str),
    /// No key of that algorithm is known under the token's `kid`.
    #[error(
        "no key for this algorithm and `kid`; compare the token's header with the key settings"
    )]
    UnknownKey,
    /// The key is there, but the signature is not its own.
    #[error("signature does not fit the key: the token was changed, or signed with another key")]
    BadSignature,
    /// The key set could not be fetched, so an unknown key cannot be told from a new one.
    #[error("key set of `auth.jwks_url` cannot be fetched, and no key at hand fits the token")]
    KeysUnavailable,
    /// `exp` has passed.
    #[error("token expired {} s ago", .0.as_secs())]
    Expired(std::time::Duration),
    /// `nbf` or `iat` lies ahead.
    #[error("claim `{claim}` is {} s ahead; compare the clocks", .ahead.as_secs())]
    NotYetValid {
        /// The claim.
        claim: &'static str,
        /// How far ahead it lies.
        ahead: std::time::Duration,
    },
    /// `aud` does not name this hub.
    #[error("claim `aud` names none of `auth.audience`")]
    WrongAudience,
    /// `iss` is not a trusted issuer.
    #[error("claim `iss` is none of `auth.issuer`")]
    WrongIssuer,
    /// A claim that the settings require is missing.
    #[error("claim `{0}` is missing")]
    MissingClaim(&'static str),
    /// A claim has a value it may not have.
    #[error("claim `{claim}` {why}")]
    BadClaim {
        /// The claim.
        claim: &'static str,
        /// What is wrong, as the end of a sentence.
        why: Cow<'static, str>,
    },
}

impl AuthError {
    /// Every word that [`AuthError::word`] gives, for tables of counters.
    pub const WORDS: [&'static str; 13] = [
        "missing",
        "too_long",
        "malformed",
        "unsupported",
        "unknown_key",
        "bad_signature",
        "keys_unavailable",
        "expired",
        "not_yet_valid",
        "wrong_audience",
        "wrong_issuer",
        "missing_claim",
        "bad_claim",
    ];

    /// The word for it in metrics and logs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::TooLong { .. } => "too_long",
            Self::Malformed(_) => "malformed",
            Self::Unsupported(_) => "unsupported",
            Self::UnknownKey => "unknown_key",
            Self::BadSignature => "bad_signature",
            Self::KeysUnavailable => "keys_unavailable",
            Self::Expired(_) => "expired",
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::WrongAudience => "wrong_audience",
            Self::WrongIssuer => "wrong_issuer",
            Self::MissingClaim(_) => "missing_claim",
            Self::BadClaim { .. } => "bad_claim",
        }
    }

    /// What the client is told over an open connection, or in the body of a refused handshake.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Expired(_) => Refusal::new(
                ErrorCode::TokenExpired,
                "the token has expired; get a new one from your application",
            ),
            // `Internal` is the code that tells a client to try the same token again.
            Self::KeysUnavailable => Refusal::new(
                ErrorCode::Internal,
                "the token cannot be verified at the moment; try again",
            ),
            Self::Missing => Refusal::new(
                ErrorCode::Unauthorized,
                "a token is needed; get one from your application",
            ),
            Self::TooLong { .. }
            | Self::Malformed(_)
            | Self::Unsupported(_)
            | Self::UnknownKey
            | Self::BadSignature => Refusal::new(
                ErrorCode::Unauthorized,
                "the token is not valid here; get a new one from your application",
            ),
            Self::WrongAudience => Refusal::new(
                ErrorCode::Unauthorized,
                "the token is meant for another service (claim `aud`)",
            ),
            Self::WrongIssuer => Refusal::new(
                ErrorCode::Unauthorized,
                "the token's issuer (claim `iss`) is not trusted here",
            ),
            Self::NotYetValid { .. } | Self::MissingClaim(_) | Self::BadClaim { .. } => {
                Refusal::new(ErrorCode::Unauthorized, format!("the token's {self}"))
            }
        }
    }

    /// The status of a refused handshake: 401 when another token may help, 503 when the same one
    /// may help later.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::KeysUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        }
    }

    /// The `WWW-Authenticate` header that goes with a 401 (RFC 6750 section 3).
    #[must_use]
    pub const fn challenge(&self) -> &'static str {
        match self {
            Self::Missing => "Bearer",
            _ => "Bearer error=\"invalid_token\"",
        }
    }

    /// How a connection ends that was opened before its credentials came.
    #[must_use]
    pub const fn close_reason(&self) -> CloseReason {
        match self {
            Self::Expired(_) => CloseReason::TokenExpired,
            Self::KeysUnavailable => CloseReason::TryAgainLater,
            _ => CloseReason::Unauthorized,
        }
    }

    /// A claim with a value it may not have.
    pub(crate) fn bad_claim(claim: &'static str, why: impl Into<Cow<'static, str>>) -> Self {
        Self::BadClaim {
            claim,
            why: why.into(),
        }
    }
}

#[cfg(test)]
mod tests;
