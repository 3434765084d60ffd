//! Tokens made here: for development, for scripts, for tests.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use serde_json::Value;
use wirehub_model::{Capabilities, Operation, Secret, TopicFilter, UserId};

use super::{
    HmacSecret,
    key::{HMAC, RSA},
};

/// A key that signs tokens, with its algorithm and name.
#[derive(Clone, Debug)]
pub struct SigningKey {
    key: EncodingKey,
    algorithms: &'static [Algorithm],
    algorithm: Algorithm,
    kid: Option<String>,
}

/// Why a token could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MintError {
    /// The hub would refuse the secret.
    #[error(
        "secret has {0} bytes, but HS256 needs at least {min}; \
         make one with `openssl rand -hex 32`",
        min = HmacSecret::BYTES_MIN
    )]
    ShortSecret(usize),
    /// The text is not a private key.
    #[error(
        "not a private key in PEM: RSA, EC (P-256, P-384) or Ed25519 in PKCS#8, \
         beginning with `-----BEGIN PRIVATE KEY-----`"
    )]
    NotAPrivateKey,
    /// The key cannot be used with the algorithm.
    #[error("algorithm {asked:?} does not belong to the key; it can have {possible}")]
    Algorithm {
        /// What was asked for.
        asked: String,
        /// What the key can do.
        possible: String,
    },
    /// The key did not sign.
    #[error("key does not sign; is it damaged, or an RSA key of fewer than 2048 bits?")]
    Signing,
}

impl SigningKey {
    /// Signs with a shared secret: HS256, or another by [`SigningKey::with_algorithm`].
    ///
    /// # Errors
    /// When the secret is so short that a hub would refuse it.
    pub fn from_secret(secret: &Secret) -> Result<Self, MintError> {
        let secret = secret.expose().as_bytes();
        if secret.len() < HmacSecret::BYTES_MIN {
            return Err(MintError::ShortSecret(secret.len()));
        }
        Self::proven(EncodingKey::from_secret(secret), HMAC)
    }

    /// Signs with a private key in PEM: RS256, ES256, ES384 or EdDSA after the kind of key.
    ///
    /// # Errors
    /// When the text is not such a key.
    pub fn from_pem(pem: &Secret) -> Result<Self, MintError> {
        let text = pem.expose();
        if !text.contains("PRIVATE KEY-----") {
            return Err(MintError::NotAPrivateKey);
        }
        let pem = text.as_bytes();
        if let Ok(key) = EncodingKey::from_rsa_pem(pem) {
            return Self::proven(key, RSA);
        }
        if let Ok(key) = EncodingKey::from_ed_pem(pem) {
            return Self::proven(key, &[Algorithm::EdDSA]);
        }
        // Which of the two curves an EC key is on shows when it signs.
        let key = EncodingKey::from_ec_pem(pem).map_err(|_| MintError::NotAPrivateKey)?;
        Self::proven(key.clone(), &[Algorithm::ES256])
            .or_else(|_| Self::proven(key, &[Algorithm::ES384]))
    }

    /// Signs with another algorithm of the same kind of key, by its name in RFC 7518.
    ///
    /// # Errors
    /// Lists the algorithms the key can have.
    pub fn with_algorithm(mut self, name: &str) -> Result<Self, MintError> {
        let known = self.algorithms.iter().copied();
        let mut asked = known.filter(|algorithm| format!("{algorithm:?}") == name);
        self.algorithm = asked.next().ok_or_else(|| MintError::Algorithm {
            asked: name.to_owned(),
            possible: names(self.algorithms),
        })?;
        Ok(self)
    }

    /// Names the key in the header of its tokens.
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = Some(kid.into());
        self
    }

    /// Has the key sign once, so that a damaged one is found before it is needed.
    fn proven(key: EncodingKey, algorithms: &'static [Algorithm]) -> Result<Self, MintError> {
        let algorithm = algorithms.first().copied().ok_or(MintError::Signing)?;
        jsonwebtoken::crypto::sign(b"", &key, algorithm).map_err(|_| MintError::Signing)?;
        Ok(Self {
            key,
            algorithms,
            algorithm,
            kid: None,
        })
    }
}

fn names(algorithms: &[Algorithm]) -> String {
    let names: Vec<_> = algorithms
        .iter()
        .map(|algorithm| format!("{algorithm:?}"))
        .collect();
    names.join(", ")
}

/// A token before it is signed. It allows nothing until something is allowed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TokenDraft {
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    #[serde(skip)]
    lifetime: Option<Duration>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aud: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    info: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subscribe: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    publish: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    presence: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    history: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    auto_subscribe: Vec<String>,
}

#[derive(Serialize)]
struct Dated<'a> {
    iat: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<u64>,
    #[serde(flatten)]
    draft: &'a TokenDraft,
}

impl TokenDraft {
    /// A token for a user.
    #[must_use]
    pub fn for_user(user: &UserId) -> Self {
        Self {
            sub: Some(user.as_str().to_owned()),
            ..Self::default()
        }
    }

    /// A token for nobody in particular; only a hub that does not require users takes it.
    #[must_use]
    pub fn for_nobody() -> Self {
        Self::default()
    }

    /// Ends so long after it is signed, in whole seconds.
    #[must_use]
    pub const fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Allows an operation on the topics that the filter matches.
    #[must_use]
    pub fn allow(mut self, operation: Operation, filter: &TopicFilter) -> Self {
        let list = match operation {
            Operation::Subscribe => &mut self.subscribe,
            Operation::Publish => &mut self.publish,
            Operation::Presence => &mut self.presence,
            Operation::History => &mut self.history,
        };
        list.push(filter.as_str().to_owned());
        self
    }

    /// Allows all that `capabilities` do.
    #[must_use]
    pub fn allow_all(mut self, capabilities: &Capabilities) -> Self {
        let lists = [
            (Operation::Subscribe, &capabilities.subscribe),
            (Operation::Publish, &capabilities.publish),
            (Operation::Presence, &capabilities.presence),
            (Operation::History, &capabilities.history),
        ];
        for (operation, filters) in lists {
            for filter in filters {
                self = self.allow(operation, filter);
            }
        }
        self
    }

    /// Makes the server subscribe the client to the filter as soon as it is connected.
    #[must_use]
    pub fn auto_subscribe(mut self, filter: &TopicFilter) -> Self {
        self.auto_subscribe.push(filter.as_str().to_owned());
        self
    }

    /// Says something about the user for others to see.
    #[must_use]
    pub fn info(mut self, info: Value) -> Self {
        self.info = Some(info);
        self
    }

    /// Means the token for this service; several calls name several.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.aud.push(audience.into());
        self
    }

    /// Says who makes the token.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.iss = Some(issuer.into());
        self
    }

    /// Signs the token; `unix` is the time since 1970.
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn sign(&self, key: &SigningKey, unix: Duration) -> Result<Secret, MintError> {
        let mut header = Header::new(key.algorithm);
        header.kid.clone_from(&key.kid);
        let expiry = self.lifetime.map(|lifetime| unix.saturating_add(lifetime));
        let claims = Dated {
            iat: unix.as_secs(),
            exp: expiry.map(|expiry| expiry.as_secs()),
            draft: self,
        };
        let token = jsonwebtoken::encode(&header, &claims, &key.key);
        token.map(Secret::new).map_err(|_| MintError::Signing)
    }
}

#[cfg(test)]
mod tests;
