use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AUTHORIZATION, COOKIE, ORIGIN},
};
use wirehub::auth::{CredentialSource, Credentials};
use wirehub_model::Secret;

use super::{
    hubs::{self, HS256_HEADER, Hub, Signer},
    token,
};

/// A token that the hub accepts; `$` stands for it in a handshake.
fn good_token(hub: &Hub) -> Secret {
    let audience = hub.settings.audience.first();
    let audience = audience.map_or(String::new(), |name| format!("\"aud\":\"{name}\","));
    let claims = "\"sub\":\"u1\",\"exp\":1800003600,\"iss\":\"https://issuer.example\"";
    Signer::owner().sign(HS256_HEADER, format!("{{{audience}{claims}}}").as_bytes())
}

/// Any lines as the headers and the query of a handshake: the origin is one that may connect, the
/// token is one that was sent, and no second one was.
///
/// The first byte of a line says what it is: `a`uthorization, `c`ookie, `o`rigin, or the query.
pub(crate) fn judge(hub: &Hub, lines: &[u8]) {
    let (headers, query) = read(lines, &good_token(hub));
    let query = query.as_deref();
    if hub.origins.check_headers(&headers).is_ok() {
        check_origin(hub, &headers);
    }
    let Ok(found) = hub.credentials.find(&headers, query) else {
        return;
    };
    let purposely: Vec<String> = in_query(query).chain(in_header(&headers)).collect();
    let token = found.as_ref().map(|found| found.token.expose());
    let cookie = found
        .as_ref()
        .is_some_and(|found| found.source == CredentialSource::Cookie);
    if cookie {
        assert!(purposely.is_empty(), "a cookie went before {purposely:?}");
        assert!(headers.contains_key(ORIGIN), "a cookie without an origin");
    } else {
        assert_eq!(purposely.is_empty(), token.is_none(), "{purposely:?}");
        assert!(purposely.iter().all(|sent| Some(sent.as_str()) == token));
    }
    if let Some(found) = found {
        check_place(&headers, query, &found);
        token::judge(hub, &found.token);
    }
}

fn read(lines: &[u8], good: &Secret) -> (HeaderMap, Option<String>) {
    let mut headers = HeaderMap::new();
    let mut query = None;
    for line in lines.split(|byte| *byte == b'\n').take(16) {
        let Some((kind, value)) = line.split_first() else {
            continue;
        };
        let value: Vec<&[u8]> = value.split(|byte| *byte == b'$').take(9).collect();
        let value = value.join(good.expose().as_bytes());
        let name: HeaderName = match kind {
            b'a' => AUTHORIZATION,
            b'c' => COOKIE,
            b'o' => ORIGIN,
            _ => {
                query = String::from_utf8(value).ok();
                continue;
            }
        };
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            headers.append(name, value);
        }
    }
    (headers, query)
}

/// Both lists of origins that hubs have here allow `https://app.example` and one level below
/// `example.com` at most.
fn check_origin(hub: &Hub, headers: &HeaderMap) {
    let mut origins = headers.get_all(ORIGIN).iter();
    let Some(origin) = origins.next() else {
        return assert!(hub.origins.check(None).is_ok());
    };
    assert!(origins.next().is_none(), "two origins passed");
    let origin = origin.to_str().unwrap().to_ascii_lowercase();
    let host = origin.strip_prefix("https://").unwrap();
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.parse() == Ok(443) => host,
        _ => host,
    };
    let below = host.strip_suffix(".example.com");
    let label = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let listed =
        host == "app.example" || below.is_some_and(|below| !below.is_empty() && label(below));
    assert!(listed, "{origin} passed");
}

fn check_place(headers: &HeaderMap, query: Option<&str>, found: &Credentials) {
    let token = found.token.expose();
    assert!(!token.is_empty());
    let there = match found.source {
        CredentialSource::Query => in_query(query).any(|sent| sent == token),
        CredentialSource::Header => in_header(headers).any(|sent| sent == token),
        CredentialSource::Cookie => in_cookies(headers).any(|sent| sent == token),
    };
    assert!(there, "{:?} has no such token", found.source);
}

fn in_query(query: Option<&str>) -> impl Iterator<Item = String> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let tokens = pairs.filter(|(key, value)| key == "token" && !value.is_empty());
    tokens.map(|(_, value)| value.into_owned())
}

fn in_header(headers: &HeaderMap) -> impl Iterator<Item = String> {
    let values = headers.get_all(AUTHORIZATION).iter();
    values.map(|value| {
        let value = value.to_str().expect("a value that is no text passed");
        let (scheme, token) = value.split_at(7);
        assert!(scheme.eq_ignore_ascii_case("bearer "), "{scheme} passed");
        token.trim().to_owned()
    })
}

fn in_cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(COOKIE).iter();
    let pairs = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    pairs.filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == hubs::COOKIE).then(|| value.trim_matches('"'))
    })
}
