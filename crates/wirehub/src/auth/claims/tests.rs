use serde_json::{Value, json};
use wirehub_model::{ErrorCode, Moment, Operation};

use super::*;
use crate::auth::fixture::{NOW, UNIX, claims};

fn settings() -> AuthSettings {
    AuthSettings::default()
}

fn read(settings: &AuthSettings, claims: &Value) -> Result<Principal, AuthError> {
    ClaimRules::new(settings).principal(claims.to_string().as_bytes(), NOW)
}

/// The ordinary claims with one of them changed.
fn with(claim: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[claim] = value;
    claims
}

fn refused(claim: &str, value: Value) -> String {
    let error = read(&settings(), &with(claim, value)).unwrap_err();
    assert_eq!(error.word(), "bad_claim", "{error}");
    error.to_string()
}

const LEEWAY: u64 = 10;

#[test]
fn makes_a_principal_of_all_claims() {
    let claims = json!({
        "sub": "u1",
        "exp": UNIX + 60,
        "iat": UNIX,
        "nbf": UNIX,
        "info": { "name": "Ada", "avatar": null },
        "subscribe": ["orders/#", "news"],
        "publish": ["chat/+"],
        "presence": ["chat/+"],
        "history": ["chat/1"],
        "auto_subscribe": ["news"],
        "scope": "whatever else",
    });
    let principal = read(&settings(), &claims).unwrap();
    assert_eq!(principal.user.unwrap().as_str(), "u1");
    assert_eq!(
        &*principal.info.unwrap(),
        "{\"avatar\":null,\"name\":\"Ada\"}"
    );
    let filter = |text| TopicFilter::parse(text).unwrap();
    let may = |operation, text| principal.capabilities.allow(operation, &filter(text));
    assert!(may(Operation::Subscribe, "orders/7/status"));
    assert!(may(Operation::Publish, "chat/1"));
    assert!(!may(Operation::Publish, "orders/7"));
    assert!(may(Operation::Presence, "chat/1") && may(Operation::History, "chat/1"));
    assert_eq!(*principal.auto_subscribe, [filter("news")]);
    let end = NOW.moment + Duration::from_secs(60 + LEEWAY);
    assert_eq!(principal.expires_at, Some(end));
}

#[test]
fn a_bare_token_allows_nothing() {
    let principal = read(&settings(), &claims()).unwrap();
    assert_eq!(*principal.capabilities, Capabilities::default());
    assert!(principal.auto_subscribe.is_empty() && principal.info.is_none());
}

#[test]
fn expiry_keeps_to_the_leeway() {
    let at = |exp: Value| read(&settings(), &with("exp", exp));
    assert!(at(json!(UNIX + 1)).is_ok());
    let last = at(json!(UNIX - LEEWAY + 1)).unwrap();
    let second = Duration::from_secs(1);
    assert_eq!(last.expires_at, Some(NOW.moment + second));
    let error = at(json!(UNIX - LEEWAY)).unwrap_err();
    assert_eq!(error, AuthError::Expired(Duration::from_secs(LEEWAY)));
    assert_eq!(error.refusal().code, ErrorCode::TokenExpired);
    assert_eq!(at(json!(0)).unwrap_err().word(), "expired");
    let strict = AuthSettings {
        leeway: Duration::ZERO,
        ..settings()
    };
    let now = read(&strict, &with("exp", json!(UNIX)));
    assert_eq!(now, Err(AuthError::Expired(Duration::ZERO)));
}

#[test]
fn expiry_may_have_a_fraction_and_may_not_be_nonsense() {
    let fraction = 0.5;
    let at = (UNIX as f64) + fraction;
    let principal = read(&settings(), &with("exp", json!(at))).unwrap();
    let end = NOW.moment + Duration::from_millis(500 + LEEWAY * 1000);
    assert_eq!(principal.expires_at, Some(end));
    assert!(refused("exp", json!(-1)).contains("before 1970"));
    assert!(refused("exp", json!(-1e300)).contains("before 1970"));
    assert!(refused("exp", json!(1e300)).contains("not milliseconds"));
    assert!(refused("exp", json!(UNIX * 1000)).contains("not milliseconds"));
    assert!(refused("exp", json!(u64::MAX)).contains("not milliseconds"));
    for wrong in [json!("1900000000"), json!([]), json!(true)] {
        assert!(refused("exp", wrong).contains("seconds since 1970"));
    }
}

#[test]
fn a_number_beyond_all_bounds_is_no_time() {
    let payload = b"{\"sub\":\"u1\",\"exp\":1e999999}";
    let error = ClaimRules::new(&settings()).principal(payload, NOW);
    assert!(matches!(
        error.unwrap_err().word(),
        "bad_claim" | "malformed"
    ));
}

#[test]
fn tokens_must_end_unless_settings_say_otherwise() {
    for claims in [json!({ "sub": "u1" }), json!({ "sub": "u1", "exp": null })] {
        assert_eq!(
            read(&settings(), &claims),
            Err(AuthError::MissingClaim("exp"))
        );
        let lasting = AuthSettings {
            require_expiry: false,
            ..settings()
        };
        assert_eq!(read(&lasting, &claims).unwrap().expires_at, None);
    }
}

