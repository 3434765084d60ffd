use std::{
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use serde_json::{Value, value::RawValue};
use wirehub::auth::{AuthError, Verdict, inspect};
use wirehub_model::{Principal, Secret, TopicFilter};

use super::{
    hubs::{Hub, NOW},
    reading::Reading,
};

/// What is told of a refused token is bounded, however long the token.
const WORDS_MAX: usize = 300;

/// Any token at a hub: a principal comes from a genuine token alone and is what its claims say; a
/// refusal tells the truth.
pub(crate) fn judge(hub: &Hub, token: &Secret) {
    let answer = hub.authenticator.attempt(token, NOW).decided();
    let answer = answer.expect("without a key set there is nothing to wait for");
    let waited = pin!(hub.authenticator.authenticate(token, NOW))
        .poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(waited, Poll::Ready(answer.clone()), "waiting changes it");
    check_inspection(hub, token, &answer);
    let reading = Reading::of_genuine(hub, token.expose());
    match (answer, reading) {
        (Ok(principal), Some(reading)) => {
            assert!(token.expose().len() <= hub.settings.limits.token_bytes);
            check_times(hub, &reading, &principal);
            check_names(hub, &reading, &principal);
            check_rights(hub, &reading, &principal);
            check_changed(hub, token.expose());
        }
        (Ok(principal), None) => panic!("let in by a forged token: {principal:?}"),
        (Err(error), reading) => check_refusal(hub, token, reading.as_ref(), &error),
    }
}

fn check_inspection(hub: &Hub, token: &Secret, answer: &Result<Principal, AuthError>) {
    let Ok(shown) = inspect(token) else {
        return;
    };
    assert_eq!(shown.verdict, Verdict::NotVerified);
    assert!(shown.expiry(NOW.unix).len() <= WORDS_MAX);
    let shown = shown.checked_by(&hub.authenticator, token, NOW);
    let expected = match answer {
        Ok(principal) => Verdict::Verified(Box::new(principal.clone())),
        Err(error) => Verdict::Refused(error.clone()),
    };
    assert_eq!(shown.verdict, expected);
}

fn check_times(hub: &Hub, reading: &Reading, principal: &Principal) {
    let leeway = hub.settings.leeway;
    for claim in ["nbf", "iat"] {
        if reading.text(claim).is_some() {
            let time = reading.time(claim).expect("a time that is none passed");
            assert!(time <= NOW.unix + leeway, "`{claim}` lies ahead");
        }
    }
    if reading.text("exp").is_none() {
        assert!(!hub.settings.require_expiry, "lasts for ever");
        return assert_eq!(principal.expires_at, None);
    }
    let exp = reading.time("exp").expect("a time that is none passed");
    assert!(exp + leeway > NOW.unix, "expired");
    let expires_at = principal.expires_at.expect("an `exp` was lost");
    let left = expires_at
        .since(NOW.moment)
        .abs_diff(exp + leeway - NOW.unix);
    assert!(left < Duration::from_millis(1), "expires at another time");
}

fn check_names(hub: &Hub, reading: &Reading, principal: &Principal) {
    let settings = &hub.settings;
    let named = reading.one_or_many("aud");
    if settings.audience.is_empty() {
        assert_eq!(reading.text("aud"), None, "meant for somebody");
    } else {
        let here = |name| settings.audience.contains(name);
        assert!(named.iter().any(here), "meant for somebody else");
    }
    if !settings.issuer.is_empty() {
        let iss = reading.get("iss").expect("from nobody");
        assert!(settings.issuer.contains(&iss), "from somebody else");
    }
    let sub: Option<String> = reading.get("sub");
    assert!(sub.is_some() || !settings.require_user, "nobody came in");
    assert_eq!(reading.text("sub").is_some(), sub.is_some());
    assert_eq!(
        principal.user.as_ref().map(|user| user.as_str()),
        sub.as_deref()
    );
}

fn check_rights(hub: &Hub, reading: &Reading, principal: &Principal) {
    let limits = &hub.settings.limits;
    let rights = &principal.capabilities;
    let lists: [(&str, &[TopicFilter]); 5] = [
        ("subscribe", &rights.subscribe),
        ("publish", &rights.publish),
        ("presence", &rights.presence),
        ("history", &rights.history),
        ("auto_subscribe", &principal.auto_subscribe),
    ];
    for (claim, filters) in lists {
        let claimed: Vec<String> = reading.get(claim).unwrap_or_default();
        let given: Vec<&str> = filters.iter().map(TopicFilter::as_str).collect();
        assert_eq!(given, claimed, "`{claim}` gives other rights");
        assert!(given.len() <= limits.filters, "`{claim}` is over the limit");
    }
    let Some(info) = principal.info.as_deref() else {
        return assert_eq!(reading.text("info"), None, "`info` was lost");
    };
    let claimed = reading.text("info").expect("`info` came from nowhere");
    assert!(info.len() <= claimed.len().min(limits.info_bytes));
    assert!(!info.contains(['\n', '\r']), "`info` has two lines");
    let whole: &RawValue = serde_json::from_str(info).expect("`info` is not JSON");
    assert_eq!(whole.get(), info);
    // A number that is too large for any type is JSON all the same; then both are none.
    let value = |text| serde_json::from_str::<Value>(text).ok();
    assert_eq!(value(info), value(claimed), "`info` means something else");
}

/// A good token with one character changed, lost or added is no good.
fn check_changed(hub: &Hub, token: &str) {
    let last = token.len() - 1;
    let dot = token.rfind('.').unwrap();
    for at in [0, dot / 2, dot - 1, dot + 1, last] {
        let other = if token[at..].starts_with('A') {
            "B"
        } else {
            "A"
        };
        let mut changed = token.to_owned();
        changed.replace_range(at..=at, other);
        check_forged(hub, changed);
        let mut short = token.to_owned();
        short.remove(at);
        check_forged(hub, short);
    }
    check_forged(hub, format!("{token}A"));
    check_forged(hub, format!("{token}="));
    check_forged(hub, token[..=dot].to_owned());
}

fn check_forged(hub: &Hub, token: String) {
    let token = Secret::new(token);
    let answer = hub.authenticator.attempt(&token, NOW).decided().unwrap();
    assert!(answer.is_err(), "a changed token passed");
}

fn check_refusal(hub: &Hub, token: &Secret, genuine: Option<&Reading>, error: &AuthError) {
    let refusal = error.refusal();
    for told in [error.to_string(), refusal.message.to_string()] {
        assert!(told.len() <= WORDS_MAX, "{} bytes of words", told.len());
    }
    assert!(AuthError::WORDS.contains(&error.word()));
    match error {
        AuthError::TooLong { bytes, max } => {
            assert_eq!(
                (*bytes, *max),
                (token.expose().len(), hub.settings.limits.token_bytes)
            );
            return assert!(bytes > max);
        }
        AuthError::Malformed(_) => return,
        AuthError::Unsupported(_) | AuthError::UnknownKey | AuthError::BadSignature => {
            return assert!(genuine.is_none(), "a genuine token: {error}");
        }
        _ => {}
    }
    // A hub that talks about claims has believed the signature.
    let reading = genuine.expect("the claims of a forged token were looked at");
    let (settings, now) = (&hub.settings, NOW.unix);
    let holds = match error {
        AuthError::Expired(_) => reading.time("exp").unwrap() + settings.leeway <= now,
        AuthError::NotYetValid { claim, .. } => {
            reading.time(claim).unwrap() > now + settings.leeway
        }
        AuthError::WrongAudience => {
            let named = reading.one_or_many("aud");
            !named.iter().any(|name| settings.audience.contains(name))
        }
        AuthError::WrongIssuer => !settings.issuer.contains(&reading.get("iss").unwrap()),
        AuthError::MissingClaim(claim) => reading.text(claim).is_none(),
        AuthError::BadClaim { claim, .. } => reading.text(claim).is_some(),
        _ => false,
    };
    assert!(holds, "not so: {error}");
}
