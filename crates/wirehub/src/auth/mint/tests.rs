use serde_json::json;

use super::*;
use crate::auth::{
    Authenticator,
    fixture::{ED25519, NOW, OTHER_RSA, P256, P384, Pair, RSA, SECRET, hmac_settings},
};

fn secret() -> Secret {
    Secret::new(SECRET.to_owned())
}

fn pem_key(pair: &Pair) -> SigningKey {
    SigningKey::from_pem(&Secret::new(pair.private.clone())).unwrap()
}

fn draft() -> TokenDraft {
    TokenDraft::for_user(&UserId::parse("u1").unwrap()).expires_in(Duration::from_secs(60))
}

fn filter(text: &str) -> TopicFilter {
    TopicFilter::parse(text).unwrap()
}

#[test]
fn what_is_minted_is_accepted_as_it_was_meant() {
    let mut settings = hmac_settings();
    settings.audience = vec!["hub".to_owned()];
    settings.issuer = vec!["cli".to_owned()];
    let (hub, _) = Authenticator::new(settings).unwrap();
    let capabilities = Capabilities {
        publish: vec![filter("b/#")],
        history: vec![filter("c")],
        ..Capabilities::default()
    };
    let token = draft()
        .allow(Operation::Subscribe, &filter("a/+"))
        .allow_all(&capabilities)
        .auto_subscribe(&filter("a/1"))
        .info(json!({ "name": "Ada" }))
        .audience("other")
        .audience("hub")
        .issuer("cli")
        .sign(&SigningKey::from_secret(&secret()).unwrap(), NOW.unix)
        .unwrap();
    let principal = hub.attempt(&token, NOW).decided().unwrap().unwrap();
    assert_eq!(principal.user.unwrap().as_str(), "u1");
    let expected = Capabilities {
        subscribe: vec![filter("a/+")],
        ..capabilities
    };
    assert_eq!(*principal.capabilities, expected);
    assert_eq!(*principal.auto_subscribe, [filter("a/1")]);
    assert_eq!(&*principal.info.unwrap(), "{\"name\":\"Ada\"}");
    let end = NOW.moment + Duration::from_secs(60 + 10);
    assert_eq!(principal.expires_at, Some(end));
}

#[test]
fn every_kind_of_key_signs_with_all_its_algorithms() {
    let mut settings = hmac_settings();
    let pairs: [&Pair; 4] = [&RSA, &P256, &P384, &ED25519];
    settings.public_keys = pairs.map(|pair| pair.setting(Some("k"))).into();
    let (hub, _) = Authenticator::new(settings).unwrap();
    let hmac = SigningKey::from_secret(&secret()).unwrap();
    let keys = pairs.map(pem_key).into_iter().chain([hmac]);
    let mut seen = Vec::new();
    for key in keys {
        for algorithm in key.algorithms {
            let name = format!("{algorithm:?}");
            let key = key.clone().with_algorithm(&name).unwrap().with_kid("k");
            let token = draft().sign(&key, NOW.unix).unwrap();
            assert!(
                hub.attempt(&token, NOW).decided().unwrap().is_ok(),
                "{name}"
            );
            seen.push(name);
        }
    }
    assert_eq!(
        seen.join(" "),
        "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 EdDSA HS256 HS384 HS512"
    );
}

#[test]
fn unusable_keys_and_algorithms_say_why() {
    let short = SigningKey::from_secret(&Secret::new("short".to_owned()));
    assert_eq!(short.unwrap_err(), MintError::ShortSecret(5));
    for text in ["hello", &OTHER_RSA.public, "-----BEGIN PRIVATE KEY-----"] {
        let error = SigningKey::from_pem(&Secret::new(text.to_owned())).unwrap_err();
        assert_eq!(error, MintError::NotAPrivateKey);
    }
    for wrong in ["HS256", "ES384", "none", "es256", ""] {
        let error = pem_key(&P256)
            .with_algorithm(wrong)
            .unwrap_err()
            .to_string();
        assert!(error.contains("it can have ES256"), "{error}");
    }
}

#[test]
fn nothing_printed_for_debugging_holds_a_key() {
    let shown = format!("{:?}", SigningKey::from_secret(&secret()).unwrap());
    assert!(!shown.contains(SECRET), "{shown}");
}
