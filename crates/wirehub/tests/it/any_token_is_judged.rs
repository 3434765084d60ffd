//! The fuzz target's judge, on inputs that get deep without a fuzzer's feedback.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::judges;

fn config() -> ProptestConfig {
    // A failure prints its input, which then becomes a test or a seed; no files are kept.
    ProptestConfig {
        cases: 1000,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Values that claims may have, those that pass among them.
fn value() -> impl Strategy<Value = String> {
    let passing = [
        "\"u1\"",
        "\"hub\"",
        "[\"hub\",\"elsewhere\"]",
        "\"https://issuer.example\"",
        "1800000000",
        "1800000000.5",
        "1800003600",
        "[\"orders/#\",\"chat/+\"]",
        "[\"a\",\"b\",\"c\",\"d\"]",
        "[]",
        "{\"a\" : [1, \"b c\"]}",
        "null",
    ];
    prop_oneof![
        6 => prop::sample::select(passing.to_vec()).prop_map(str::to_owned),
        1 => any::<f64>().prop_map(|number| number.to_string()),
        1 => (1_799_999_300_u64..1_800_000_700).prop_map(|time| time.to_string()),
        1 => vec("[a-z+#/]{0,6}", 0..70).prop_map(|texts| format!("{texts:?}")),
        1 => "\\PC{0,20}",
    ]
}

fn claims() -> impl Strategy<Value = String> {
    let names = vec![
        "nbf",
        "iat",
        "info",
        "subscribe",
        "publish",
        "presence",
        "history",
        "auto_subscribe",
        "exp",
        "other",
    ];
    let others = vec((prop::sample::select(names), value()), 0..3);
    let asked = [
        ("sub", "\"u1\""),
        ("exp", "1800003600"),
        ("aud", "\"hub\""),
        ("iss", "\"https://issuer.example\""),
    ];
    let asked = asked.map(|(name, good)| {
        prop_oneof![
            8 => Just(Some((name, good.to_owned()))),
            1 => Just(None),
            1 => Just(Some((name, "\"elsewhere\"".to_owned()))),
            1 => value().prop_map(move |value| Some((name, value))),
        ]
    });
    (asked, others).prop_map(|(asked, others)| {
        let members = asked.into_iter().flatten().chain(others);
        let members: Vec<_> = members
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}", members.join(","))
    })
}

fn header() -> impl Strategy<Value = String> {
    let algorithm = prop::sample::select(vec!["HS256", "HS384", "HS512", "ES256", "none"]);
    let key = prop::sample::select(vec![
        "",
        ",\"kid\":\"one\"",
        ",\"kid\":\"two\"",
        ",\"crit\":[]",
    ]);
    (algorithm, key).prop_map(|(algorithm, key)| format!("{{\"alg\":\"{algorithm}\"{key}}}"))
}

fn line() -> impl Strategy<Value = String> {
    let start = prop::sample::select(vec![
        "aBearer ",
        "abearer",
        "csession=",
        "c a=b; session=",
        "ohttps://app.example",
        "ohttps://a.example.com",
        "onull",
        "qtoken=",
        "qa=b&token=",
    ]);
    let end = prop_oneof![4 => Just("$".to_owned()), 2 => Just(String::new()), 1 => "\\PC{0,8}"];
    (start, end).prop_map(|(start, end)| format!("{start}{end}"))
}

/// What the judge takes: the selector that means `kind` at `hub`, and the rest.
fn input(kind: u8, hub: u8, rest: &str) -> Vec<u8> {
    let mut bytes = vec![b'0' + 4 * hub + kind];
    bytes.extend(rest.as_bytes());
    bytes
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn as_tokens(hub in 0..3_u8, text in "\\PC{0,80}|[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){2}") {
        judges::judge(&input(0, hub, &text));
    }

    #[test]
    fn as_claims(hub in 0..3_u8, claims in claims()) {
        judges::judge(&input(1, hub, &claims));
    }

    #[test]
    fn as_headers_and_claims(
        hub in 0..3_u8,
        signer in b'0'..=b';',
        header in header(),
        claims in claims(),
    ) {
        let rest = format!("{}{header}\n{claims}", char::from(signer));
        judges::judge(&input(2, hub, &rest));
    }

    #[test]
    fn as_handshakes(hub in 0..3_u8, lines in vec(line(), 0..4)) {
        judges::judge(&input(3, hub, &lines.join("\n")));
    }
}
