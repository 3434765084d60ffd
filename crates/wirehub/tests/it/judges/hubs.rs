use std::{sync::LazyLock, time::Duration};

use aws_lc_rs::hmac::{self, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use wirehub::auth::{
    AuthSettings, Authenticator, CredentialPolicy, HmacSecret, Now, OriginPolicy, OriginSettings,
    PublicKeyPem, TokenLimits,
};
use wirehub_model::{Moment, Secret};

/// The secret that each hub knows.
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// A secret that the second hub knows as `two`.
const OTHER_SECRET: &str = "fedcba9876543210fedcba9876543210";
/// A secret that no hub knows.
const FOREIGN_SECRET: &str = "abcdef0123456789abcdef0123456789";
/// A public key that the third hub knows; everybody may have it, so it must never pass as a secret.
const PUBLIC_KEY: &str = "\
-----BEGIN PUBLIC KEY-----\n\
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEN3SNNVKYHfLAafaPsL17fDwT4Bvd\n\
HHRVODa65ptDeNGRidV76B8E//pdawGw8jBPQarzEjrDax3MHS1VPES9PQ==\n\
-----END PUBLIC KEY-----\n\
";

/// The header of a plain token.
pub(crate) const HS256_HEADER: &[u8] = b"{\"alg\":\"HS256\"}";
/// The cookie in which tokens may come.
pub(crate) const COOKIE: &str = "session";

/// The instant of every attempt.
pub(crate) const NOW: Now = Now {
    moment: Moment::from_micros(30_000_000),
    unix: Duration::from_secs(1_800_000_000),
};

/// An authenticator beside what it was made of, and the policies of its door.
pub(crate) struct Hub {
    pub(crate) settings: AuthSettings,
    pub(crate) authenticator: Authenticator,
    pub(crate) origins: OriginPolicy,
    pub(crate) credentials: CredentialPolicy,
}

/// One of three hubs: as simple as can be, strict, and lenient.
pub(crate) fn hub(index: u8) -> &'static Hub {
    static HUBS: LazyLock<[Hub; 3]> = LazyLock::new(|| [plain(), strict(), lenient()]);
    &HUBS[usize::from(index) % 3]
}

fn plain() -> Hub {
    let settings = AuthSettings {
        hmac_secrets: vec![secret(None, SECRET)],
        ..AuthSettings::default()
    };
    let origins = OriginPolicy::new(&OriginSettings::default()).unwrap();
    open(settings, origins, CredentialPolicy::new())
}

fn strict() -> Hub {
    let settings = AuthSettings {
        hmac_secrets: vec![
            secret(Some("one"), SECRET),
            secret(Some("two"), OTHER_SECRET),
        ],
        audience: vec!["hub".to_owned(), "other hub".to_owned()],
        issuer: vec!["https://issuer.example".to_owned()],
        leeway: Duration::ZERO,
        limits: TokenLimits {
            token_bytes: 1024,
            info_bytes: 64,
            filters: 3,
            shared_sets: 2,
        },
        ..AuthSettings::default()
    };
    let origins = origins(false);
    let credentials = CredentialPolicy::with_cookie(COOKIE, &origins).unwrap();
    open(settings, origins, credentials)
}

fn lenient() -> Hub {
    let settings = AuthSettings {
        hmac_secrets: vec![secret(None, SECRET)],
        public_keys: vec![PublicKeyPem {
            kid: None,
            pem: PUBLIC_KEY.to_owned(),
        }],
        audience: vec!["hub".to_owned()],
        leeway: AuthSettings::LEEWAY_MAX,
        require_expiry: false,
        require_user: false,
        ..AuthSettings::default()
    };
    let origins = origins(true);
    let credentials = CredentialPolicy::with_cookie(COOKIE, &origins).unwrap();
    open(settings, origins, credentials)
}

fn open(settings: AuthSettings, origins: OriginPolicy, credentials: CredentialPolicy) -> Hub {
    let (authenticator, refresher) = Authenticator::new(settings.clone()).unwrap();
    assert!(refresher.is_none());
    Hub {
        settings,
        authenticator,
        origins,
        credentials,
    }
}

fn origins(allow_missing: bool) -> OriginPolicy {
    OriginPolicy::new(&OriginSettings {
        allowed: vec![
            "https://app.example".to_owned(),
            "https://*.example.com".to_owned(),
        ],
        allow_missing,
        listens_on_loopback: false,
        own_files: false,
    })
    .unwrap()
}

fn secret(kid: Option<&str>, secret: &str) -> HmacSecret {
    HmacSecret {
        kid: kid.map(str::to_owned),
        secret: Secret::new(secret.to_owned()),
    }
}

/// Somebody who signs tokens, rightly or not. The signature does not come from the library that
/// the hub checks it with.
pub(crate) struct Signer {
    secret: &'static str,
    hash: hmac::Algorithm,
}

impl Signer {
    /// The application, which every hub trusts.
    pub(crate) const fn owner() -> Self {
        Self {
            secret: SECRET,
            hash: HMAC_SHA256,
        }
    }

    /// Whoever the byte stands for, with one of three hashes.
    pub(crate) fn any(selector: u8) -> Self {
        let secrets = [SECRET, OTHER_SECRET, FOREIGN_SECRET, PUBLIC_KEY];
        let hashes = [HMAC_SHA256, HMAC_SHA384, HMAC_SHA512];
        Self {
            secret: secrets[usize::from(selector) % 4],
            hash: hashes[usize::from(selector / 4) % 3],
        }
    }

    /// A token of any header and claims.
    pub(crate) fn sign(&self, header: &[u8], claims: &[u8]) -> Secret {
        let message = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        let message = message.join(".");
        let key = hmac::Key::new(self.hash, self.secret.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, message.as_bytes()));
        Secret::new(format!("{message}.{signature}"))
    }
}
