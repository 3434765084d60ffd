use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use proptest::prelude::*;
use serde_json::{Value, json};
use wirehub_model::{Capabilities, ErrorCode, TopicFilter};

use super::*;
use crate::auth::fixture::{
    ED25519, NOW, OTHER_RSA, P256, P384, Pair, RSA, SECRET, claims, hmac_secret, hmac_settings,
    hs256, signed, signed_bytes,
};
use crate::auth::{TokenLimits, key};

fn authenticator(settings: AuthSettings) -> Authenticator {
    let (authenticator, refresher) = Authenticator::new(settings).unwrap();
    assert!(refresher.is_none());
    authenticator
}

fn check(authenticator: &Authenticator, token: &Secret) -> Result<Principal, AuthError> {
    authenticator.attempt(token, NOW).decided().unwrap()
}

/// A hub with one key of every kind, each under its own name.
fn every_kind() -> Authenticator {
    authenticator(AuthSettings {
        hmac_secrets: vec![hmac_secret(Some("hmac"), SECRET)],
        public_keys: vec![
            RSA.setting(Some("rsa")),
            P256.setting(Some("p256")),
            P384.setting(Some("p384")),
            ED25519.setting(Some("ed")),
        ],
        ..AuthSettings::default()
    })
}

fn pair_of(algorithm: Algorithm) -> (&'static Pair, &'static str) {
    match algorithm {
        Algorithm::ES256 => (&P256, "p256"),
        Algorithm::ES384 => (&P384, "p384"),
        Algorithm::EdDSA => (&ED25519, "ed"),
        _ => (&RSA, "rsa"),
    }
}

fn asymmetric() -> impl Iterator<Item = Algorithm> {
    let others = [Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];
    key::RSA.iter().copied().chain(others)
}

#[test]
fn accepts_every_algorithm_with_its_kind_of_key() {
    let hub = every_kind();
    for algorithm in asymmetric() {
        let (pair, kid) = pair_of(algorithm);
        let token = pair.token(algorithm, kid, &claims());
        let principal = check(&hub, &token).unwrap();
        assert_eq!(principal.user.unwrap().as_str(), "u1", "{algorithm:?}");
    }
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        let header = json!({ "alg": format!("{algorithm:?}"), "kid": "hmac" });
        let token = signed(&header, &claims(), &key, algorithm);
        assert!(check(&hub, &token).is_ok(), "{algorithm:?}");
    }
}

#[test]
fn refuses_a_good_signature_under_another_algorithm() {
    let hub = every_kind();
    for algorithm in asymmetric() {
        let (pair, kid) = pair_of(algorithm);
        for claimed in asymmetric().filter(|other| *other != algorithm) {
            let header = json!({ "alg": format!("{claimed:?}"), "kid": kid });
            let key = pair.signing(algorithm);
            let token = signed(&header, &claims(), &key, algorithm);
            let error = check(&hub, &token).unwrap_err();
            let known = [AuthError::BadSignature, AuthError::UnknownKey];
            assert!(
                known.contains(&error),
                "{algorithm:?} as {claimed:?}: {error}"
            );
        }
    }
}

#[test]
fn refuses_tokens_without_a_signature() {
    let hub = authenticator(hmac_settings());
    for alg in ["none", "None", "NONE", "nOnE"] {
        for signature in ["", "AAAA"] {
            let header = URL_SAFE_NO_PAD.encode(json!({ "alg": alg }).to_string());
            let payload = URL_SAFE_NO_PAD.encode(claims().to_string());
            let token = Secret::new(format!("{header}.{payload}.{signature}"));
            let error = check(&hub, &token).unwrap_err();
            assert_eq!(error.word(), "unsupported", "{alg}");
        }
    }
    let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "HS256" }).to_string());
    let payload = URL_SAFE_NO_PAD.encode(claims().to_string());
    let token = Secret::new(format!("{header}.{payload}."));
    assert_eq!(check(&hub, &token), Err(AuthError::BadSignature));
}

