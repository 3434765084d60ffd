//! Who may come in: tokens, origins, credentials and keys, checked before a connection is made.
//!
//! Authentication is middleware. The handshake asks [`OriginPolicy`] whether the page may connect
//! at all, [`CredentialPolicy`] where the token is, and [`Authenticator`] who it belongs to; a
//! connection gets the resulting `Principal` and nothing else. It is *not* authorisation of single
//! requests (the shard compares them with the principal's capabilities), it opens no sockets but
//! those of a key set's endpoint, and it reads no clock, environment or file: time comes in as
//! [`Now`], settings as structs.
//!
//! Read first: [`AuthSettings`], [`Authenticator`], [`AuthError`].
//!
//! ```
//! use std::time::Duration;
//! use wirehub::auth::{AuthSettings, Authenticator, HmacSecret, Now, SigningKey, TokenDraft};
//! use wirehub_model::{Moment, Operation, Secret, TopicFilter, UserId};
//!
//! let secret = Secret::new("a secret of at least thirty-two bytes".to_owned());
//! let settings = AuthSettings {
//!     hmac_secrets: vec![HmacSecret { kid: None, secret: secret.clone() }],
//!     ..AuthSettings::default()
//! };
//! let (authenticator, _no_remote_keys) = Authenticator::new(settings)?;
//!
//! let unix = Duration::from_secs(1_800_000_000);
//! let orders = TopicFilter::parse("orders/#")?;
//! let token = TokenDraft::for_user(&UserId::parse("u1")?)
//!     .expires_in(Duration::from_secs(3600))
//!     .allow(Operation::Subscribe, &orders)
//!     .sign(&SigningKey::from_secret(&secret)?, unix)?;
//!
//! let now = Now { moment: Moment::ZERO, unix };
//! let principal = authenticator.attempt(&token, now).decided().unwrap()?;
//! assert!(principal.capabilities.allow(Operation::Subscribe, &orders));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod api_access;
mod api_key;
mod authenticator;
mod claims;
mod credentials;
mod error;
#[cfg(test)]
mod fixture;
mod info;
mod inspect;
mod jwks;
mod key;
mod key_ring;
mod loopback;
mod mint;
mod origin;
mod settings;
mod sharing;
mod token;

pub use api_access::{ApiAccess, ApiScope};
pub use api_key::{ApiKeyError, ApiKeys, HashedKey, KeyDigest};
pub use authenticator::{Attempt, Authenticator, Now};
pub use credentials::{
    CookieSettingsError, CredentialError, CredentialPolicy, CredentialSource, Credentials,
};
pub use error::AuthError;
pub use inspect::{Inspection, Verdict, inspect};
pub use jwks::{KeyRefresher, KeySetStatus};
pub use mint::{MintError, SigningKey, TokenDraft};
pub use origin::{OriginPolicy, OriginRefused, OriginSettings, OriginSettingsError};
pub use settings::{
    AuthSettings, AuthSettingsError, CentrifugoClaims, HmacSecret, JwksSettings, PublicKeyPem,
    TokenLimits,
};