#[test]
fn a_token_from_the_future_waits() {
    for claim in ["nbf", "iat"] {
        let at = |time: u64| read(&settings(), &with(claim, json!(time)));
        assert!(at(UNIX).is_ok() && at(UNIX + LEEWAY).is_ok() && at(0).is_ok());
        let ahead = Duration::from_secs(LEEWAY + 1);
        let error = at(UNIX + LEEWAY + 1).unwrap_err();
        assert_eq!(error, AuthError::NotYetValid { claim, ahead });
        assert!(refused(claim, json!("now")).contains(claim));
    }
}

#[test]
fn the_audience_must_be_this_hub() {
    let hub = AuthSettings {
        audience: vec!["hub".to_owned(), "wirehub".to_owned()],
        ..settings()
    };
    for aud in [json!("hub"), json!(["other", "wirehub"])] {
        assert!(read(&hub, &with("aud", aud)).is_ok());
    }
    for aud in [json!("Hub"), json!([]), json!(["other"]), json!("")] {
        let refused = read(&hub, &with("aud", aud.clone()));
        assert_eq!(refused, Err(AuthError::WrongAudience), "{aud}");
    }
    assert_eq!(read(&hub, &claims()), Err(AuthError::MissingClaim("aud")));
    for aud in [json!(1), json!({}), json!(["hub", 1])] {
        let error = read(&hub, &with("aud", aud)).unwrap_err();
        assert_eq!(error.word(), "bad_claim");
    }
}

#[test]
fn a_token_for_somebody_is_refused_by_a_hub_without_a_name() {
    let refused = read(&settings(), &with("aud", json!("billing")));
    assert_eq!(refused, Err(AuthError::WrongAudience));
}

#[test]
fn the_issuer_must_be_trusted() {
    let hub = AuthSettings {
        issuer: vec!["https://id.example".to_owned()],
        ..settings()
    };
    assert!(read(&hub, &with("iss", json!("https://id.example"))).is_ok());
    for iss in ["https://id.example/", "https://evil.example", ""] {
        let refused = read(&hub, &with("iss", json!(iss)));
        assert_eq!(refused, Err(AuthError::WrongIssuer), "{iss}");
    }
    assert_eq!(read(&hub, &claims()), Err(AuthError::MissingClaim("iss")));
    let list = read(&hub, &with("iss", json!(["https://id.example"])));
    assert_eq!(list.unwrap_err().word(), "bad_claim");
    assert!(read(&settings(), &with("iss", json!("anybody"))).is_ok());
}

#[test]
fn the_user_is_a_string_and_required() {
    for sub in [json!(42), json!(["u1"]), json!("")] {
        assert!(refused("sub", sub).contains("`sub`"));
    }
    assert!(refused("sub", json!("x".repeat(256))).contains("255"));
    assert!(refused("sub", json!("a\u{0}b")).contains("control"));
    let nobody = json!({ "exp": UNIX + 60 });
    assert_eq!(
        read(&settings(), &nobody),
        Err(AuthError::MissingClaim("sub"))
    );
    let open = AuthSettings {
        require_user: false,
        ..settings()
    };
    assert_eq!(read(&open, &nobody).unwrap().user, None);
}

#[test]
fn lists_of_filters_are_bounded_and_checked() {
    for claim in [
        "subscribe",
        "publish",
        "presence",
        "history",
        "auto_subscribe",
    ] {
        let most = vec!["a/+"; settings().limits.filters];
        assert!(read(&settings(), &with(claim, json!(most))).is_ok());
        let more = vec!["a/+"; settings().limits.filters + 1];
        assert!(refused(claim, json!(more)).contains("65 filters"));
        assert!(refused(claim, json!("orders/#")).contains("a list"));
        assert!(refused(claim, json!([1])).contains("a list"));
        let bad = refused(claim, json!(["orders/1", "a/#/b"]));
        assert!(bad.contains("number 2") && bad.contains(claim), "{bad}");
    }
}

#[test]
fn info_is_bounded() {
    for info in [
        json!("text"),
        json!(1),
        json!([1, { "a": [] }]),
        json!(false),
    ] {
        let principal = read(&settings(), &with("info", info.clone())).unwrap();
        assert_eq!(&*principal.info.unwrap(), info.to_string());
    }
    assert!(refused("info", json!("x".repeat(2047))).contains("2049 bytes"));
    let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
    assert!(refused("info", deep).contains("nested"));
}

#[test]
fn a_moment_at_the_end_of_time_does_not_overflow() {
    let rules = ClaimRules::new(&settings());
    let now = Now {
        moment: Moment::from_micros(u64::MAX),
        unix: Duration::ZERO,
    };
    let claims = json!({ "sub": "u1", "exp": 253_402_300_799_u64 }).to_string();
    let principal = rules.principal(claims.as_bytes(), now).unwrap();
    assert_eq!(principal.expires_at, Some(now.moment));
}