#[test]
fn a_public_key_is_no_secret() {
    let hub = every_kind();
    let lone = authenticator(AuthSettings {
        public_keys: vec![RSA.setting(None)],
        ..AuthSettings::default()
    });
    let public = &RSA.public;
    let der = public.lines().filter(|line| !line.starts_with('-'));
    let der = base64::engine::general_purpose::STANDARD
        .decode(der.collect::<String>())
        .unwrap();
    for secret in [public.as_bytes(), public.trim().as_bytes(), &der] {
        let key = EncodingKey::from_secret(secret);
        for kid in [json!("rsa"), json!("hmac"), json!(null)] {
            let header = json!({ "alg": "HS256", "kid": kid });
            let token = signed(&header, &claims(), &key, Algorithm::HS256);
            assert!(check(&hub, &token).is_err(), "{kid}");
            assert_eq!(check(&lone, &token), Err(AuthError::UnknownKey), "{kid}");
        }
    }
}

#[test]
fn a_key_inside_the_token_counts_for_nothing() {
    let hub = every_kind();
    let jwk = OTHER_RSA.jwk(Algorithm::RS256, "rsa");
    let key = OTHER_RSA.signing(Algorithm::RS256);
    for kid in ["rsa", "mine"] {
        let header =
            json!({ "alg": "RS256", "kid": kid, "jwk": jwk, "jku": "https://evil.example" });
        let token = signed(&header, &claims(), &key, Algorithm::RS256);
        assert!(check(&hub, &token).is_err(), "{kid}");
    }
}

#[test]
fn unknown_critical_extensions_are_refused() {
    let hub = authenticator(hmac_settings());
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let header = json!({ "alg": "HS256", "crit": ["b64"], "b64": false });
    let token = signed(&header, &claims(), &key, Algorithm::HS256);
    assert_eq!(check(&hub, &token).unwrap_err().word(), "unsupported");
}

#[test]
fn a_changed_token_is_refused() {
    let hub = authenticator(hmac_settings());
    let token = hs256(&claims());
    let (message, signature) = token.expose().rsplit_once('.').unwrap();
    let (header, _) = message.split_once('.').unwrap();
    let admin = URL_SAFE_NO_PAD.encode(json!({ "sub": "admin", "exp": 1e10 }).to_string());
    let tampered = Secret::new(format!("{header}.{admin}.{signature}"));
    assert_eq!(check(&hub, &tampered), Err(AuthError::BadSignature));
    for cut in 0..token.expose().len() {
        let truncated = Secret::new(token.expose()[..cut].to_owned());
        let error = check(&hub, &truncated).unwrap_err();
        assert!(
            matches!(error.word(), "malformed" | "bad_signature"),
            "{cut}: {error}"
        );
    }
}

#[test]
fn malformed_tokens_are_refused_before_any_key_is_tried() {
    let hub = authenticator(hmac_settings());
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let ok = claims().to_string();
    let hs256 = |header: &[u8], claims: &[u8]| signed_bytes(header, claims, &key, Algorithm::HS256);
    let text = |text: &str| Secret::new(text.to_owned());
    for token in [
        text(""),
        text("."),
        text(".."),
        text("a.b"),
        text("a.b.c.d"),
        text("a.b.c.d.e"),
        text("not a token"),
        text("é.é.é"),
        hs256(b"", ok.as_bytes()),
        hs256(b"[\"HS256\",null,null]", ok.as_bytes()),
        hs256(b"{\"alg\":5}", ok.as_bytes()),
        hs256(b"{\"kid\":\"x\"}", ok.as_bytes()),
        hs256(b"{\"alg\":\"HS256\",\"alg\":\"HS256\"}", ok.as_bytes()),
        hs256(b"{\"alg\":\"HS256\",\"kid\":7}", ok.as_bytes()),
        hs256(b"{\"alg\":\"\xff\"}", ok.as_bytes()),
        hs256(
            b"{\"alg\":\"HS256\"}",
            b"{\"sub\":\"\xff\xfe\",\"exp\":1900000000}",
        ),
        hs256(
            b"{\"alg\":\"HS256\"}",
            b"{\"sub\":\"u1\",\"exp\":1900000000,\"other\":[\"\xff\"]}",
        ),
        hs256(b"{\"alg\":\"HS256\",\"other\":\"\xff\"}", ok.as_bytes()),
        hs256(b"{\"alg\":\"HS256\"}", b""),
        hs256(b"{\"alg\":\"HS256\"}", b"[]"),
        hs256(b"{\"alg\":\"HS256\"}", b"\"u1\""),
        hs256(b"{\"alg\":\"HS256\"}", b"{} {}"),
        hs256(
            b"{\"alg\":\"HS256\"}",
            b"{\"sub\":\"u1\",\"sub\":\"admin\",\"exp\":1900000000}",
        ),
    ] {
        let error = check(&hub, &token).unwrap_err();
        assert_eq!(error.word(), "malformed", "{}: {error}", token.expose());
    }
}

