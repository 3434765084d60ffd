//! From a token to a principal.

use std::{sync::Arc, time::Duration};

use jsonwebtoken::Algorithm;
use wirehub_model::{Grant, Moment, Principal, Secret, UserId};

use super::{
    AuthError, AuthSettings, AuthSettingsError, HmacSecret, KeyRefresher, KeySetStatus,
    PublicKeyPem,
    claims::ClaimRules,
    jwks::KeySet,
    key::VerifyKey,
    key_ring::{Finding, KeyRing},
    token::CompactToken,
};

/// One instant on two clocks: the process's own and the calendar's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The instant on the monotonic clock, on which expiry is handed on.
    pub moment: Moment,
    /// The same instant as the time since 1970-01-01 00:00 UTC, in which tokens speak.
    pub unix: Duration,
}

/// What can be said about a token without waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The answer.
    Decided(Result<Principal, AuthError>),
    /// The key may be in a newer key set: ask [`Authenticator::authenticate`], which waits for it.
    NeedsKeys,
}

impl Attempt {
    /// The answer, if there is one.
    #[must_use]
    pub fn decided(self) -> Option<Result<Principal, AuthError>> {
        match self {
            Self::Decided(answer) => Some(answer),
            Self::NeedsKeys => None,
        }
    }
}

/// Checks tokens. One serves all shards: share it by `Arc`.
#[derive(Debug)]
pub struct Authenticator {
    keys: KeyRing,
    key_set: Option<KeySet>,
    rules: ClaimRules,
    anonymous: Option<Principal>,
    token_bytes: usize,
}

impl Authenticator {
    /// Checks settings and reads their keys.
    ///
    /// With a key set comes the [`KeyRefresher`] that keeps it up to date. It does nothing until
    /// its owner runs it; without that, tokens of the key set are refused as `keys_unavailable`.
    ///
    /// # Errors
    /// Names the setting that is wrong, and what to do.
    pub fn new(settings: AuthSettings) -> Result<(Self, Option<KeyRefresher>), AuthSettingsError> {
        settings.check()?;
        let rules = ClaimRules::new(&settings);
        let mut keys = secrets(&settings.hmac_secrets)?;
        keys.append(&mut public_keys(&settings.public_keys)?);
        let (key_set, refresher) = match &settings.jwks {
            Some(jwks) => {
                let (key_set, refresher) = KeySet::new(jwks)?;
                (Some(key_set), Some(refresher))
            }
            None => (None, None),
        };
        let authenticator = Self {
            keys: KeyRing::new(keys),
            key_set,
            rules,
            anonymous: settings.anonymous.map(|capabilities| Principal {
                capabilities: Arc::new(capabilities),
                ..Principal::default()
            }),
            token_bytes: settings.limits.token_bytes,
        };
        Ok((authenticator, refresher))
    }

    /// Lets a client in that has no token.
    ///
    /// # Errors
    /// [`AuthError::Missing`] unless the settings allow it.
    pub fn anonymous(&self) -> Result<Principal, AuthError> {
        self.anonymous.clone().ok_or(AuthError::Missing)
    }

    /// Says whose token it is, if the keys at hand suffice for that. Never waits.
    #[must_use]
    pub fn attempt(&self, token: &Secret, now: Now) -> Attempt {
        match self.examine(token) {
            Ok(Examined::Settled(result)) => {
                Attempt::Decided(result.and_then(|token| self.admit(&token, now)))
            }
            Ok(Examined::NeedsKeys(..)) => Attempt::NeedsKeys,
            Err(error) => Attempt::Decided(Err(error)),
        }
    }

    /// Says whose token it is. Waits only if its key is not at hand and may be in a newer key set,
    /// and then no longer than the fetch of one may take.
    ///
    /// # Errors
    /// Why the client is not let in.
    pub async fn authenticate(&self, token: &Secret, now: Now) -> Result<Principal, AuthError> {
        let token = self.verify(token).await?;
        self.admit(&token, now)
    }

