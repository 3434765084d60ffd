use std::time::Duration;

use super::*;
use crate::auth::{CredentialError, OriginRefused};

fn every_error() -> Vec<AuthError> {
    vec![
        AuthError::Missing,
        AuthError::TooLong { bytes: 2, max: 1 },
        AuthError::Malformed("it is not"),
        AuthError::Unsupported("too much"),
        AuthError::UnknownKey,
        AuthError::BadSignature,
        AuthError::KeysUnavailable,
        AuthError::Expired(Duration::from_secs(1)),
        AuthError::NotYetValid {
            claim: "nbf",
            ahead: Duration::from_secs(1),
        },
        AuthError::WrongAudience,
        AuthError::WrongIssuer,
        AuthError::MissingClaim("sub"),
        AuthError::bad_claim("sub", "must be a string"),
    ]
}

#[test]
fn every_word_is_listed_once() {
    let words: Vec<_> = every_error().iter().map(AuthError::word).collect();
    assert_eq!(words, AuthError::WORDS);
}

#[test]
fn the_client_is_told_what_to_do_next() {
    for error in every_error() {
        let refusal = error.refusal();
        let (code, retry) = match error {
            AuthError::Expired(_) => (ErrorCode::TokenExpired, false),
            AuthError::KeysUnavailable => (ErrorCode::Internal, true),
            _ => (ErrorCode::Unauthorized, false),
        };
        assert_eq!(
            (refusal.code, refusal.code.retry()),
            (code, retry),
            "{error}"
        );
        assert_eq!(error.status() == StatusCode::SERVICE_UNAVAILABLE, retry);
        assert_eq!(error.close_reason() == CloseReason::TryAgainLater, retry);
    }
    let missing = AuthError::MissingClaim("sub").refusal().message;
    assert_eq!(missing, "the token's claim `sub` is missing");
}

#[test]
fn the_operators_page_explains_every_refusal_with_its_status() {
    let page = include_str!("../../../../../docs/operating/authentication.md");
    let tokens = every_error();
    let tokens = tokens.iter().map(|error| (error.word(), error.status()));
    let origins = [
        OriginRefused::NotListed(String::new()),
        OriginRefused::NoneListed(String::new()),
        OriginRefused::Null,
        OriginRefused::Missing,
        OriginRefused::Malformed,
    ];
    let origins = origins.iter().map(|error| (error.word(), error.status()));
    let credentials = [
        CredentialError::Conflicting("twice"),
        CredentialError::NotBearer,
        CredentialError::CookieWithoutOrigin,
    ];
    let credentials = credentials
        .iter()
        .map(|error| (error.word(), error.status()));
    for (word, status) in tokens.chain(origins).chain(credentials) {
        let row = format!("| `{word}` | {} |", status.as_u16());
        assert!(page.contains(&row), "{row}");
    }
}
