use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::auth::fixture::{ED25519, P256, P384, RSA};

fn used(keys: &Value) -> (usize, usize) {
    let document = json!({ "keys": keys }).to_string();
    let (keys, skipped) = read(document.as_bytes(), 64).unwrap();
    (keys.len(), skipped)
}

fn rsa_with(member: &str, value: Value) -> Value {
    let mut jwk = RSA.jwk(Algorithm::RS256, "k");
    jwk[member] = value;
    jwk
}

#[test]
fn reads_every_supported_kind() {
    let keys = json!([
        RSA.jwk(Algorithm::RS256, "a"),
        P256.jwk(Algorithm::ES256, "b"),
        P384.jwk(Algorithm::ES384, "c"),
        ED25519.jwk(Algorithm::EdDSA, "d"),
    ]);
    assert_eq!(used(&keys), (4, 0));
}

#[test]
fn leaves_out_what_cannot_verify_tokens() {
    let mut off_curve = P256.jwk(Algorithm::ES256, "k");
    off_curve["x"] = off_curve["y"].clone();
    let mut other_curve = P256.jwk(Algorithm::ES256, "k");
    other_curve["crv"] = json!("secp256k1");
    let small = URL_SAFE_NO_PAD.encode([0xff; 128]);
    for useless in [
        json!(5),
        json!({}),
        json!({ "kty": "RSA" }),
        json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode([7; 32]), "kid": "k" }),
        json!({ "kty": "OKP", "crv": "X25519", "x": "AA" }),
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "AA" }),
        rsa_with("use", json!("enc")),
        rsa_with("key_ops", json!(["encrypt"])),
        rsa_with("alg", json!("RSA-OAEP")),
        rsa_with("alg", json!("HS256")),
        rsa_with("alg", json!("ES256")),
        rsa_with("n", json!("")),
        rsa_with("n", json!("!")),
        rsa_with("n", json!(small)),
        rsa_with("e", json!("")),
        off_curve,
        other_curve,
    ] {
        let keys = json!([useless, RSA.jwk(Algorithm::RS256, "good")]);
        assert_eq!(used(&keys), (1, 1), "{useless}");
    }
}

#[test]
fn takes_a_modulus_with_a_leading_zero_and_keeps_to_its_algorithm() {
    let jwk = RSA.jwk(Algorithm::RS256, "k");
    let n = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    let padded = [&[0][..], &n].concat();
    let jwk = rsa_with("n", json!(URL_SAFE_NO_PAD.encode(padded)));
    let document = json!({ "keys": [jwk] }).to_string();
    let (keys, _) = read(document.as_bytes(), 64).unwrap();
    let signing = RSA.signing(Algorithm::RS256);
    let signature = jsonwebtoken::crypto::sign(b"text", &signing, Algorithm::RS256).unwrap();
    assert!(keys[0].verifies(Algorithm::RS256, "text", &signature));
    let signature = jsonwebtoken::crypto::sign(b"text", &signing, Algorithm::RS512).unwrap();
    assert!(!keys[0].verifies(Algorithm::RS512, "text", &signature));
}

#[test]
fn refuses_what_is_no_key_set_or_too_large_a_one() {
    for text in ["", "[]", "{}", "{\"keys\":{}}", "<html>", "{\"keys\":[]} x"] {
        let error = read(text.as_bytes(), 64).unwrap_err();
        assert!(matches!(error, FetchError::NotAKeySet), "{text}");
    }
    let many = json!({ "keys": [{}, {}, {}] }).to_string();
    let error = read(many.as_bytes(), 2).unwrap_err();
    assert!(matches!(
        error,
        FetchError::TooManyKeys { count: 3, max: 2 }
    ));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
        prop_assert!(read(&bytes, 64).is_err());
    }

    #[test]
    fn arbitrary_members_never_panic(
        kty in "RSA|EC|OKP|oct",
        crv in "P-256|P-384|P-521|Ed25519",
        x in "[A-Za-z0-9_-]{0,60}",
        y in "[A-Za-z0-9_-]{0,60}",
    ) {
        let key = json!({ "kty": kty, "crv": crv, "x": x, "y": y, "n": x, "e": y, "k": x });
        let (used, skipped) = used(&json!([key]));
        prop_assert_eq!(used + skipped, 1);
    }
}
