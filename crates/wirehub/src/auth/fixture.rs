//! Keys that tests make when they need them, and tokens signed with them in any shape.

use std::{sync::LazyLock, time::Duration};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
    },
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, jwk::Jwk};
use serde_json::{Value, json};
use wirehub_model::{Moment, Secret};

use super::{AuthSettings, HmacSecret, Now, PublicKeyPem};

/// A secret just long enough.
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The time of day in tests.
pub(crate) const UNIX: u64 = 1_800_000_000;

/// The instant in tests: half past something on the monotonic clock.
pub(crate) const NOW: Now = Now {
    moment: Moment::from_micros(30_000_000),
    unix: Duration::from_secs(UNIX),
};

/// Both halves of a key, as files would hold them.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) private: String,
    pub(crate) public: String,
}

pub(crate) static RSA: LazyLock<Pair> = LazyLock::new(|| rsa(rsa::KeySize::Rsa2048));
pub(crate) static OTHER_RSA: LazyLock<Pair> = LazyLock::new(|| rsa(rsa::KeySize::Rsa2048));
pub(crate) static P256: LazyLock<Pair> = LazyLock::new(|| ec(&ECDSA_P256_SHA256_FIXED_SIGNING));
pub(crate) static P384: LazyLock<Pair> = LazyLock::new(|| ec(&ECDSA_P384_SHA384_FIXED_SIGNING));
pub(crate) static ED25519: LazyLock<Pair> = LazyLock::new(|| {
    let pair = Ed25519KeyPair::generate().unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    Pair {
        private: pem("PRIVATE KEY", private.as_ref()),
        public: pem("PUBLIC KEY", pair.public_key().as_der().unwrap().as_ref()),
    }
});

fn rsa(size: rsa::KeySize) -> Pair {
    let pair = rsa::KeyPair::generate(size).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    Pair {
        private: pem("PRIVATE KEY", private.as_ref()),
        public: pem("PUBLIC KEY", pair.public_key().as_der().unwrap().as_ref()),
    }
}

fn ec(curve: &'static EcdsaSigningAlgorithm) -> Pair {
    let private = EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(curve, private.as_ref()).unwrap();
    Pair {
        private: pem("PRIVATE KEY", private.as_ref()),
        public: pem("PUBLIC KEY", pair.public_key().as_der().unwrap().as_ref()),
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let body = lines.join("\n");
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

impl Pair {
    /// The key for signing with the algorithm's family.
    pub(crate) fn signing(&self, algorithm: Algorithm) -> EncodingKey {
        let pem = self.private.as_bytes();
        match algorithm {
            Algorithm::ES256 | Algorithm::ES384 => EncodingKey::from_ec_pem(pem).unwrap(),
            Algorithm::EdDSA => EncodingKey::from_ed_pem(pem).unwrap(),
            _ => EncodingKey::from_rsa_pem(pem).unwrap(),
        }
    }

    /// The public half as an entry of a key set.
    pub(crate) fn jwk(&self, algorithm: Algorithm, kid: &str) -> Value {
        let jwk = Jwk::from_encoding_key(&self.signing(algorithm), algorithm).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        jwk["kid"] = json!(kid);
        jwk["use"] = json!("sig");
        jwk
    }

    /// The public half as a setting.
    pub(crate) fn setting(&self, kid: Option<&str>) -> PublicKeyPem {
        PublicKeyPem {
            kid: kid.map(ToOwned::to_owned),
            pem: self.public.clone(),
        }
    }

    /// A token with `claims`, signed by this key under the name `kid`.
    pub(crate) fn token(&self, algorithm: Algorithm, kid: &str, claims: &Value) -> Secret {
        let header = json!({ "alg": format!("{algorithm:?}"), "kid": kid });
        signed(&header, claims, &self.signing(algorithm), algorithm)
    }
}

/// Settings with nothing but [`SECRET`].
pub(crate) fn hmac_settings() -> AuthSettings {
    AuthSettings {
        hmac_secrets: vec![hmac_secret(None, SECRET)],
        ..AuthSettings::default()
    }
}

pub(crate) fn hmac_secret(kid: Option<&str>, secret: &str) -> HmacSecret {
    HmacSecret {
        kid: kid.map(ToOwned::to_owned),
        secret: Secret::new(secret.to_owned()),
    }
}

/// Claims that pass: a user, an hour to live.
pub(crate) fn claims() -> Value {
    json!({ "sub": "u1", "exp": UNIX + 3600 })
}

/// A token signed with [`SECRET`] by HS256.
pub(crate) fn hs256(claims: &Value) -> Secret {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    signed(&json!({ "alg": "HS256" }), claims, &key, Algorithm::HS256)
}

/// A token of any header and claims, truly signed.
pub(crate) fn signed(
    header: &Value,
    claims: &Value,
    key: &EncodingKey,
    algorithm: Algorithm,
) -> Secret {
    let (header, claims) = (header.to_string(), claims.to_string());
    signed_bytes(header.as_bytes(), claims.as_bytes(), key, algorithm)
}

/// A token of any bytes, truly signed.
pub(crate) fn signed_bytes(
    header: &[u8],
    claims: &[u8],
    key: &EncodingKey,
    algorithm: Algorithm,
) -> Secret {
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    Secret::new(format!("{message}.{signature}"))
}
