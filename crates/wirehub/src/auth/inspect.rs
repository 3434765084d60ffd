//! What a token says, for whoever debugs one.

use std::{fmt, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use wirehub_model::{Principal, Secret};

use super::{AuthError, Authenticator, Now, token::json_object};

/// The readable parts of a token. Nothing in it can be relied on unless the verdict says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// The header: algorithm, key name.
    pub header: Value,
    /// The claims.
    pub claims: Value,
    /// Whether somebody checked the token, and with what result.
    pub verdict: Verdict,
}

/// What is known about a token's validity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody checked the signature.
    NotVerified,
    /// The signature and all claims hold.
    Verified(Box<Principal>),
    /// The token was refused.
    Refused(AuthError),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotVerified => f.write_str("not verified: no key was given"),
            Self::Verified(_) => f.write_str("verified"),
            Self::Refused(error) => write!(f, "refused: {error}"),
        }
    }
}

/// Reads a token without verifying it. To be shown, never to be believed.
///
/// # Errors
/// When it is not a JWT with a JSON object as header and claims.
pub fn inspect(token: &Secret) -> Result<Inspection, AuthError> {
    let parts: Vec<_> = token.expose().split('.').take(4).collect();
    let [header, claims, _signature] = parts.as_slice() else {
        return Err(AuthError::Malformed("it has not three parts split by dots"));
    };
    let object = |text: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        json_object::<Value>(&bytes)
    };
    Ok(Inspection {
        header: object(header).ok_or(AuthError::Malformed("its header is not a JSON object"))?,
        claims: object(claims).ok_or(AuthError::Malformed("its claims are not a JSON object"))?,
        verdict: Verdict::NotVerified,
    })
}

impl Inspection {
    /// Has the token checked as a client's would be. The keys of a key set count only if they are
    /// there.
    #[must_use]
    pub fn checked_by(mut self, authenticator: &Authenticator, token: &Secret, now: Now) -> Self {
        let answer = authenticator.attempt(token, now).decided();
        self.verdict = match answer.unwrap_or(Err(AuthError::KeysUnavailable)) {
            Ok(principal) => Verdict::Verified(Box::new(principal)),
            Err(error) => Verdict::Refused(error),
        };
        self
    }

    /// When the token expires, in words; `unix` is the time since 1970.
    #[must_use]
    pub fn expiry(&self, unix: Duration) -> String {
        let Some(exp) = self.claims.get("exp") else {
            return "never expires".to_owned();
        };
        let exp = exp
            .as_f64()
            .and_then(|exp| Duration::try_from_secs_f64(exp).ok());
        let Some(exp) = exp else {
            return "has an `exp` that is not a time".to_owned();
        };
        match exp.checked_sub(unix) {
            Some(left) if !left.is_zero() => format!("expires in {}", words(left)),
            _ => format!("expired {} ago", words(unix.saturating_sub(exp))),
        }
    }
}

/// A span in its two largest units.
fn words(span: Duration) -> String {
    let mut rest = span.as_secs();
    let mut parts = Vec::new();
    for (unit, seconds) in [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)] {
        let count = rest / seconds;
        rest %= seconds;
        if count > 0 {
            parts.push(format!("{count} {unit}"));
        }
    }
    parts.truncate(2);
    if parts.is_empty() {
        return "0 s".to_owned();
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests;
