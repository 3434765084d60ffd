use wirehub_websocket::Window;
use wirehub_websocket::handshake::{accept_key, client_key, is_key};
use wirehub_websocket::negotiate::{
    MalformedExtensions, OFFER, RefusedAnswer, answer_offers, check_answer,
};

const PLAIN: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

fn answer(offers: &str) -> Option<String> {
    let answer = answer_offers(offers).expect("well-formed")?;
    let value = answer.header_value();
    let window = value
        .strip_prefix(PLAIN)
        .expect("always without context takeover");
    let bits = if answer.window() == Window::Small {
        9
    } else {
        15
    };
    assert!(window.is_empty() || window == format!("; server_max_window_bits={bits}"));
    Some(window.trim_start_matches("; ").to_owned())
}

#[test]
fn offers_of_browsers_and_of_autobahn_are_taken() {
    let plain = || Some(String::new());
    let window = |bits| Some(format!("server_max_window_bits={bits}"));
    assert_eq!(answer("permessage-deflate"), plain());
    assert_eq!(
        answer("permessage-deflate; client_max_window_bits"),
        plain()
    );
    assert_eq!(
        answer("PerMessage-Deflate ;client_max_window_bits=10"),
        plain()
    );
    let autobahn = "permessage-deflate; client_no_context_takeover; client_max_window_bits";
    let with = |more: &str| answer(&format!("{autobahn}; {more}"));
    assert_eq!(answer(autobahn), plain());
    assert_eq!(with("server_no_context_takeover"), plain());
    assert_eq!(with("server_max_window_bits=9"), window(9));
    assert_eq!(with("server_max_window_bits=15"), window(15));
    assert_eq!(
        with("server_no_context_takeover; server_max_window_bits=9"),
        window(9)
    );
    assert_eq!(with("server_max_window_bits=\"12\""), window(9));
    assert_eq!(answer(OFFER), plain());
}

#[test]
fn an_offer_that_cannot_be_kept_is_passed_over_for_the_next() {
    for declined in [
        "permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=010",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=1a",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; client_max_window_bits; client_max_window_bits=9",
        "permessage-deflate; unknown",
        "permessage-deflate; SERVER_NO_CONTEXT_TAKEOVER",
        "x-webkit-deflate-frame",
        "permessage-bzip2; a=b",
    ] {
        assert_eq!(answer(declined), None, "{declined}");
        let fallback = format!("{declined}, permessage-deflate; server_max_window_bits=15");
        assert_eq!(
            answer(&fallback).as_deref(),
            Some("server_max_window_bits=15")
        );
    }
    assert_eq!(answer(""), None);
    assert_eq!(answer(" , ,, permessage-deflate,"), Some(String::new()));
}

#[test]
fn malformed_lists_are_refused_wherever_they_break() {
    for (value, at) in [
        (";", 0),
        ("permessage-deflate;", 19),
        ("permessage-deflate; a=", 22),
        ("permessage-deflate; a=\"", 23),
        ("permessage-deflate; a=\"b", 24),
        ("permessage-deflate; a=\"b c\"", 24),
        ("permessage-deflate; a=\"\"", 23),
        ("permessage-deflate a", 19),
        ("permessage-deflate, a(b)", 21),
        ("permessage-deflate, \u{e9}", 20),
    ] {
        assert_eq!(
            answer_offers(value),
            Err(MalformedExtensions { at }),
            "{value}"
        );
        assert!(check_answer(value).is_err(), "{value}");
    }
}

#[test]
fn a_client_takes_what_it_offered_and_no_more() {
    assert_eq!(check_answer(""), Ok(None));
    assert_eq!(check_answer(PLAIN), Ok(Some(Window::Full)));
    let with = |more: &str| check_answer(&format!("{PLAIN}; {more}"));
    assert_eq!(with("server_max_window_bits=8"), Ok(Some(Window::Full)));
    assert_eq!(with("client_max_window_bits=15"), Ok(Some(Window::Full)));
    assert_eq!(with("client_max_window_bits=10"), Ok(Some(Window::Small)));
    assert_eq!(
        with("client_max_window_bits=8"),
        Err(RefusedAnswer::UnsupportedWindow)
    );
    for invalid in [
        "client_max_window_bits",
        "server_max_window_bits",
        "server_max_window_bits=99",
        "server_no_context_takeover",
        "unknown",
    ] {
        assert_eq!(
            with(invalid),
            Err(RefusedAnswer::InvalidParameter),
            "{invalid}"
        );
    }
    let takeover = "permessage-deflate; client_no_context_takeover";
    assert_eq!(check_answer(takeover), Err(RefusedAnswer::ContextTakeover));
    assert_eq!(check_answer("foo"), Err(RefusedAnswer::NotOffered));
    assert_eq!(
        check_answer(&format!("{PLAIN}, {PLAIN}")),
        Err(RefusedAnswer::NotOffered)
    );
}

#[test]
fn our_server_and_our_client_agree() {
    let answer = answer_offers(OFFER).expect("well-formed").expect("taken");
    assert_eq!(check_answer(answer.header_value()), Ok(Some(Window::Full)));
}

#[test]
fn keys_are_those_of_rfc_6455_section_1_3() {
    assert_eq!(
        accept_key("dGhlIHNhbXBsZSBub25jZQ=="),
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    );
    assert!(is_key("dGhlIHNhbXBsZSBub25jZQ=="));
    assert_eq!(client_key(*b"the sample nonce"), "dGhlIHNhbXBsZSBub25jZQ==");
    for key in [
        "",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZQ=!",
        "AAAA",
        &"A".repeat(24),
    ] {
        assert!(!is_key(key), "{key}");
    }
}
