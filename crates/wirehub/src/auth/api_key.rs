//! Keys of the application's own servers.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use aws_lc_rs::digest::{SHA256, digest};
use subtle::{Choice, ConstantTimeEq};
use wirehub_model::Secret;

/// The API keys that are accepted. Only their SHA-256 digests are kept: a memory dump shows no key,
/// and comparing digests of one length takes the same time for every guess.
///
/// Clones share the keys: replacing those of one replaces those of all.
#[derive(Clone)]
pub struct ApiKeys {
    digests: Arc<RwLock<Vec<Digest>>>,
}

type Digest = [u8; 32];

/// Why an API key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiKeyError {
    /// The key is too short to resist guessing.
    #[error(
        "`admin.api_key` number {place} has {bytes} bytes, fewer than {min}; \
         make one with `openssl rand -hex 32`",
        min = ApiKeys::BYTES_MIN
    )]
    Short {
        /// Which one, counted from 1.
        place: usize,
        /// Its length.
        bytes: usize,
    },
    /// More keys than are compared for each request.
    #[error("`admin.api_key` lists {0} keys, more than {max}", max = ApiKeys::KEYS_MAX)]
    TooMany(usize),
}

impl ApiKeys {
    /// The shortest key, in bytes.
    pub const BYTES_MIN: usize = 16;
    /// The most keys.
    pub const KEYS_MAX: usize = 64;

    /// Takes keys; several are for rotation. No key at all lets nobody in.
    ///
    /// # Errors
    /// Says which key is too short.
    pub fn new(keys: &[Secret]) -> Result<Self, ApiKeyError> {
        Ok(Self {
            digests: Arc::new(RwLock::new(digests_of(keys)?)),
        })
    }

    /// Accepts these keys from now on, and no other.
    ///
    /// # Errors
    /// As for [`ApiKeys::new`]; the keys before stay in force.
    pub fn replace(&self, keys: &[Secret]) -> Result<(), ApiKeyError> {
        let digests = digests_of(keys)?;
        *self.digests.write().unwrap_or_else(PoisonError::into_inner) = digests;
        Ok(())
    }

    /// Whether the key is one of them. Takes the same time whichever it is, or if it is none.
    #[must_use]
    pub fn accept(&self, presented: &Secret) -> bool {
        let presented = digest_of(presented);
        let none = Choice::from(0);
        let digests = self.digests.read().unwrap_or_else(PoisonError::into_inner);
        let found = digests.iter().fold(none, |found, known| {
            found | known.as_slice().ct_eq(&presented)
        });
        found.into()
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digests = self.digests.read().unwrap_or_else(PoisonError::into_inner);
        write!(f, "ApiKeys({})", digests.len())
    }
}

fn digests_of(keys: &[Secret]) -> Result<Vec<Digest>, ApiKeyError> {
    if keys.len() > ApiKeys::KEYS_MAX {
        return Err(ApiKeyError::TooMany(keys.len()));
    }
    let digests = keys.iter().zip(1..).map(|(key, place)| {
        let bytes = key.expose().len();
        if bytes < ApiKeys::BYTES_MIN {
            return Err(ApiKeyError::Short { place, bytes });
        }
        Ok(digest_of(key))
    });
    digests.collect()
}

fn digest_of(key: &Secret) -> Digest {
    let digest = digest(&SHA256, key.expose().as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn accepts_each_of_its_keys_and_no_other() {
        let keys = ApiKeys::new(&[secret("first-key-0123456"), secret("second-key-012345")]);
        let keys = keys.unwrap();
        assert!(keys.accept(&secret("first-key-0123456")));
        assert!(keys.accept(&secret("second-key-012345")));
        for wrong in [
            "",
            "first-key-012345",
            "first-key-01234567",
            "First-key-0123456",
        ] {
            assert!(!keys.accept(&secret(wrong)), "{wrong}");
        }
        assert!(!ApiKeys::new(&[]).unwrap().accept(&secret("")));
    }

    #[test]
    fn refuses_short_keys_and_says_how_to_make_one() {
        let error = ApiKeys::new(&[secret("first-key-0123456"), secret("short")]).unwrap_err();
        assert_eq!(error, ApiKeyError::Short { place: 2, bytes: 5 });
        assert!(error.to_string().contains("openssl rand"));
    }

    #[test]
    fn new_keys_hold_for_all_who_share_them_and_bad_ones_change_nothing() {
        let keys = ApiKeys::new(&[secret("first-key-0123456")]).unwrap();
        let shared = keys.clone();
        assert!(keys.replace(&[secret("short")]).is_err());
        assert!(shared.accept(&secret("first-key-0123456")));
        keys.replace(&[secret("second-key-012345")]).unwrap();
        assert!(!shared.accept(&secret("first-key-0123456")));
        assert!(shared.accept(&secret("second-key-012345")));
    }

    #[test]
    fn debug_output_shows_no_key() {
        let keys = ApiKeys::new(&[secret("first-key-0123456")]).unwrap();
        assert_eq!(format!("{keys:?}"), "ApiKeys(1)");
    }
}