#[test]
fn padded_base64_is_refused() {
    let hub = authenticator(hmac_settings());
    let token = hs256(&claims());
    let padded = Secret::new(format!("{}=", token.expose()));
    assert_eq!(check(&hub, &padded).unwrap_err().word(), "malformed");
}

#[test]
fn a_long_token_is_refused_by_its_length() {
    let hub = authenticator(hmac_settings());
    let max = TokenLimits::default().token_bytes;
    let error = check(&hub, &Secret::new("a".repeat(max + 1))).unwrap_err();
    let bytes = max + 1;
    assert_eq!(error, AuthError::TooLong { bytes, max });
    let error = check(&hub, &Secret::new("a".repeat(max))).unwrap_err();
    assert_eq!(error.word(), "malformed");
}

#[test]
fn the_key_name_selects_the_key() {
    let settings = AuthSettings {
        public_keys: vec![RSA.setting(Some("old")), OTHER_RSA.setting(Some("new"))],
        ..AuthSettings::default()
    };
    let hub = authenticator(settings);
    let token = |pair: &Pair, kid: &str| pair.token(Algorithm::RS256, kid, &claims());
    assert!(check(&hub, &token(&RSA, "old")).is_ok());
    assert!(check(&hub, &token(&OTHER_RSA, "new")).is_ok());
    assert_eq!(
        check(&hub, &token(&RSA, "new")),
        Err(AuthError::BadSignature)
    );
    assert_eq!(
        check(&hub, &token(&RSA, "other")),
        Err(AuthError::UnknownKey)
    );
}

#[test]
fn secrets_rotate_without_names() {
    let next = "fedcba9876543210fedcba9876543210";
    let both = AuthSettings {
        hmac_secrets: vec![hmac_secret(None, next), hmac_secret(None, SECRET)],
        ..AuthSettings::default()
    };
    assert!(check(&authenticator(both), &hs256(&claims())).is_ok());
    let done = AuthSettings {
        hmac_secrets: vec![hmac_secret(None, next)],
        ..AuthSettings::default()
    };
    let refused = check(&authenticator(done), &hs256(&claims()));
    assert_eq!(refused, Err(AuthError::BadSignature));
}

#[test]
fn a_nameless_key_serves_a_token_that_names_its_key() {
    let hub = authenticator(hmac_settings());
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let header = json!({ "alg": "HS256", "kid": "backend-1" });
    assert!(check(&hub, &signed(&header, &claims(), &key, Algorithm::HS256)).is_ok());
}

#[test]
fn anonymous_clients_come_in_only_if_that_is_set() {
    assert_eq!(
        authenticator(hmac_settings()).anonymous(),
        Err(AuthError::Missing)
    );
    let capabilities = Capabilities {
        subscribe: vec![TopicFilter::parse("news/#").unwrap()],
        ..Capabilities::default()
    };
    let hub = authenticator(AuthSettings {
        anonymous: Some(capabilities.clone()),
        ..AuthSettings::default()
    });
    let principal = hub.anonymous().unwrap();
    assert_eq!(
        (principal.user, &*principal.capabilities),
        (None, &capabilities)
    );
    assert_eq!(check(&hub, &hs256(&claims())), Err(AuthError::UnknownKey));
}

