//! What an operator says about tokens, before and after it is checked.

use std::time::Duration;

use wirehub_model::{Capabilities, Secret};

/// How clients are authenticated. A plain struct: whoever reads settings fills it, and
/// [`Authenticator::new`](crate::auth::Authenticator::new) checks it.
#[derive(Clone, Debug)]
pub struct AuthSettings {
    /// Shared secrets for HS256, HS384 and HS512. Several are for rotation: each of them is
    /// accepted.
    pub hmac_secrets: Vec<HmacSecret>,
    /// Public keys for RS256/384/512, PS256/384/512, ES256/384 and EdDSA.
    pub public_keys: Vec<PublicKeyPem>,
    /// An identity provider's published keys.
    pub jwks: Option<JwksSettings>,
    /// Who this hub is: a token must name one of these in `aud`. Empty: tokens that name an
    /// audience are refused (RFC 7519 section 4.1.3).
    pub audience: Vec<String>,
    /// Whose tokens are accepted: `iss` must be one of these. Empty: anybody's who has the key.
    pub issuer: Vec<String>,
    /// How far the clocks of the issuer and of this machine may be apart.
    pub leeway: Duration,
    /// What clients without a token may do; `None` keeps them out.
    pub anonymous: Option<Capabilities>,
    /// Whether a token must have an `exp`.
    pub require_expiry: bool,
    /// Whether a token must have a `sub`.
    pub require_user: bool,
    /// Centrifugo's claims are taken too; `None` takes none of them.
    pub centrifugo: Option<CentrifugoClaims>,
    /// Bounds on a token.
    pub limits: TokenLimits,
}

/// What is made of Centrifugo's claims in connection tokens: `channels` and `subs` are subscribed
/// to, `b64info` and `expire_at` stand in place of `info` and `exp`, and a token with a `channel`
/// is none for a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CentrifugoClaims {
    /// The namespace of the channel of its own that every user is subscribed to, without the
    /// colon; the empty one for `#42`. `None` for no such channel.
    pub personal_namespace: Option<String>,
}

impl AuthSettings {
    /// The most secrets and public keys that may be listed, each.
    pub const KEYS_MAX: usize = 16;
    /// The longest leeway.
    pub const LEEWAY_MAX: Duration = Duration::from_secs(600);
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            hmac_secrets: Vec::new(),
            public_keys: Vec::new(),
            jwks: None,
            audience: Vec::new(),
            issuer: Vec::new(),
            leeway: Duration::from_secs(10),
            anonymous: None,
            require_expiry: true,
            require_user: true,
            centrifugo: None,
            limits: TokenLimits::default(),
        }
    }
}

/// A secret that the application's backend and the hub share.
#[derive(Clone, Debug)]
pub struct HmacSecret {
    /// The name tokens call it by in their `kid` header; `None` fits any.
    pub kid: Option<String>,
    /// The secret: its UTF-8 bytes are the key, at least [`HmacSecret::BYTES_MIN`] of them.
    pub secret: Secret,
}

impl HmacSecret {
    /// The shortest secret: as long as the output of the shortest hash (RFC 7518 section 3.2).
    pub const BYTES_MIN: usize = 32;
}

/// A public key as text.
#[derive(Clone, Debug)]
pub struct PublicKeyPem {
    /// The name tokens call it by in their `kid` header; `None` fits any.
    pub kid: Option<String>,
    /// `-----BEGIN PUBLIC KEY-----` (or `RSA PUBLIC KEY`) and what follows.
    pub pem: String,
}

/// Where an identity provider publishes its keys (RFC 7517), and how often the hub may ask.
#[derive(Clone, Debug)]
pub struct JwksSettings {
    /// The address: `https`, or `http` on a loopback host.
    pub url: String,
    /// How long a key set is used before it is fetched again, when the endpoint does not say.
    pub cache_ttl: Duration,
    /// The shortest and the longest time that the endpoint's `Cache-Control: max-age` can ask for.
    pub cache_ttl_bounds: (Duration, Duration),
    /// The time between two fetches that tokens with unknown keys can cause.
    pub refresh_interval: Duration,
    /// How long connecting to the endpoint may take.
    pub connect_timeout: Duration,
    /// How long a fetch may take in all.
    pub timeout: Duration,
    /// The largest answer, in bytes.
    pub response_bytes: usize,
    /// The most keys in an answer.
    pub keys: usize,
}

impl JwksSettings {
    /// Fetches from `url` with the default times and bounds.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            cache_ttl: Duration::from_secs(600),
            cache_ttl_bounds: (Duration::from_secs(60), Duration::from_secs(24 * 3600)),
            refresh_interval: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(5),
            response_bytes: 256 * 1024,
            keys: 64,
        }
    }
}

/// Bounds on a token, checked before the work they bound.
#[derive(Clone, Debug)]
pub struct TokenLimits {
    /// Bytes of a token.
    pub token_bytes: usize,
    /// Bytes of the `info` claim, without white space.
    pub info_bytes: usize,
    /// Filters in each list of filters.
    pub filters: usize,
    /// Distinct sets of capabilities that are remembered to be shared among connections.
    pub shared_sets: usize,
}

