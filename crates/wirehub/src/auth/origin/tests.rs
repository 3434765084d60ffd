use http::HeaderValue;
use proptest::prelude::*;

use super::*;

fn policy(allowed: &[&str]) -> OriginPolicy {
    OriginPolicy::new(&OriginSettings {
        allowed: allowed.iter().map(ToString::to_string).collect(),
        ..OriginSettings::default()
    })
    .unwrap()
}

fn passes(policy: &OriginPolicy, origin: &str) -> bool {
    policy.check(Some(origin)).is_ok()
}

#[test]
fn a_listed_origin_passes_in_any_spelling_that_means_it() {
    let policy = policy(&[
        "https://Example.com",
        "http://localhost:3000",
        "https://[::1]:8443",
    ]);
    for same in [
        "https://example.com",
        "HTTPS://EXAMPLE.COM",
        "https://example.com:443",
        "http://localhost:3000",
        "https://[::1]:8443",
    ] {
        assert!(passes(&policy, same), "{same}");
    }
}

#[test]
fn what_merely_looks_like_it_does_not_pass() {
    let policy = policy(&["https://example.com"]);
    for other in [
        "http://example.com",
        "https://example.com:8443",
        "https://www.example.com",
        "https://example.com.evil.org",
        "https://evilexample.com",
        "https://example.co",
        "wss://example.com",
    ] {
        let refused = policy.check(Some(other));
        assert_eq!(refused, Err(OriginRefused::NotListed(other.to_owned())));
    }
}

#[test]
fn what_is_no_origin_is_refused_as_such() {
    let everyone = policy(&["*"]);
    for malformed in [
        "",
        "example.com",
        "https://",
        "https://example.com/",
        "https://example.com/path",
        "https://example.com?x",
        "https://user@example.com",
        "https://example.com:",
        "https://example.com:0",
        "https://example.com:65536",
        "https://example.com:+80",
        "https://exa mple.com",
        "https://example..com",
        "https://[::1",
        "https://[zz]",
        "https://a.com https://b.com",
        "https://*.example.com",
        "https://bücher.example",
        "://example.com",
        "1http://example.com",
        "NULL",
    ] {
        let refused = everyone.check(Some(malformed));
        assert_eq!(refused, Err(OriginRefused::Malformed), "{malformed:?}");
    }
}

#[test]
fn a_wildcard_stands_for_one_label() {
    let policy = policy(&["https://*.example.com", "http://*.example.org:8080"]);
    assert!(passes(&policy, "https://app.example.com"));
    assert!(passes(&policy, "https://APP.example.com:443"));
    assert!(passes(&policy, "http://app.example.org:8080"));
    for other in [
        "https://example.com",
        "https://a.b.example.com",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://appexample.com",
        "https://app.example.com.evil.org",
        "http://app.example.org",
    ] {
        assert!(!passes(&policy, other), "{other}");
    }
}

#[test]
fn nothing_is_listed_nothing_passes() {
    let policy = policy(&[]);
    let refused = policy.check(Some("https://example.com")).unwrap_err();
    assert_eq!(
        refused,
        OriginRefused::NoneListed("https://example.com".to_owned())
    );
    assert!(refused.to_string().contains("auth.allowed_origins"));
    assert!(!passes(&policy, "http://localhost:3000"));
}

#[test]
fn files_count_as_own_pages_only_where_somebody_says_so_on_loopback() {
    for (own_files, listens_on_loopback, allowed, expected) in [
        (true, true, None, true),
        (false, true, None, false),
        (true, false, None, false),
        (true, true, Some("https://example.com"), false),
    ] {
        let policy = OriginPolicy::new(&OriginSettings {
            own_files,
            listens_on_loopback,
            allowed: allowed.map(str::to_owned).into_iter().collect(),
            ..OriginSettings::default()
        });
        let told = format!("{own_files} {listens_on_loopback} {allowed:?}");
        assert_eq!(passes(&policy.unwrap(), "null"), expected, "{told}");
    }
}

