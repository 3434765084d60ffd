//! The fuzz target's judge, on what nodes might say.

use proptest::{collection::vec, prelude::*};

#[path = "judges/words.rs"]
mod judge;

/// Words and answers, with values that are right and values that are not.
fn said() -> impl Strategy<Value = String> {
    let who = prop::sample::select(vec![
        r#""everyone""#,
        r#"{"user":"u1"}"#,
        r#"{"connection":"c_3k9x"}"#,
        r#"{"user":""}"#,
        "7",
    ]);
    let number = prop_oneof![
        any::<f64>().prop_map(|number| format!("{number:e}")),
        Just("1e300".to_owned()),
        Just("-1".to_owned()),
        Just("null".to_owned()),
    ];
    let data = prop::sample::select(vec![
        r#"{"json":"{}"}"#,
        r#"{"json":"{"}"#,
        r#"{"base64":"AP8="}"#,
        r#"{"base64":"?"}"#,
    ]);
    (who, number, data, 0..9).prop_map(|(who, number, data, kind)| match kind {
        0 => format!(r#"{{"tell":{{"who":{who},"letter":{{"data":{data}}}}}}}"#),
        1 => format!(r#"{{"renew":{{"who":{who},"expires_in":{number},"info":null}}}}"#),
        2 => format!(
            r#"{{"subscribe":{{"who":{who},"wish":{{"filter":"a/+","state":{data},
            "pace":{{"every":{number},"level":null}}}}}}}}"#
        ),
        3 => format!(
            r#"{{"connections":{{"list":[{{"id":"c_3k9x","user":null,"flavour":40,"state":"open",
            "age":{number},"silence":0,"round_trip":{number},"subscriptions":1,
            "waiting_bytes":0}}],"next":null}}}}"#
        ),
        4 => format!(r#"{{"drain":{{"moves_per_second":7,"deadline":{number}}}}}"#),
        5 => format!(
            r#"{{"draining":{{"connections":1,"drain":{{"moves_per_second":null,
            "deadline":{number},"began_with":2,"elapsed":{number},"is_last":false}}}}}}"#
        ),
        6 => format!(
            r#"{{"take_session":{{"session":"s_3k9x-1-2","user":"u1","by":"c_3k9x","at":{data}}}}}"#
        ),
        7 => format!(
            r#"{{"session":{{"connection":"c_3k9x","sent":3,"letters":[{{"to":{who},"data":{data}}}],
            "subscriptions":[{{"filter":"a/+","pace":{{"every":{number},"level":null}},
            "grant":{{"expires_in":{number},"presence":true,"publish":false,"user":null,
            "info":null}}}}]}}}}"#
        ),
        _ => r#"{"refused":{"code":"not_found","message":"no"}}"#.to_owned(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn as_it_might_be_said(said in said()) {
        judge::judge(said.as_bytes());
    }

    #[test]
    fn as_bytes(said in vec(any::<u8>(), 0..60)) {
        judge::judge(&said);
    }
}
