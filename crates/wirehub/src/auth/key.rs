//! One key that verifies tokens, bound to the algorithms it may be used with.

use aws_lc_rs::{
    encoding::AsDer,
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
        RsaPublicKeyComponents, VerificationAlgorithm,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse},
};

/// A verification key with the name tokens call it by.
///
/// The algorithms come from the key and never from the token, so that a public key cannot be passed
/// off as an HMAC secret (RFC 8725 section 3.1).
#[derive(Debug)]
pub(crate) struct VerifyKey {
    kid: Option<Box<str>>,
    algorithms: Box<[Algorithm]>,
    key: DecodingKey,
}

/// What a shared secret can be used with.
pub(crate) const HMAC: &[Algorithm] = &[Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
/// What an RSA key can be used with.
pub(crate) const RSA: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];

impl VerifyKey {
    /// A key for HS256, HS384 and HS512, whose length somebody else has checked.
    pub(crate) fn from_secret(kid: Option<&str>, secret: &[u8]) -> Self {
        Self::new(kid, HMAC, DecodingKey::from_secret(secret))
    }

    /// Reads a public key from its text.
    ///
    /// # Errors
    /// Says what is wrong and how to get what is right.
    pub(crate) fn from_pem(kid: Option<&str>, pem: &str) -> Result<Self, &'static str> {
        if pem.contains("PRIVATE KEY-----") {
            return Err("is a private key; give the hub the public one \
                        (`openssl pkey -in private.pem -pubout`)");
        }
        if pem.contains("BEGIN CERTIFICATE-----") {
            return Err("is a certificate; extract its key \
                        (`openssl x509 -in certificate.pem -noout -pubkey`)");
        }
        let pem = pem.as_bytes();
        if let Ok(key) = DecodingKey::from_rsa_pem(pem) {
            let public = rsa::PublicKey::from_der(bytes_of(&key)?);
            check_rsa(&public.map_err(|_| "is not a valid RSA key")?)?;
            return Ok(Self::new(kid, RSA, key));
        }
        if let Ok(key) = DecodingKey::from_ec_pem(pem) {
            let algorithm = check_ec(bytes_of(&key)?)?;
            return Ok(Self::new(kid, algorithm, key));
        }
        if let Ok(key) = DecodingKey::from_ed_pem(pem) {
            check_ed(bytes_of(&key)?)?;
            return Ok(Self::new(kid, &[Algorithm::EdDSA], key));
        }
        Err(
            "is not a public key in PEM: RSA, EC (P-256, P-384) or Ed25519, \
             beginning with `-----BEGIN PUBLIC KEY-----`",
        )
    }

    /// Reads a key from a key set.
    ///
    /// # Errors
    /// Says why the key is of no use here; a set may well hold such keys for other purposes.
    pub(crate) fn from_jwk(jwk: &Jwk) -> Result<Self, &'static str> {
        let common = &jwk.common;
        if !matches!(common.public_key_use, None | Some(PublicKeyUse::Signature)) {
            return Err("is not for signatures");
        }
        let operations = common.key_operations.as_deref();
        if operations.is_some_and(|known| !known.contains(&KeyOperations::Verify)) {
            return Err("is not for verifying");
        }
        let kid = common.key_id.as_deref();
        let mut found = match &jwk.algorithm {
            AlgorithmParameters::RSA(rsa) => Self::from_rsa_components(kid, &rsa.n, &rsa.e)?,
            AlgorithmParameters::EllipticCurve(ec) => {
                let key = DecodingKey::from_ec_components(&ec.x, &ec.y);
                let key = key.map_err(|_| "has coordinates that are not base64url")?;
                let algorithm = check_ec(bytes_of(&key)?)?;
                Self::new(kid, algorithm, key)
            }
            AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
                let key = DecodingKey::from_ed_components(&pair.x);
                let key = key.map_err(|_| "has a value that is not base64url")?;
                check_ed(bytes_of(&key)?)?;
                Self::new(kid, &[Algorithm::EdDSA], key)
            }
            // A secret in a public document is no secret.
            AlgorithmParameters::OctetKey(_) => return Err("is a shared secret"),
            _ => return Err("is of a kind that is not supported"),
        };
        if let Some(only) = common.key_algorithm {
            let only = Algorithm::try_from(only).map_err(|_| "is for another algorithm")?;
            if !found.algorithms.contains(&only) {
                return Err("names an algorithm of another kind of key");
            }
            found.algorithms = [only].into();
        }
        Ok(found)
    }

    /// The name tokens call it by.
    pub(crate) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether the key may be used with the algorithm.
    pub(crate) fn fits(&self, algorithm: Algorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }

    /// Whether `signature`, as base64url, is this key's for `message`.
    pub(crate) fn verifies(&self, algorithm: Algorithm, message: &str, signature: &str) -> bool {
        let message = message.as_bytes();
        self.fits(algorithm)
            && jsonwebtoken::crypto::verify(signature, message, &self.key, algorithm) == Ok(true)
    }

    fn new(kid: Option<&str>, algorithms: &[Algorithm], key: DecodingKey) -> Self {
        Self {
            kid: kid.map(Into::into),
            algorithms: algorithms.into(),
            key,
        }
    }

    fn from_rsa_components(kid: Option<&str>, n: &str, e: &str) -> Result<Self, &'static str> {
        let number = |text: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            Some(bytes.get(zeros..)?.to_vec())
        };
        let (Some(n), Some(e)) = (number(n), number(e)) else {
            return Err("has numbers that are not base64url");
        };
        let key = DecodingKey::from_rsa_raw_components(&n, &e);
        let components = RsaPublicKeyComponents { n, e };
        let public = components.as_der().ok();
        let public = public.and_then(|der| rsa::PublicKey::from_der(der.as_ref()).ok());
        check_rsa(&public.ok_or("is not a valid RSA key")?)?;
        Ok(Self::new(kid, RSA, key))
    }
}

fn bytes_of(key: &DecodingKey) -> Result<&[u8], &'static str> {
    key.try_get_as_bytes().map_err(|_| "has no encoded form")
}

/// RFC 7518 section 3.3: 2048 bits or more; the verifier goes up to 8192.
fn check_rsa(key: &rsa::PublicKey) -> Result<(), &'static str> {
    let bytes = key.modulus_len();
    if (256..=1024).contains(&bytes) {
        Ok(())
    } else {
        Err("is an RSA key of fewer than 2048 or more than 8192 bits")
    }
}

/// The algorithm of an uncompressed point, if it lies on the curve its length stands for.
fn check_ec(point: &[u8]) -> Result<&'static [Algorithm], &'static str> {
    let (curve, algorithm): (&'static dyn VerificationAlgorithm, &'static [Algorithm]) =
        match point.len() {
            65 => (&ECDSA_P256_SHA256_FIXED, &[Algorithm::ES256]),
            97 => (&ECDSA_P384_SHA384_FIXED, &[Algorithm::ES384]),
            _ => return Err("is an EC key, but not on P-256 or P-384"),
        };
    match ParsedPublicKey::new(curve, point) {
        Ok(_) => Ok(algorithm),
        Err(_) => Err("is an EC key whose point is not on its curve"),
    }
}

fn check_ed(point: &[u8]) -> Result<(), &'static str> {
    match ParsedPublicKey::new(&ED25519, point) {
        Ok(_) => Ok(()),
        Err(_) => Err("is not a valid Ed25519 key"),
    }
}
