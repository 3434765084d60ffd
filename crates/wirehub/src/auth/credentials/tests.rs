use http::{HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;
use crate::auth::OriginSettings;

fn headers(list: &[(HeaderName, &str)]) -> HeaderMap {
    let pairs = list.iter().map(|(name, value)| {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        (name.clone(), value)
    });
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(name, value);
    }
    headers
}

fn origins(allowed: &[&str]) -> OriginPolicy {
    OriginPolicy::new(&OriginSettings {
        allowed: allowed.iter().map(ToString::to_string).collect(),
        ..OriginSettings::default()
    })
    .unwrap()
}

fn with_cookie() -> CredentialPolicy {
    CredentialPolicy::with_cookie("session", &origins(&["https://example.com"])).unwrap()
}

fn find(
    policy: &CredentialPolicy,
    list: &[(HeaderName, &str)],
    query: &str,
) -> Result<Option<(String, CredentialSource)>, CredentialError> {
    let found = policy.find(&headers(list), Some(query))?;
    Ok(found.map(|found| (found.token.expose().to_owned(), found.source)))
}

fn token(text: &str, source: CredentialSource) -> Option<(String, CredentialSource)> {
    Some((text.to_owned(), source))
}

const ORIGIN: (HeaderName, &str) = (header::ORIGIN, "https://example.com");

#[test]
fn finds_a_token_in_each_place() {
    use CredentialSource::{Cookie, Header, Query};
    let policy = with_cookie();
    assert_eq!(find(&policy, &[], ""), Ok(None));
    assert_eq!(policy.find(&HeaderMap::new(), None), Ok(None));
    assert_eq!(
        find(&policy, &[], "a=1&token=t.o.k"),
        Ok(token("t.o.k", Query))
    );
    assert_eq!(
        find(&policy, &[], "token=t%2Eo.k"),
        Ok(token("t.o.k", Query))
    );
    for value in ["Bearer t.o.k", "bearer t.o.k", "BEARER  t.o.k "] {
        let found = find(&policy, &[(header::AUTHORIZATION, value)], "");
        assert_eq!(found, Ok(token("t.o.k", Header)), "{value}");
    }
    for value in [
        "session=t.o.k",
        "a=b; session=t.o.k; c=d",
        "session=\"t.o.k\"",
    ] {
        let found = find(&policy, &[ORIGIN, (header::COOKIE, value)], "");
        assert_eq!(found, Ok(token("t.o.k", Cookie)), "{value}");
    }
}

#[test]
fn what_is_sent_on_purpose_comes_before_a_cookie() {
    let cookie = (header::COOKIE, "session=from.a.cookie");
    let found = find(&with_cookie(), &[ORIGIN, cookie], "token=t.o.k");
    assert_eq!(found, Ok(token("t.o.k", CredentialSource::Query)));
}

#[test]
fn different_tokens_are_refused_and_equal_ones_are_not() {
    let policy = with_cookie();
    let bearer = |text| (header::AUTHORIZATION, text);
    let same = find(&policy, &[bearer("Bearer a")], "token=a");
    assert_eq!(same, Ok(token("a", CredentialSource::Header)));
    for (list, query) in [
        (vec![bearer("Bearer a")], "token=b"),
        (vec![], "token=a&token=b"),
        (vec![bearer("Bearer a"), bearer("Bearer b")], ""),
        (vec![ORIGIN, (header::COOKIE, "session=a; session=b")], ""),
    ] {
        let refused = find(&policy, &list, query).unwrap_err();
        assert_eq!(refused.word(), "conflicting_tokens", "{list:?} {query}");
    }
}

#[test]
fn an_empty_token_is_none() {
    assert_eq!(find(&with_cookie(), &[], "token="), Ok(None));
    let cookie = (header::COOKIE, "session=");
    assert_eq!(find(&with_cookie(), &[ORIGIN, cookie], ""), Ok(None));
}

#[test]
fn other_ways_to_authorize_are_refused() {
    for value in ["Basic dTpw", "Bearer", "Bearer ", "Bearer a b", "t.o.k"] {
        let refused = find(&with_cookie(), &[(header::AUTHORIZATION, value)], "");
        assert_eq!(refused, Err(CredentialError::NotBearer), "{value:?}");
    }
}

#[test]
fn a_cookie_counts_only_where_it_is_set_and_with_an_origin() {
    let cookie = (header::COOKIE, "session=t.o.k");
    let unset = find(&CredentialPolicy::new(), &[ORIGIN, cookie.clone()], "");
    assert_eq!(unset, Ok(None));
    let without = find(&with_cookie(), &[cookie], "");
    assert_eq!(without, Err(CredentialError::CookieWithoutOrigin));
    let another = find(&with_cookie(), &[(header::COOKIE, "Session=t.o.k")], "");
    assert_eq!(another, Ok(None));
}

#[test]
fn a_cookie_cannot_be_set_where_everyone_may_come() {
    let everyone = CredentialPolicy::with_cookie("session", &origins(&["*"]));
    assert_eq!(everyone.unwrap_err(), CookieSettingsError::EveryOrigin);
    for name in ["", "a b", "a=b", "ä"] {
        let refused = CredentialPolicy::with_cookie(name, &origins(&[]));
        assert_eq!(
            refused.unwrap_err(),
            CookieSettingsError::Name(name.to_owned())
        );
    }
}

proptest! {
    #[test]
    fn arbitrary_requests_never_panic(
        query in "\\PC*",
        authorization in "[ -~]*",
        cookie in "[ -~]*",
    ) {
        let list = [ORIGIN, (header::AUTHORIZATION, &*authorization), (header::COOKIE, &*cookie)];
        if let Ok(Some((token, _))) = find(&with_cookie(), &list, &query) {
            prop_assert!(!token.is_empty());
        }
    }
}
