//! A key set as text (RFC 7517 section 5).

use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use serde_json::Value;

use super::{super::key::VerifyKey, endpoint::FetchError};

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

/// Reads the keys that can verify tokens, and counts the others: a set may hold keys for other
/// purposes and of kinds that are not known here, which are to be ignored.
///
/// # Errors
/// When it is not a key set, or holds more than `keys_max` keys.
pub(super) fn read(body: &[u8], keys_max: usize) -> Result<(Vec<VerifyKey>, usize), FetchError> {
    let document: Document = serde_json::from_slice(body).map_err(|_| FetchError::NotAKeySet)?;
    let count = document.keys.len();
    if count > keys_max {
        return Err(FetchError::TooManyKeys {
            count,
            max: keys_max,
        });
    }
    let keys: Vec<_> = document.keys.into_iter().filter_map(key).collect();
    let skipped = count - keys.len();
    Ok((keys, skipped))
}

fn key(value: Value) -> Option<VerifyKey> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let key = VerifyKey::from_jwk(&jwk);
    if let Err(why) = &key {
        tracing::debug!(
            kid = jwk.common.key_id,
            why,
            "a key of the key set is not used"
        );
    }
    key.ok()
}

#[cfg(test)]
mod tests;