    /// Says what a token about one channel opens for a user, if the keys at hand suffice for that;
    /// `None` when a newer key set has to be waited for.
    pub(crate) fn attempt_grant(
        &self,
        token: &Secret,
        channel: &str,
        user: Option<&UserId>,
        now: Now,
    ) -> Option<Result<Grant, AuthError>> {
        match self.examine(token) {
            Ok(Examined::Settled(token)) => Some(
                token
                    .and_then(|token| token.payload())
                    .and_then(|payload| self.rules.grant(&payload, channel, user, now)),
            ),
            Ok(Examined::NeedsKeys(..)) => None,
            Err(error) => Some(Err(error)),
        }
    }

    /// Says what a token about one channel opens for a user, and waits for keys if it has to.
    pub(crate) async fn grant(
        &self,
        token: &Secret,
        channel: &str,
        user: Option<&UserId>,
        now: Now,
    ) -> Result<Grant, AuthError> {
        let token = self.verify(token).await?;
        self.rules.grant(&token.payload()?, channel, user, now)
    }

    /// Verifies a signature, and waits for keys if it has to.
    async fn verify<'a>(&'a self, token: &'a Secret) -> Result<CompactToken<'a>, AuthError> {
        let (token, key_set) = match self.examine(token)? {
            Examined::Settled(token) => return token,
            Examined::NeedsKeys(token, key_set) => (token, key_set),
        };
        let news = key_set.newer().await;
        let found = [self.keys.examine(&token), news.keys.examine(&token)];
        if news.failed && !found.contains(&Finding::Verified) {
            return Err(AuthError::KeysUnavailable);
        }
        verdict(found).map(|()| token)
    }

    /// How the key set is doing, where there is one: for health checks and metrics.
    #[must_use]
    pub fn key_set(&self) -> Option<KeySetStatus> {
        self.key_set.as_ref().map(KeySet::status)
    }

    fn examine<'a>(&'a self, token: &'a Secret) -> Result<Examined<'a>, AuthError> {
        let token = CompactToken::parse(token.expose(), self.token_bytes)?;
        let own = self.keys.examine(&token);
        let fetched = match &self.key_set {
            Some(key_set) if own != Finding::Verified && !is_hmac(token.algorithm) => {
                let finding = key_set.keys().examine(&token);
                if matches!(finding, Finding::Unknown | Finding::Unnamed) {
                    return Ok(Examined::NeedsKeys(token, key_set));
                }
                finding
            }
            _ => Finding::Unknown,
        };
        Ok(Examined::Settled(verdict([own, fetched]).map(|()| token)))
    }

    /// The signature is verified; what does the token say?
    fn admit(&self, token: &CompactToken<'_>, now: Now) -> Result<Principal, AuthError> {
        self.rules.principal(&token.payload()?, now)
    }
}

enum Examined<'a> {
    Settled(Result<CompactToken<'a>, AuthError>),
    NeedsKeys(CompactToken<'a>, &'a KeySet),
}

/// Sums up what the rings of keys say about a signature.
fn verdict(findings: [Finding; 2]) -> Result<(), AuthError> {
    if findings.contains(&Finding::Verified) {
        Ok(())
    } else if findings == [Finding::Unknown; 2] {
        Err(AuthError::UnknownKey)
    } else {
        Err(AuthError::BadSignature)
    }
}

/// Key sets hold no shared secrets, so such tokens never wait for one.
const fn is_hmac(algorithm: Algorithm) -> bool {
    matches!(
        algorithm,
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512
    )
}

fn secrets(list: &[HmacSecret]) -> Result<Vec<VerifyKey>, AuthSettingsError> {
    let keys = list.iter().zip(1..).map(|(entry, place)| {
        let secret = entry.secret.expose().as_bytes();
        if secret.len() < HmacSecret::BYTES_MIN {
            let bytes = secret.len();
            return Err(AuthSettingsError::ShortSecret { place, bytes });
        }
        Ok(VerifyKey::from_secret(entry.kid.as_deref(), secret))
    });
    keys.collect()
}

fn public_keys(list: &[PublicKeyPem]) -> Result<Vec<VerifyKey>, AuthSettingsError> {
    let keys = list.iter().zip(1..).map(|(entry, place)| {
        VerifyKey::from_pem(entry.kid.as_deref(), &entry.pem)
            .map_err(|why| AuthSettingsError::PublicKey { place, why })
    });
    keys.collect()
}

#[cfg(test)]
mod tests;
