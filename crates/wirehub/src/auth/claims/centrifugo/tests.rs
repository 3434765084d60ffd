use std::time::Duration;

use serde_json::{Value, json};
use wirehub_model::{Grant, Principal, UserId};

use crate::auth::{
    AuthError, AuthSettings, CentrifugoClaims,
    claims::ClaimRules,
    fixture::{NOW, UNIX},
};

fn settings(personal_namespace: Option<&str>) -> AuthSettings {
    AuthSettings {
        centrifugo: Some(CentrifugoClaims {
            personal_namespace: personal_namespace.map(str::to_owned),
        }),
        ..AuthSettings::default()
    }
}

fn connection(settings: &AuthSettings, claims: &Value) -> Result<Principal, AuthError> {
    let mut all = json!({ "sub": "42", "exp": UNIX + 60 });
    all.as_object_mut()
        .unwrap()
        .extend(claims.as_object().unwrap().clone());
    ClaimRules::new(settings).principal(all.to_string().as_bytes(), NOW)
}

fn subscription(claims: &Value) -> Result<Grant, AuthError> {
    let mut all = json!({ "sub": "42", "channel": "$room:1", "exp": UNIX + 60 });
    all.as_object_mut()
        .unwrap()
        .extend(claims.as_object().unwrap().clone());
    let user = UserId::parse("42").unwrap();
    let rules = ClaimRules::new(&settings(None));
    rules.grant(all.to_string().as_bytes(), "$room:1", Some(&user), NOW)
}

fn subscribed(principal: &Principal) -> Vec<&str> {
    let filters = principal.auto_subscribe.iter();
    filters.map(|filter| filter.as_str()).collect()
}

#[test]
fn channels_are_subscribed_to_as_topics() {
    let claims = json!({
        "channels": ["news", "chat:1", "news"],
        "subs": { "chat:1": { "info": {} }, "$x": {} },
        "auto_subscribe": ["orders/#"],
    });
    let principal = connection(&settings(Some("personal")), &claims).unwrap();
    let all = ["orders/#", "news", "chat/1", "%24x", "personal/%2342"];
    assert_eq!(subscribed(&principal), all);
    let principal = connection(&settings(Some("")), &json!({})).unwrap();
    assert_eq!(subscribed(&principal), ["%2342"]);
    // Where Centrifugo's tokens are not taken, these claims mean nothing.
    let principal = connection(&AuthSettings::default(), &claims).unwrap();
    assert_eq!(subscribed(&principal), ["orders/#"]);
}

#[test]
fn other_names_of_claims_mean_the_same() {
    let info = connection(&settings(None), &json!({ "b64info": "eyJhIjoxfQ==" })).unwrap();
    assert_eq!(info.info.as_deref(), Some("{\"a\":1}"));
    let never = connection(&settings(None), &json!({ "expire_at": 0 })).unwrap();
    assert_eq!(never.expires_at, None);
    let later = connection(&settings(None), &json!({ "expire_at": UNIX + 600 })).unwrap();
    let end = NOW.moment + Duration::from_secs(600);
    assert_eq!(later.expires_at, Some(end));
    let nobody = AuthSettings {
        require_user: false,
        ..settings(Some("personal"))
    };
    let nobody = connection(&nobody, &json!({ "sub": "" })).unwrap();
    assert_eq!((nobody.user.as_ref(), subscribed(&nobody)), (None, vec![]));
}

#[test]
fn a_token_for_a_channel_opens_no_connection() {
    let error = connection(&settings(None), &json!({ "channel": "news" })).unwrap_err();
    assert_eq!(error.word(), "bad_claim");
    for claims in [
        json!({ "channels": "news" }),
        json!({ "channels": [""] }),
        json!({ "channels": ["x".repeat(256)] }),
        json!({ "subs": ["news"] }),
        json!({ "b64info": "{}" }),
        json!({ "expire_at": "soon" }),
        json!({ "channels": (0..65).map(|count| count.to_string()).collect::<Vec<_>>() }),
    ] {
        let error = connection(&settings(None), &claims).unwrap_err();
        assert_eq!(error.word(), "bad_claim", "{claims}");
    }
    let expired = connection(&settings(None), &json!({ "expire_at": UNIX - 1 }));
    assert_eq!(expired.unwrap_err().word(), "expired");
}

#[test]
fn a_subscription_token_opens_its_channel_for_its_user() {
    let grant = subscription(&json!({ "info": { "role": "admin" } })).unwrap();
    let end = NOW.moment + Duration::from_secs(70);
    assert_eq!(grant.expires_at, Some(end));
    assert_eq!(grant.info.as_deref(), Some("{\"role\":\"admin\"}"));
    assert!(!grant.presence);
    for (claims, word) in [
        (json!({ "channel": "$room:2" }), "bad_claim"),
        (json!({ "channel": null }), "missing_claim"),
        (json!({ "sub": "43" }), "bad_claim"),
        (json!({ "sub": "" }), "bad_claim"),
        (json!({ "exp": UNIX - 60 }), "expired"),
        (json!({ "nbf": UNIX + 60 }), "not_yet_valid"),
        (json!({ "aud": "another" }), "wrong_audience"),
        (json!({ "exp": null }), "missing_claim"),
    ] {
        let error = subscription(&claims).unwrap_err();
        assert_eq!(error.word(), word, "{claims}");
    }
    let never = subscription(&json!({ "expire_at": 0 })).unwrap();
    assert_eq!(never.expires_at, None);
}
