//! Keys of the application's own servers.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use subtle::{Choice, ConstantTimeEq};
use wirehub_model::Secret;

/// The API keys that are accepted. Only their SHA-256 digests are kept: a memory dump shows no key,
/// and comparing digests of one length takes the same time for every guess.
#[derive(Clone)]
pub struct ApiKeys {
    digests: Vec<[u8; 32]>,
}

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
        if keys.len() > Self::KEYS_MAX {
            return Err(ApiKeyError::TooMany(keys.len()));
        }
        let digests = keys.iter().zip(1..).map(|(key, place)| {
            let bytes = key.expose().len();
            if bytes < Self::BYTES_MIN {
                return Err(ApiKeyError::Short { place, bytes });
            }
            Ok(digest_of(key))
        });
        Ok(Self {
            digests: digests.collect::<Result<_, _>>()?,
        })
    }

    /// Whether the key is one of them. Takes the same time whichever it is, or if it is none.
    #[must_use]
    pub fn accept(&self, presented: &Secret) -> bool {
        let presented = digest_of(presented);
        let none = Choice::from(0);
        let found = self.digests.iter().fold(none, |found, known| {
            found | known.as_slice().ct_eq(&presented)
        });
        found.into()
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeys({})", self.digests.len())
    }
}

fn digest_of(key: &Secret) -> [u8; 32] {
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
    fn debug_output_shows_no_key() {
        let keys = ApiKeys::new(&[secret("first-key-0123456")]).unwrap();
        assert_eq!(format!("{keys:?}"), "ApiKeys(1)");
    }
}