#[test]
fn equal_capabilities_are_one_value() {
    let hub = authenticator(hmac_settings());
    let principal = |user: &str| {
        let mut claims = claims();
        claims["sub"] = json!(user);
        claims["subscribe"] = json!(["orders/#"]);
        claims["auto_subscribe"] = json!(["orders/all"]);
        check(&hub, &hs256(&claims)).unwrap()
    };
    let (one, other) = (principal("u1"), principal("u2"));
    assert!(Arc::ptr_eq(&one.capabilities, &other.capabilities));
    assert!(Arc::ptr_eq(&one.auto_subscribe, &other.auto_subscribe));
}

#[test]
fn refusals_before_verification_all_read_the_same() {
    let hub = every_kind();
    let bad = Secret::new("a.b.c".to_owned());
    let unknown = RSA.token(Algorithm::RS256, "nobody", &claims());
    let forged = OTHER_RSA.token(Algorithm::RS256, "rsa", &claims());
    let errors = [bad, unknown, forged].map(|token| check(&hub, &token).unwrap_err());
    let words = errors.each_ref().map(AuthError::word);
    assert_eq!(words, ["malformed", "unknown_key", "bad_signature"]);
    for error in errors {
        let refusal = error.refusal();
        assert_eq!(refusal.code, ErrorCode::Unauthorized);
        assert_eq!(refusal.message, AuthError::BadSignature.refusal().message);
        assert_eq!(error.status(), http::StatusCode::UNAUTHORIZED);
    }
}

#[test]
fn settings_that_cannot_work_say_why() {
    let fault = |settings| Authenticator::new(settings).unwrap_err().to_string();
    let nobody = fault(AuthSettings::default());
    assert!(nobody.contains("auth.hmac_secret"), "{nobody}");
    let short = fault(AuthSettings {
        hmac_secrets: vec![hmac_secret(None, SECRET), hmac_secret(None, &SECRET[1..])],
        ..AuthSettings::default()
    });
    assert!(short.contains("number 2 has 31 bytes"), "{short}");
    assert!(!short.contains(&SECRET[1..]), "{short}");
    let pem = |pem: &str| {
        fault(AuthSettings {
            public_keys: vec![PublicKeyPem {
                kid: None,
                pem: pem.to_owned(),
            }],
            ..AuthSettings::default()
        })
    };
    assert!(pem(&RSA.private).contains("-pubout"));
    assert!(pem("-----BEGIN CERTIFICATE-----").contains("openssl x509"));
    assert!(pem("hello").contains("BEGIN PUBLIC KEY"));
    let many = fault(AuthSettings {
        hmac_secrets: vec![hmac_secret(None, SECRET); 17],
        ..AuthSettings::default()
    });
    assert!(many.contains("17 keys, more than 16"), "{many}");
}

#[test]
fn nothing_printed_for_debugging_holds_a_secret() {
    let settings = hmac_settings();
    let shown = format!("{settings:?} {:?}", authenticator(settings.clone()));
    assert!(!shown.contains(SECRET), "{shown}");
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "\\PC*") {
        let hub = authenticator(hmac_settings());
        prop_assert!(check(&hub, &Secret::new(text)).is_err());
    }

    #[test]
    fn arbitrary_signed_bytes_never_panic(
        header in prop_oneof![
            Just(b"{\"alg\":\"HS256\"}".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..64),
        ],
        claims in proptest::collection::vec(any::<u8>(), 0..256),
    ) {
        let hub = authenticator(hmac_settings());
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        let token = signed_bytes(&header, &claims, &key, Algorithm::HS256);
        prop_assert!(check(&hub, &token).is_err());
    }

    #[test]
    fn arbitrary_claims_never_panic(name in claim_name(), value in json_value()) {
        let hub = authenticator(hmac_settings());
        let mut claims = claims();
        claims[name] = value;
        if let Ok(principal) = check(&hub, &hs256(&claims)) {
            prop_assert!(principal.user.is_some());
            prop_assert!(principal.expires_at > Some(NOW.moment));
        }
    }
}

fn claim_name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "sub",
        "exp",
        "nbf",
        "iat",
        "aud",
        "iss",
        "info",
        "subscribe",
        "publish",
        "presence",
        "history",
        "auto_subscribe",
        "other",
    ])
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..8)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}
