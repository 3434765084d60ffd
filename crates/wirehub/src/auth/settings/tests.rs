use super::*;

fn with_limits(change: impl FnOnce(&mut TokenLimits)) -> AuthSettings {
    let mut settings = with_jwks(|_| {});
    change(&mut settings.limits);
    settings
}

fn with_jwks(change: impl FnOnce(&mut JwksSettings)) -> AuthSettings {
    let mut jwks = JwksSettings::new("https://id.example/keys");
    change(&mut jwks);
    AuthSettings {
        jwks: Some(jwks),
        ..AuthSettings::default()
    }
}

#[test]
fn the_defaults_hold() {
    assert_eq!(with_jwks(|_| {}).check(), Ok(()));
}

#[test]
fn numbers_out_of_bounds_are_named() {
    let second = Duration::from_secs(1);
    let leeway = AuthSettings {
        leeway: AuthSettings::LEEWAY_MAX + second,
        ..with_jwks(|_| {})
    };
    for (settings, name) in [
        (leeway, "auth.leeway"),
        (
            with_limits(|limits| limits.token_bytes = 10),
            "auth.limits.token_bytes",
        ),
        (
            with_limits(|limits| limits.token_bytes = 1 << 20),
            "auth.limits.token_bytes",
        ),
        (
            with_limits(|limits| limits.info_bytes = 1 << 20),
            "auth.limits.info_bytes",
        ),
        (
            with_limits(|limits| limits.filters = 0),
            "auth.limits.filters",
        ),
        (
            with_limits(|limits| limits.shared_sets = 0),
            "auth.limits.shared_sets",
        ),
        (
            with_jwks(|jwks| jwks.refresh_interval *= 0),
            "auth.jwks_refresh_interval",
        ),
        (
            with_jwks(|jwks| jwks.connect_timeout *= 0),
            "auth.jwks_connect_timeout",
        ),
        (
            with_jwks(|jwks| jwks.timeout = 61 * second),
            "auth.jwks_timeout",
        ),
        (
            with_jwks(|jwks| jwks.cache_ttl_bounds.0 = second),
            "auth.jwks_cache_ttl_bounds",
        ),
        (
            with_jwks(|jwks| jwks.cache_ttl_bounds.1 = second),
            "auth.jwks_cache_ttl_bounds",
        ),
        (
            with_jwks(|jwks| jwks.cache_ttl = second),
            "auth.jwks_cache_ttl`",
        ),
        (
            with_jwks(|jwks| jwks.response_bytes = 1),
            "auth.jwks_response_bytes",
        ),
        (with_jwks(|jwks| jwks.keys = 0), "auth.jwks_keys"),
    ] {
        let error = settings.check().unwrap_err().to_string();
        assert!(error.contains(name), "{error} names {name}");
    }
}
