//! Keys of the application's own servers.

mod digest;

pub use digest::KeyDigest;

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use subtle::ConditionallySelectable;
use wirehub_model::Secret;

use super::ApiAccess;

/// The API keys that are accepted. Only their SHA-256 digests are kept: a memory dump shows no key,
/// and comparing digests of one length takes the same time for every guess.
///
/// Clones share the keys: replacing those of one replaces those of all.
#[derive(Clone)]
pub struct ApiKeys {
    known: Arc<RwLock<Vec<(KeyDigest, ApiAccess)>>>,
}

/// A key that settings know by its digest, and what it may do: an entry of `[[admin.keys]]`.
#[derive(Clone, Debug)]
pub struct HashedKey {
    /// What people call it. No two keys have one name.
    pub name: String,
    /// The digest of the key.
    pub digest: KeyDigest,
    /// What its holder may do.
    pub access: ApiAccess,
}

/// Why an API key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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
    #[error(
        "`admin.api_key` and `admin.keys` list {0} keys, more than {max}",
        max = ApiKeys::KEYS_MAX
    )]
    TooMany(usize),
    /// The name of an entry says nothing, or another has it.
    #[error("`admin.keys` {0:?}: each entry needs a `name` of its own")]
    Name(String),
    /// What such a key may do would depend on which entry is found first.
    #[error("`admin.keys` {0:?}: this key is listed twice")]
    Twice(String),
}

impl ApiKeys {
    /// The shortest key, in bytes.
    pub const BYTES_MIN: usize = 16;
    /// The most keys.
    pub const KEYS_MAX: usize = 64;

    /// Takes keys that may do everything, and such that may do some things. Several are for
    /// rotation; no key at all lets nobody in.
    ///
    /// # Errors
    /// Says which key is too short, or listed twice.
    pub fn new(keys: &[Secret], hashed: &[HashedKey]) -> Result<Self, ApiKeyError> {
        Ok(Self {
            known: Arc::new(RwLock::new(known(keys, hashed)?)),
        })
    }

    /// Accepts these keys from now on, and no other.
    ///
    /// # Errors
    /// As for [`ApiKeys::new`]; the keys before stay in force.
    pub fn replace(&self, keys: &[Secret], hashed: &[HashedKey]) -> Result<(), ApiKeyError> {
        let known = known(keys, hashed)?;
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(())
    }

    /// What the holder of a key may do; `None` when it is none of them. Takes the same time
    /// whichever it is, or if it is none.
    #[must_use]
    pub fn access_of(&self, presented: &Secret) -> Option<ApiAccess> {
        let presented = KeyDigest::of(presented);
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let places = known.iter().zip(1_u32..);
        let found = places.fold(0, |found, ((digest, _), place)| {
            u32::conditional_select(&found, &place, digest.ct_eq(&presented))
        });
        let place = usize::try_from(found.checked_sub(1)?).ok()?;
        known.get(place).map(|(_, access)| access.clone())
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        write!(f, "ApiKeys({})", known.len())
    }
}

