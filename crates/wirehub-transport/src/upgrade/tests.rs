use http::Request;

use super::*;

/// Headers with their new value, or `None` to take them out.
type Changes<'a> = &'a [(&'a str, Option<&'a str>)];

/// The request of RFC 6455 section 1.2, with some headers changed or added.
fn request(changes: Changes<'_>) -> Parts {
    let mut headers = vec![
        ("host", "server.example.com"),
        ("upgrade", "websocket"),
        ("connection", "Upgrade"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-version", "13"),
    ];
    let mut added = Vec::new();
    for (name, value) in changes {
        if headers.iter().any(|(known, _)| known == name) && added.iter().all(|n| n != name) {
            headers.retain(|(known, _)| known != name);
        }
        added.push(*name);
        headers.extend(value.map(|value| (*name, value)));
    }
    let request = Request::get("/chat");
    let request = headers.into_iter().fold(request, |request, (name, value)| {
        request.header(name, value)
    });
    request.body(()).unwrap().into_parts().0
}

fn check(changes: Changes<'_>) -> Result<UpgradeRequest, UpgradeError> {
    UpgradeRequest::check(&request(changes))
}

#[test]
fn the_example_of_the_rfc_gets_the_answer_of_the_rfc() {
    let offer = check(&[("sec-websocket-protocol", Some("chat, superchat"))]).unwrap();
    assert_eq!(
        offer.subprotocols().collect::<Vec<_>>(),
        ["chat", "superchat"]
    );
    let (response, deflate) = offer.accept(Some("chat"), true).unwrap();
    assert_eq!(response.status(), 101);
    let header = |name: HeaderName| response.headers().get(name).unwrap().to_str().unwrap();
    assert_eq!(header(SEC_WEBSOCKET_ACCEPT), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert_eq!(header(SEC_WEBSOCKET_PROTOCOL), "chat");
    assert_eq!(header(UPGRADE), "websocket");
    assert_eq!(deflate, None);
    assert!(!response.headers().contains_key(SEC_WEBSOCKET_EXTENSIONS));
}

#[test]
fn lists_may_hold_other_things_in_any_case() {
    let changes = [
        ("upgrade", Some("h2c, WebSocket")),
        ("connection", Some("keep-alive, UPGRADE")),
    ];
    assert!(check(&changes).is_ok());
    let two = [
        ("connection", Some("keep-alive")),
        ("connection", Some("upgrade")),
    ];
    assert!(check(&two).is_ok());
}

#[test]
fn each_rule_has_its_own_error() {
    use UpgradeError as E;
    let cases: &[(Changes<'_>, UpgradeError)] = &[
        (&[("host", None)], E::Host),
        (&[("host", Some("a")), ("host", Some("b"))], E::Host),
        (&[("upgrade", None)], E::Upgrade),
        (&[("connection", Some("close"))], E::Connection),
        (&[("sec-websocket-version", None)], E::WebSocketVersion),
        (&[("sec-websocket-version", Some("8"))], E::WebSocketVersion),
        (&[("sec-websocket-key", None)], E::Key),
        (
            &[("sec-websocket-key", Some("dGhlIHNhbXBsZSBub25jZQ"))],
            E::Key,
        ),
        (&[("sec-websocket-key", Some("c2hvcnQ="))], E::Key),
        (&[("content-length", Some("5"))], E::Body),
        (&[("transfer-encoding", Some("chunked"))], E::Body),
        (&[("sec-websocket-protocol", Some("a, a"))], E::Subprotocols),
        (&[("sec-websocket-protocol", Some("a b"))], E::Subprotocols),
        (&[("sec-websocket-protocol", Some("a,"))], E::Subprotocols),
        (
            &[("sec-websocket-extensions", Some("permessage-deflate; ="))],
            E::Extensions,
        ),
    ];
    for (changes, expected) in cases {
        assert_eq!(check(changes).unwrap_err(), *expected, "{changes:?}");
    }
    let mut post = request(&[]);
    post.method = Method::POST;
    assert_eq!(UpgradeRequest::check(&post).unwrap_err(), E::Method);
    let mut old = request(&[]);
    old.version = Version::HTTP_10;
    assert_eq!(UpgradeRequest::check(&old).unwrap_err(), E::HttpVersion);
}

#[test]
fn a_wrong_version_is_told_the_right_one() {
    let response = UpgradeError::WebSocketVersion.response();
    assert_eq!(response.status(), 426);
    assert_eq!(response.headers()[SEC_WEBSOCKET_VERSION], "13");
    assert_eq!(response.headers()[UPGRADE], "websocket");
    assert_eq!(UpgradeError::Method.response().headers()[ALLOW], "GET");
    assert_eq!(UpgradeError::Key.response().status(), 400);
}

#[test]
fn compression_needs_both_sides() {
    let offer = check(&[("sec-websocket-extensions", Some("permessage-deflate"))]).unwrap();
    assert!(offer.offers_compression());
    assert_eq!(offer.accept(None, false).unwrap().1, None);
    let (response, deflate) = offer.accept(None, true).unwrap();
    assert_eq!(deflate, Some(Window::Full));
    let extensions = response.headers()[SEC_WEBSOCKET_EXTENSIONS]
        .to_str()
        .unwrap();
    assert!(
        extensions.contains("server_no_context_takeover"),
        "{extensions}"
    );
}

#[test]
fn an_offer_may_be_spread_over_headers() {
    let offer = check(&[
        ("sec-websocket-extensions", Some("x-webkit-deflate-frame")),
        (
            "sec-websocket-extensions",
            Some("permessage-deflate; server_max_window_bits=10"),
        ),
    ]);
    assert_eq!(
        offer.unwrap().accept(None, true).unwrap().1,
        Some(Window::Small)
    );
}

#[test]
fn an_empty_list_of_subprotocols_offers_none() {
    let offer = check(&[("sec-websocket-protocol", Some(""))]).unwrap();
    assert_eq!(offer.subprotocols().next(), None);
}

#[test]
fn a_subprotocol_that_was_not_offered_is_our_mistake() {
    let offer = check(&[("sec-websocket-protocol", Some("chat"))]).unwrap();
    let error = offer.accept(Some("other"), false).unwrap_err();
    assert_eq!(error, UpgradeError::NotOffered);
    assert_eq!(error.response().status(), 500);
}
