//! The outer form of a token: three parts and a header (RFC 7515 section 7.1).

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use serde::{Deserialize, de::IgnoredAny};

use super::AuthError;

/// A token taken apart, of which nothing is believed yet.
#[derive(Debug)]
pub(crate) struct CompactToken<'a> {
    /// What the header says signed it; one of those supported.
    pub(crate) algorithm: Algorithm,
    /// What the header calls the key.
    pub(crate) kid: Option<String>,
    /// What was signed: header and payload as they came.
    pub(crate) message: &'a str,
    /// The signature in base64url.
    pub(crate) signature: &'a str,
    payload: &'a str,
}

/// What is read of a header. Keys that come inside a token (`jwk`, `jku`, `x5u`, `x5c`) are not
/// among it: a token cannot vouch for itself (RFC 8725 section 3.10).
#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

impl<'a> CompactToken<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// When it is longer than `bytes_max`, has another form, or its header asks for what is not
    /// here.
    pub(crate) fn parse(token: &'a str, bytes_max: usize) -> Result<Self, AuthError> {
        if token.len() > bytes_max {
            return Err(AuthError::TooLong {
                bytes: token.len(),
                max: bytes_max,
            });
        }
        let (message, signature) = token.rsplit_once('.').ok_or(NOT_THREE_PARTS)?;
        let (header, payload) = message.split_once('.').ok_or(NOT_THREE_PARTS)?;
        if payload.contains('.') {
            return Err(NOT_THREE_PARTS);
        }
        if !signature.bytes().all(is_base64url) {
            return Err(AuthError::Malformed("its signature is not base64url"));
        }
        let header = URL_SAFE_NO_PAD
            .decode(header)
            .map_err(|_| AuthError::Malformed("its header is not base64url"))?;
        let header: Header<'_> = json_object(&header).ok_or(AuthError::Malformed(
            "its header is not a JSON object with an `alg`",
        ))?;
        Ok(Self {
            algorithm: algorithm(&header)?,
            kid: header.kid,
            message,
            signature,
            payload,
        })
    }

    /// The bytes of the claims.
    ///
    /// # Errors
    /// When they are not base64url.
    pub(crate) fn payload(&self) -> Result<Vec<u8>, AuthError> {
        URL_SAFE_NO_PAD
            .decode(self.payload)
            .map_err(|_| AuthError::Malformed("its payload is not base64url"))
    }
}

/// Reads a JSON object in UTF-8 and nothing else: serde would take an array for a struct as well,
/// and any bytes in a string that it skips (RFC 8725 section 3.7). A member that is read and comes
/// twice makes the object invalid (RFC 8725 section 2.4 on ambiguous JSON).
pub(crate) fn json_object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Option<T> {
    let json = std::str::from_utf8(json).ok()?;
    json.trim_ascii_start()
        .starts_with('{')
        .then(|| serde_json::from_str(json).ok())
        .flatten()
}

const NOT_THREE_PARTS: AuthError = AuthError::Malformed("it has not three parts split by dots");

fn algorithm(header: &Header<'_>) -> Result<Algorithm, AuthError> {
    // RFC 7515 section 4.1.11: whoever does not know a critical extension must refuse the token.
    if header.crit.is_some() {
        return Err(AuthError::Unsupported("a critical extension (`crit`)"));
    }
    if header.alg.eq_ignore_ascii_case("none") {
        return Err(AuthError::Unsupported("no signature (`alg: none`)"));
    }
    header
        .alg
        .parse()
        .map_err(|_| AuthError::Unsupported("an unknown algorithm (`alg`)"))
}

const fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}