fn known(
    keys: &[Secret],
    hashed: &[HashedKey],
) -> Result<Vec<(KeyDigest, ApiAccess)>, ApiKeyError> {
    let count = keys.len() + hashed.len();
    if count > ApiKeys::KEYS_MAX {
        return Err(ApiKeyError::TooMany(count));
    }
    let mut known = Vec::with_capacity(count);
    for (key, place) in keys.iter().zip(1..) {
        let bytes = key.expose().len();
        if bytes < ApiKeys::BYTES_MIN {
            return Err(ApiKeyError::Short { place, bytes });
        }
        known.push((KeyDigest::of(key), ApiAccess::everything()));
    }
    for (
        HashedKey {
            name,
            digest,
            access,
        },
        before,
    ) in hashed.iter().zip(0..)
    {
        let mut others = hashed.iter().take(before);
        if name.is_empty() || others.any(|other| other.name == *name) {
            return Err(ApiKeyError::Name(name.clone()));
        }
        if known.iter().any(|(known, _)| known == digest) {
            return Err(ApiKeyError::Twice(name.clone()));
        }
        known.push((*digest, access.clone()));
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::ApiScope;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn accepts_each_of_its_keys_and_no_other() {
        let keys = ApiKeys::new(
            &[secret("first-key-0123456"), secret("second-key-012345")],
            &[],
        );
        let keys = keys.unwrap();
        assert!(keys.access_of(&secret("first-key-0123456")).is_some());
        assert!(keys.access_of(&secret("second-key-012345")).is_some());
        for wrong in [
            "",
            "first-key-012345",
            "first-key-01234567",
            "First-key-0123456",
        ] {
            assert!(keys.access_of(&secret(wrong)).is_none(), "{wrong}");
        }
        assert!(
            ApiKeys::new(&[], &[])
                .unwrap()
                .access_of(&secret(""))
                .is_none()
        );
    }

    #[test]
    fn refuses_short_keys_and_says_how_to_make_one() {
        let error = ApiKeys::new(&[secret("first-key-0123456"), secret("short")], &[]).unwrap_err();
        assert_eq!(error, ApiKeyError::Short { place: 2, bytes: 5 });
        assert!(error.to_string().contains("openssl rand"));
    }

    #[test]
    fn new_keys_hold_for_all_who_share_them_and_bad_ones_change_nothing() {
        let keys = ApiKeys::new(&[secret("first-key-0123456")], &[]).unwrap();
        let shared = keys.clone();
        assert!(keys.replace(&[secret("short")], &[]).is_err());
        assert!(shared.access_of(&secret("first-key-0123456")).is_some());
        keys.replace(&[secret("second-key-012345")], &[]).unwrap();
        assert!(shared.access_of(&secret("first-key-0123456")).is_none());
        assert!(shared.access_of(&secret("second-key-012345")).is_some());
    }

    #[test]
    fn debug_output_shows_no_key() {
        let keys = ApiKeys::new(&[secret("first-key-0123456")], &[]).unwrap();
        assert_eq!(format!("{keys:?}"), "ApiKeys(1)");
    }

    fn hashed(name: &str, key: &str, scope: ApiScope) -> HashedKey {
        HashedKey {
            name: name.to_owned(),
            digest: KeyDigest::of(&secret(key)),
            access: ApiAccess::new(vec![scope], Vec::new()),
        }
    }

    #[test]
    fn each_key_has_its_own_access() {
        let reader = hashed("reader", "reader-key-012345", ApiScope::Read);
        let writer = hashed("writer", "writer-key-012345", ApiScope::Publish);
        let accesses = [&reader, &writer].map(|key| key.access.clone());
        let keys = ApiKeys::new(&[secret("whole-key-0123456")], &[reader, writer]).unwrap();
        let access_of = |key| keys.access_of(&secret(key));
        assert_eq!(
            access_of("whole-key-0123456"),
            Some(ApiAccess::everything())
        );
        assert_eq!(
            [
                access_of("reader-key-012345"),
                access_of("writer-key-012345")
            ],
            accesses.map(Some)
        );
        let digest = KeyDigest::of(&secret("reader-key-012345")).to_string();
        assert_eq!(access_of(&digest), None, "the digest opens nothing");
    }

    #[test]
    fn names_and_keys_are_there_once() {
        let reader = hashed("reader", "reader-key-012345", ApiScope::Read);
        let named = hashed("reader", "another-key-01234", ApiScope::Read);
        let same = hashed("other", "reader-key-012345", ApiScope::Publish);
        let nameless = hashed("", "another-key-01234", ApiScope::Read);
        let refused = |keys: &[HashedKey]| ApiKeys::new(&[], keys).unwrap_err();
        assert_eq!(
            refused(&[reader.clone(), named]),
            ApiKeyError::Name("reader".to_owned())
        );
        assert_eq!(
            refused(&[reader.clone(), same]),
            ApiKeyError::Twice("other".to_owned())
        );
        assert_eq!(refused(&[nameless]), ApiKeyError::Name(String::new()));
        let whole = ApiKeys::new(&[secret("reader-key-012345")], &[reader]);
        assert_eq!(whole.unwrap_err(), ApiKeyError::Twice("reader".to_owned()));
    }
}
