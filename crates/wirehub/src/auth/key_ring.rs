//! The keys at hand, and which of them may have signed a token.

use jsonwebtoken::Algorithm;

use super::{key::VerifyKey, token::CompactToken};

/// Keys of one source: the settings, or one fetched key set.
#[derive(Debug, Default)]
pub(crate) struct KeyRing {
    keys: Vec<VerifyKey>,
}

/// What the keys at hand say about a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// One of them made it.
    Verified,
    /// A key has the token's name, or all of its kind were tried, and the signature is not theirs.
    Forged,
    /// No key has the token's name; those without a name were tried, and the signature is not
    /// theirs.
    Unnamed,
    /// There is no key to try.
    Unknown,
}

impl KeyRing {
    /// The most keys that are tried for one token that does not name its key.
    const TRIES_MAX: usize = 16;

    pub(crate) const fn new(keys: Vec<VerifyKey>) -> Self {
        Self { keys }
    }

    pub(crate) const fn len(&self) -> usize {
        self.keys.len()
    }

    /// Looks for the key that made the token's signature: the keys of the token's `kid`, and those
    /// that have no name. A token without a `kid` may be of any key.
    pub(crate) fn examine(&self, token: &CompactToken<'_>) -> Finding {
        let mut finding = Finding::Unknown;
        for key in self.candidates(token.algorithm, token.kid.as_deref()) {
            if key.verifies(token.algorithm, token.message, token.signature) {
                return Finding::Verified;
            }
            if key.kid().is_some() || token.kid.is_none() {
                finding = Finding::Forged;
            } else if finding == Finding::Unknown {
                finding = Finding::Unnamed;
            }
        }
        finding
    }

    fn candidates<'a>(
        &'a self,
        algorithm: Algorithm,
        kid: Option<&'a str>,
    ) -> impl Iterator<Item = &'a VerifyKey> {
        self.keys
            .iter()
            .filter(move |key| key.fits(algorithm))
            .filter(move |key| match (key.kid(), kid) {
                (Some(ours), Some(theirs)) => ours == theirs,
                (None, _) | (_, None) => true,
            })
            .take(Self::TRIES_MAX)
    }
}