#[test]
fn on_loopback_the_developers_own_pages_pass_without_a_list() {
    let settings = OriginSettings {
        listens_on_loopback: true,
        ..OriginSettings::default()
    };
    let open = OriginPolicy::new(&settings).unwrap();
    for own in [
        "http://localhost",
        "http://LOCALHOST:5173",
        "https://localhost:8443",
        "http://127.0.0.1:3000",
        "http://127.8.9.1",
        "http://[::1]:3000",
    ] {
        assert!(passes(&open, own), "{own}");
    }
    for other in [
        "http://example.com",
        "http://localhost.evil.org",
        "http://128.0.0.1",
        "http://127.0.0.1.evil.org",
        "http://10.0.0.1",
        "chrome-extension://localhost",
        "null",
    ] {
        assert!(!passes(&open, other), "{other}");
    }
    let listed = OriginPolicy::new(&OriginSettings {
        allowed: vec!["https://example.com".to_owned()],
        ..settings
    });
    assert!(!passes(&listed.unwrap(), "http://localhost:3000"));
}

#[test]
fn null_passes_only_if_it_is_listed() {
    for list in [&["*"][..], &[], &["https://example.com"]] {
        assert_eq!(policy(list).check(Some("null")), Err(OriginRefused::Null));
    }
    assert!(passes(&policy(&["null"]), "null"));
    assert!(!passes(&policy(&["null"]), "https://example.com"));
}

#[test]
fn everyone_passes_only_if_that_is_written() {
    let everyone = policy(&["*"]);
    assert!(everyone.lets_everyone_in());
    assert!(passes(&everyone, "https://anything.example:1234"));
    assert!(passes(&everyone, "capacitor://localhost"));
}

#[test]
fn native_clients_pass_unless_settings_say_otherwise() {
    assert_eq!(policy(&[]).check(None), Ok(()));
    let strict = OriginPolicy::new(&OriginSettings {
        allow_missing: false,
        ..OriginSettings::default()
    });
    assert_eq!(strict.unwrap().check(None), Err(OriginRefused::Missing));
}

#[test]
fn two_origin_headers_are_refused() {
    let policy = policy(&["https://example.com"]);
    let mut headers = HeaderMap::new();
    assert_eq!(policy.check_headers(&headers), Ok(()));
    headers.append(
        header::ORIGIN,
        HeaderValue::from_static("https://example.com"),
    );
    assert_eq!(policy.check_headers(&headers), Ok(()));
    headers.append(
        header::ORIGIN,
        HeaderValue::from_static("https://example.com"),
    );
    assert_eq!(
        policy.check_headers(&headers),
        Err(OriginRefused::Malformed)
    );
    let mut headers = HeaderMap::new();
    headers.insert(
        header::ORIGIN,
        HeaderValue::from_bytes(b"https://\xff").unwrap(),
    );
    assert_eq!(
        policy.check_headers(&headers),
        Err(OriginRefused::Malformed)
    );
}

#[test]
fn unusable_entries_are_named() {
    for (entry, why) in [
        ("example.com", "scheme://host"),
        ("https://example.com/", "without a path"),
        ("https://*", "whole first label"),
        ("https://*.com", "top-level"),
        ("https://*.*.example.com", "without a path"),
        ("https://a.*.example.com", "whole first label"),
        ("https://app*.example.com", "whole first label"),
        ("https://*.0.0.1", "top-level"),
        ("https://bücher.example", "xn--"),
        ("https://example.com:99999", "65535"),
    ] {
        let settings = OriginSettings {
            allowed: vec![entry.to_owned()],
            ..OriginSettings::default()
        };
        let error = OriginPolicy::new(&settings).unwrap_err().to_string();
        assert!(error.contains(entry) && error.contains(why), "{error}");
    }
}

proptest! {
    #[test]
    fn arbitrary_text_neither_panics_nor_passes(text in "\\PC*") {
        prop_assert!(!passes(&policy(&["https://example.com", "https://*.example.com"]), &text));
    }

    #[test]
    fn only_one_label_fits_a_wildcard(label in "[a-z0-9.-]{1,12}") {
        let origin = format!("https://{label}.example.com");
        let one = !label.contains('.');
        prop_assert_eq!(passes(&policy(&["https://*.example.com"]), &origin), one);
    }
}