impl Default for TokenLimits {
    fn default() -> Self {
        Self {
            token_bytes: 8 * 1024,
            info_bytes: 2 * 1024,
            filters: 64,
            shared_sets: 4096,
        }
    }
}

/// Why settings cannot be used, and which one to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthSettingsError {
    /// Nobody could ever come in.
    #[error(
        "no keys and no anonymous access, so nobody could connect; set `auth.hmac_secret`, \
         `auth.public_keys`, `auth.jwks_url` or `auth.anonymous`"
    )]
    NobodyAllowed,
    /// A secret is too short to resist guessing.
    #[error(
        "`auth.hmac_secret` number {place} has {bytes} bytes, but HS256 needs at least {min}; \
         make one with `openssl rand -hex 32`",
        min = HmacSecret::BYTES_MIN
    )]
    ShortSecret {
        /// Which one, counted from 1.
        place: usize,
        /// Its length.
        bytes: usize,
    },
    /// More keys than may be tried.
    #[error("`{setting}` lists {count} keys, more than {max}", max = AuthSettings::KEYS_MAX)]
    TooManyKeys {
        /// The setting.
        setting: &'static str,
        /// How many it lists.
        count: usize,
    },
    /// A public key does not serve.
    #[error("`auth.public_keys` number {place}: {why}")]
    PublicKey {
        /// Which one, counted from 1.
        place: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The address of the key set does not serve.
    #[error("`auth.jwks_url` {0}")]
    JwksUrl(&'static str),
    /// The client for the key set could not be made.
    #[error("cannot prepare fetching `auth.jwks_url`: {0}")]
    JwksClient(String),
    /// A number is outside its bounds.
    #[error("`{setting}` must be {bounds}")]
    OutOfBounds {
        /// The setting.
        setting: &'static str,
        /// What it may be.
        bounds: &'static str,
    },
}

impl AuthSettings {
    /// Checks what can be checked without looking into keys.
    pub(crate) fn check(&self) -> Result<(), AuthSettingsError> {
        let keys = self.hmac_secrets.len() + self.public_keys.len();
        if keys == 0 && self.jwks.is_none() && self.anonymous.is_none() {
            return Err(AuthSettingsError::NobodyAllowed);
        }
        let counts = [
            ("auth.hmac_secret", self.hmac_secrets.len()),
            ("auth.public_keys", self.public_keys.len()),
        ];
        for (setting, count) in counts {
            if count > Self::KEYS_MAX {
                return Err(AuthSettingsError::TooManyKeys { setting, count });
            }
        }
        bound(
            self.leeway <= Self::LEEWAY_MAX,
            "auth.leeway",
            "at most 10 minutes",
        )?;
        self.limits.check()?;
        self.jwks.as_ref().map_or(Ok(()), JwksSettings::check)
    }
}

impl TokenLimits {
    fn check(&self) -> Result<(), AuthSettingsError> {
        let token = (256..=64 * 1024).contains(&self.token_bytes);
        bound(token, "auth.limits.token_bytes", "256 to 65536")?;
        bound(
            self.info_bytes <= self.token_bytes,
            "auth.limits.info_bytes",
            "at most token_bytes",
        )?;
        bound(
            (1..=1024).contains(&self.filters),
            "auth.limits.filters",
            "1 to 1024",
        )?;
        let shared = (1..=1_000_000).contains(&self.shared_sets);
        bound(shared, "auth.limits.shared_sets", "1 to 1000000")
    }
}

impl JwksSettings {
    fn check(&self) -> Result<(), AuthSettingsError> {
        let (shortest, longest) = self.cache_ttl_bounds;
        let some = |span: Duration| !span.is_zero();
        bound(
            some(self.refresh_interval),
            "auth.jwks_refresh_interval",
            "above zero",
        )?;
        bound(
            some(self.connect_timeout),
            "auth.jwks_connect_timeout",
            "above zero",
        )?;
        let timeout = some(self.timeout) && self.timeout <= Duration::from_secs(60);
        bound(
            timeout,
            "auth.jwks_timeout",
            "above zero and at most 60 seconds",
        )?;
        let ordered = self.refresh_interval <= shortest && shortest <= longest;
        bound(
            ordered && longest <= Duration::from_secs(7 * 24 * 3600),
            "auth.jwks_cache_ttl_bounds",
            "two times in order, from `auth.jwks_refresh_interval` to a week",
        )?;
        let ttl = (shortest..=longest).contains(&self.cache_ttl);
        bound(
            ttl,
            "auth.jwks_cache_ttl",
            "within `auth.jwks_cache_ttl_bounds`",
        )?;
        let bytes = (1024..=4 * 1024 * 1024).contains(&self.response_bytes);
        bound(bytes, "auth.jwks_response_bytes", "1024 to 4194304")?;
        bound((1..=256).contains(&self.keys), "auth.jwks_keys", "1 to 256")
    }
}

fn bound(
    holds: bool,
    setting: &'static str,
    bounds: &'static str,
) -> Result<(), AuthSettingsError> {
    holds
        .then_some(())
        .ok_or(AuthSettingsError::OutOfBounds { setting, bounds })
}

#[cfg(test)]
mod tests;
