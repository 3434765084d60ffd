//! The API wants a key; health and metrics do not.

use crate::{http, world};

const PUBLISH: &str = r#"{"topic":"t","data":1}"#;

#[tokio::test]
async fn requests_without_a_valid_key_are_refused() {
    let world = world::start().await;
    let key = world::KEY;
    for wrong in [
        String::new(),
        "authorization: Bearer\r\n".to_owned(),
        "authorization: Bearer another-key-0123456789\r\n".to_owned(),
        format!("authorization: Bearer {key}x\r\n"),
        format!("authorization: Basic {key}\r\n"),
        format!("x-api-key: {key}\r\n"),
    ] {
        for (method, path) in [("POST", "/api/publish"), ("GET", "/api/info")] {
            let answer = http::request(world.admin, method, path, &wrong, PUBLISH).await;
            let (status, code, _) = answer.error();
            assert_eq!((status, code.as_str()), (401, "unauthorized"), "{wrong}");
            assert!(
                answer.head.contains("www-authenticate: bearer"),
                "{}",
                answer.head
            );
            assert!(!answer.body.contains(key));
        }
    }
    let report = world.hub.report().await;
    assert_eq!(report.total.core.published, 0, "nothing got through");
    world.stop().await;
}

#[tokio::test]
async fn the_scheme_may_be_in_any_case() {
    let world = world::start().await;
    let header = format!("Authorization: bEARER {}\r\n", world::KEY);
    let answer = http::request(world.admin, "POST", "/api/publish", &header, PUBLISH).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    world.stop().await;
}

#[tokio::test]
async fn health_and_metrics_need_no_key() {
    let world = world::start().await;
    for path in ["/healthz", "/readyz", "/metrics"] {
        let answer = http::request(world.admin, "GET", path, "", "").await;
        assert_eq!(answer.status, 200, "{path}");
    }
    world.stop().await;
}

#[tokio::test]
async fn whoever_guesses_keys_is_slowed_down_and_locks_nobody_out() {
    let world = world::start().await;
    let wrong = "authorization: Bearer guessed-0123456789\r\n";
    let guess = || http::request(world.admin, "GET", "/api/info", wrong, "");
    let guesses = futures_util::future::join_all((0..100).map(|_| guess())).await;
    let held = guesses.iter().find(|answer| answer.status == 429);
    let held = held.expect("a hundred at once are too many");
    assert_eq!(held.error().1, "rate_limited");
    assert!(held.head.contains("retry-after: 1"), "{}", held.head);
    assert!(
        guesses
            .iter()
            .all(|answer| [401, 429].contains(&answer.status))
    );
    assert_eq!(
        world.get("/api/info").await.status,
        200,
        "a right key passes"
    );
    let metrics = world.get("/metrics").await.body;
    assert!(
        metrics.contains("\nwirehub_api_keys_refused_total 100\n"),
        "{metrics}"
    );
    world.stop().await;
}

/// A page of another site can have a browser send cookies, passwords that it keeps and forms, but
/// no header of its own: whatever it brings along, the API opens for that header alone.
#[tokio::test]
async fn nothing_that_a_browser_sends_by_itself_opens_the_api() {
    let world = world::start().await;
    let key = world::KEY;
    let form = "content-type: text/plain\r\norigin: https://evil.example\r\n";
    for sent in [
        format!("cookie: key={key}; api_key={key}; authorization=Bearer {key}\r\n"),
        format!("authorization: Basic {}\r\n", "YS1rZXk6YS1rZXk="),
        format!("referer: https://evil.example/?api_key={key}\r\n"),
    ] {
        let headers = format!("{form}{sent}");
        let answer = http::request(world.admin, "POST", "/api/publish", &headers, PUBLISH).await;
        assert_eq!(answer.status, 401, "{sent}");
    }
    for path in [
        format!("/api/publish?api_key={key}"),
        format!("/api/publish?token={key}"),
    ] {
        let answer = http::request(world.admin, "POST", &path, form, PUBLISH).await;
        assert_eq!(answer.status, 401, "{path}");
    }
    // A page that asks first whether it may send that header is not told so.
    let asks = "origin: https://evil.example\r\naccess-control-request-method: POST\r\n\
                access-control-request-headers: authorization\r\n";
    let answer = http::request(world.admin, "OPTIONS", "/api/publish", asks, "").await;
    assert!(
        !answer.head.contains("access-control-allow"),
        "{}",
        answer.head
    );
    assert_eq!(world.hub.report().await.total.core.published, 0);
    world.stop().await;
}
