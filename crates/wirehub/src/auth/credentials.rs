//! Where a handshake carries its token.

use std::borrow::Cow;

use http::{HeaderMap, StatusCode, header};
use wirehub_model::Secret;

use super::OriginPolicy;

/// The place a token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialSource {
    /// `?token=`: browsers cannot set headers on a WebSocket.
    Query,
    /// `Authorization: Bearer` (RFC 6750 section 2.1).
    Header,
    /// A cookie, which the browser sends without the page asking for it.
    Cookie,
}

/// What a handshake presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The token.
    pub token: Secret,
    /// Where it was.
    pub source: CredentialSource,
}

/// Why a handshake's credentials are refused before anybody looks into them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// Two places, or one place twice, give different tokens.
    #[error("request carries two different tokens ({0}); send one")]
    Conflicting(&'static str),
    /// `Authorization` is there, but is not `Bearer` and one token.
    #[error("`Authorization` header is not `Bearer` and a token")]
    NotBearer,
    /// A cookie came without an `Origin`, so nobody can tell which page caused the request.
    #[error("a token in a cookie needs an `Origin` header; send it as `Authorization: Bearer`")]
    CookieWithoutOrigin,
}

impl CredentialError {
    /// The word for it in metrics and logs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Conflicting(_) => "conflicting_tokens",
            Self::NotBearer => "not_bearer",
            Self::CookieWithoutOrigin => "cookie_without_origin",
        }
    }

    /// The status of the refused handshake.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Conflicting(_) | Self::NotBearer => StatusCode::BAD_REQUEST,
            Self::CookieWithoutOrigin => StatusCode::FORBIDDEN,
        }
    }
}

/// Why a cookie cannot be used for tokens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CookieSettingsError {
    /// The name is not a token of RFC 9110.
    #[error("`auth.cookie` = {0:?} is not a cookie name")]
    Name(String),
    /// Any page could use the visitor's cookie.
    #[error(
        "`auth.cookie` lets any page act for its visitor while `auth.allowed_origins` holds `*`; \
         list the origins"
    )]
    EveryOrigin,
}

/// Finds the token of a handshake.
///
/// What the client sends on purpose, in the query or the `Authorization` header, comes before a
/// cookie, which the browser sends by itself; two different tokens sent on purpose are refused.
#[derive(Clone, Debug, Default)]
pub struct CredentialPolicy {
    cookie: Option<String>,
}

impl CredentialPolicy {
    /// Takes tokens from the query and the `Authorization` header.
    #[must_use]
    pub const fn new() -> Self {
        Self { cookie: None }
    }

    /// Takes them from the cookie `name` too.
    ///
    /// # Errors
    /// When the name is not one, or `origins` lets every page in: a cookie says who the visitor is,
    /// and only the origin says who asks.
    pub fn with_cookie(name: &str, origins: &OriginPolicy) -> Result<Self, CookieSettingsError> {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(token) {
            return Err(CookieSettingsError::Name(name.to_owned()));
        }
        if origins.lets_everyone_in() {
            return Err(CookieSettingsError::EveryOrigin);
        }
        Ok(Self {
            cookie: Some(name.to_owned()),
        })
    }

    /// Finds the token in a request's headers and query (without the `?`), after
    /// [`OriginPolicy::check_headers`] has let the request pass.
    ///
    /// # Errors
    /// When there are two, or one in a place where it may not be.
    pub fn find(
        &self,
        headers: &HeaderMap,
        query: Option<&str>,
    ) -> Result<Option<Credentials>, CredentialError> {
        let query = in_query(query.unwrap_or_default())?;
        let header = in_authorization(headers)?;
        match (query, header) {
            (Some(query), Some(header)) if query != header => Err(CredentialError::Conflicting(
                "`?token=` and `Authorization`",
            )),
            (_, Some(token)) => Ok(credentials(token, CredentialSource::Header)),
            (Some(token), None) => Ok(credentials(token, CredentialSource::Query)),
            (None, None) => self.in_cookie(headers),
        }
    }

    fn in_cookie(&self, headers: &HeaderMap) -> Result<Option<Credentials>, CredentialError> {
        let Some(name) = self.cookie.as_deref() else {
            return Ok(None);
        };
        let pairs = headers.get_all(header::COOKIE).iter();
        let pairs = pairs
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| Cow::Borrowed(value.trim_matches('"')));
        let token = only(pairs, "two cookies of the name")?;
        if token.is_some() && !headers.contains_key(header::ORIGIN) {
            return Err(CredentialError::CookieWithoutOrigin);
        }
        Ok(token.and_then(|token| credentials(token, CredentialSource::Cookie)))
    }
}

fn credentials(token: Cow<'_, str>, source: CredentialSource) -> Option<Credentials> {
    Some(Credentials {
        token: Secret::new(token.into_owned()),
        source,
    })
}

fn in_query(query: &str) -> Result<Option<Cow<'_, str>>, CredentialError> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let tokens = pairs.filter(|(key, _)| key == "token");
    only(tokens.map(|(_, value)| value), "`?token=` twice")
}

fn in_authorization(headers: &HeaderMap) -> Result<Option<Cow<'_, str>>, CredentialError> {
    let mut tokens = Vec::new();
    for value in headers.get_all(header::AUTHORIZATION) {
        let value = value.to_str().map_err(|_| CredentialError::NotBearer)?;
        let (scheme, token) = value.split_once(' ').ok_or(CredentialError::NotBearer)?;
        let token = token.trim();
        // The name of the scheme has no case (RFC 9110 section 11.1).
        if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.contains(' ') {
            return Err(CredentialError::NotBearer);
        }
        tokens.push(Cow::Borrowed(token));
    }
    only(tokens.into_iter(), "`Authorization` twice")
}

/// The only value, where repeating the same one does no harm. An empty value is none.
fn only<'a>(
    values: impl Iterator<Item = Cow<'a, str>>,
    twice: &'static str,
) -> Result<Option<Cow<'a, str>>, CredentialError> {
    let mut values = values.filter(|value| !value.is_empty());
    let first = values.next();
    if values.any(|value| Some(&value) != first.as_ref()) {
        return Err(CredentialError::Conflicting(twice));
    }
    Ok(first)
}

#[cfg(test)]
mod tests;
