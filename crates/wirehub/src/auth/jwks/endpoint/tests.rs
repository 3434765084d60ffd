use http::HeaderValue;

use super::*;

#[test]
fn the_address_is_encrypted_or_local() {
    for good in [
        "https://id.example/.well-known/jwks.json",
        "http://localhost:8080/keys",
        "http://127.0.0.1:1/keys",
        "http://[::1]:1/keys",
    ] {
        assert!(check_url(good).is_ok(), "{good}");
    }
    for (bad, why) in [
        ("id.example/keys", "not a URL"),
        ("ftp://id.example/keys", "https://"),
        ("file:///etc/passwd", "https://"),
        ("http://id.example/keys", "loopback"),
        ("http://localhost.evil.org/keys", "loopback"),
        ("https://user:password@id.example/keys", "password"),
    ] {
        let error = check_url(bad).unwrap_err();
        assert!(
            error.contains(why) && !error.contains("user:"),
            "{bad}: {error}"
        );
    }
}

#[test]
fn reads_how_long_an_answer_may_be_kept() {
    let age = |control: &str, age: Option<&str>| {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_str(control).unwrap(),
        );
        if let Some(age) = age {
            headers.insert(header::AGE, HeaderValue::from_str(age).unwrap());
        }
        max_age(&headers).map(|age| age.as_secs())
    };
    assert_eq!(age("public, max-age=300", None), Some(300));
    assert_eq!(age("Max-Age=300, must-revalidate", Some("100")), Some(200));
    assert_eq!(age("max-age=300", Some("400")), Some(0));
    assert_eq!(age("max-age=300, no-cache", None), Some(0));
    assert_eq!(age("no-store", None), Some(0));
    for unusable in [
        "",
        "public",
        "max-age",
        "max-age=",
        "max-age=-1",
        "max-age=x",
    ] {
        assert_eq!(age(unusable, None), None, "{unusable}");
    }
    assert_eq!(max_age(&HeaderMap::new()), None);
}
