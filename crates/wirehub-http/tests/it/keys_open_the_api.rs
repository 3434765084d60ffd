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
