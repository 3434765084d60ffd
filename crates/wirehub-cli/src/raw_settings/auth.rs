//! The table `auth`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wirehub::auth::{AuthSettings, JwksSettings, TokenLimits};

use crate::{
    lists::{Keys, Texts},
    size::Size,
    span::Span,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAuth {
    pub(crate) hmac_secret: Keys,
    pub(crate) public_keys: Keys,
    pub(crate) jwks_url: String,
    pub(crate) jwks_cache_ttl: Span,
    pub(crate) jwks_cache_ttl_bounds: [Span; 2],
    pub(crate) jwks_refresh_interval: Span,
    pub(crate) jwks_connect_timeout: Span,
    pub(crate) jwks_timeout: Span,
    pub(crate) jwks_response_bytes: Size,
    pub(crate) jwks_keys: usize,
    pub(crate) audience: Texts,
    pub(crate) issuer: Texts,
    pub(crate) leeway: Span,
    pub(crate) require_expiry: bool,
    pub(crate) require_user: bool,
    pub(crate) expiry_grace: Span,
    pub(crate) cookie: String,
    pub(crate) allowed_origins: Texts,
    pub(crate) allow_missing_origin: bool,
    pub(crate) anonymous: RawAnonymous,
    pub(crate) limits: RawTokenLimits,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAnonymous {
    pub(crate) enabled: bool,
    pub(crate) subscribe: Texts,
    pub(crate) publish: Texts,
    pub(crate) presence: Texts,
    pub(crate) history: Texts,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTokenLimits {
    pub(crate) token_bytes: Size,
    pub(crate) info_bytes: Size,
    pub(crate) filters: usize,
    pub(crate) shared_sets: usize,
}

impl RawAuth {
    pub(super) fn new(expiry_grace: Duration) -> Self {
        let auth = AuthSettings::default();
        let jwks = JwksSettings::new("");
        let TokenLimits {
            token_bytes,
            info_bytes,
            filters,
            shared_sets,
        } = auth.limits;
        Self {
            hmac_secret: Keys::default(),
            public_keys: Keys::default(),
            jwks_url: jwks.url,
            jwks_cache_ttl: Span(jwks.cache_ttl),
            jwks_cache_ttl_bounds: [Span(jwks.cache_ttl_bounds.0), Span(jwks.cache_ttl_bounds.1)],
            jwks_refresh_interval: Span(jwks.refresh_interval),
            jwks_connect_timeout: Span(jwks.connect_timeout),
            jwks_timeout: Span(jwks.timeout),
            jwks_response_bytes: Size(jwks.response_bytes),
            jwks_keys: jwks.keys,
            audience: Texts(auth.audience),
            issuer: Texts(auth.issuer),
            leeway: Span(auth.leeway),
            require_expiry: auth.require_expiry,
            require_user: auth.require_user,
            expiry_grace: Span(expiry_grace),
            cookie: String::new(),
            allowed_origins: Texts::default(),
            allow_missing_origin: true,
            anonymous: RawAnonymous {
                enabled: false,
                subscribe: Texts::default(),
                publish: Texts::default(),
                presence: Texts::default(),
                history: Texts::default(),
            },
            limits: RawTokenLimits {
                token_bytes: Size(token_bytes),
                info_bytes: Size(info_bytes),
                filters,
                shared_sets,
            },
        }
    }
}
