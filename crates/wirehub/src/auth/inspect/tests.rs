use serde_json::json;
use wirehub_model::UserId;

use super::*;
use crate::auth::{
    SigningKey, TokenDraft,
    fixture::{NOW, SECRET, UNIX, hmac_settings, hs256},
};

fn token() -> Secret {
    let key = SigningKey::from_secret(&Secret::new(SECRET.to_owned())).unwrap();
    TokenDraft::for_user(&UserId::parse("u1").unwrap())
        .expires_in(Duration::from_secs(3700))
        .sign(&key.with_kid("k1"), NOW.unix)
        .unwrap()
}

#[test]
fn shows_what_is_in_a_token_without_believing_it() {
    let inspection = inspect(&token()).unwrap();
    assert_eq!(inspection.header["kid"], "k1");
    assert_eq!(inspection.header["alg"], "HS256");
    assert_eq!(inspection.claims["sub"], "u1");
    assert_eq!(inspection.verdict, Verdict::NotVerified);
    assert_eq!(
        inspection.verdict.to_string(),
        "not verified: no key was given"
    );
}

#[test]
fn says_what_a_hub_would_say() {
    let (hub, _) = Authenticator::new(hmac_settings()).unwrap();
    let checked = |token: &Secret| {
        let inspection = inspect(token).unwrap();
        inspection.checked_by(&hub, token, NOW).verdict
    };
    assert!(matches!(checked(&token()), Verdict::Verified(_)));
    let old = hs256(&json!({ "sub": "u1", "exp": UNIX - 100 }));
    assert_eq!(
        checked(&old).to_string(),
        "refused: token expired 100 s ago"
    );
}

#[test]
fn puts_the_expiry_in_words() {
    let expiry = |exp| {
        let token = hs256(&json!({ "exp": exp }));
        inspect(&token).unwrap().expiry(NOW.unix)
    };
    let inspection = inspect(&token()).unwrap();
    assert_eq!(inspection.expiry(NOW.unix), "expires in 1 h 1 min");
    assert_eq!(expiry(json!(UNIX + 90_061)), "expires in 1 d 1 h");
    assert_eq!(expiry(json!(UNIX)), "expired 0 s ago");
    assert_eq!(expiry(json!(UNIX - 5)), "expired 5 s ago");
    assert_eq!(expiry(json!("soon")), "has an `exp` that is not a time");
    let lasting = inspect(&hs256(&json!({}))).unwrap();
    assert_eq!(lasting.expiry(NOW.unix), "never expires");
}

#[test]
fn refuses_what_is_no_token() {
    for text in ["", "a.b", "a.b.c", "a.b.c.d", "W10.W10.x"] {
        let error = inspect(&Secret::new(text.to_owned())).unwrap_err();
        assert_eq!(error.word(), "malformed", "{text}");
    }
}
