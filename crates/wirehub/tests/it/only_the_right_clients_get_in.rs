//! Tokens, origins, subprotocols and paths.

use std::time::Duration;

use wirehub::{DependencyStatus, Hub, HubReport, HubSettings, auth::TokenDraft};
use wirehub_model::{Capabilities, TopicFilter, UserId};

use crate::{
    client::{Client, get, request},
    world::{self, settings, token},
};

async fn status(world: &world::World, path: &str, headers: &str) -> String {
    let (_, answer) = request(world.address, path, headers).await;
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn handshakes_are_refused_with_the_right_status() {
    let world = world::start().await;
    let good = token("u1", "#");
    let expired = world::sign(
        &TokenDraft::for_user(&UserId::parse("u1").unwrap()).expires_in(Duration::ZERO),
    );
    assert_eq!(status(&world, "/ws?token=forged", "").await, "401");
    assert_eq!(
        status(&world, &format!("/ws?token={expired}x"), "").await,
        "401"
    );
    assert_eq!(status(&world, "/nothing", "").await, "404");
    let evil = "Origin: https://evil.example\r\n";
    assert_eq!(
        status(&world, &format!("/ws?token={good}"), evil).await,
        "403"
    );
    let local = "Origin: http://localhost:5173\r\n";
    assert_eq!(
        status(&world, &format!("/ws?token={good}"), local).await,
        "101"
    );
    let unknown = "Sec-WebSocket-Protocol: soap\r\n";
    assert_eq!(
        status(&world, &format!("/ws?token={good}"), unknown).await,
        "400"
    );
    let bearer = format!("Authorization: Bearer {good}\r\n");
    assert_eq!(status(&world, "/ws", &bearer).await, "101");
    world.hub.stop().await;
}

#[tokio::test]
async fn the_first_message_may_bring_the_token() {
    let world = world::start().await;
    let mut client = Client::open(world.address, "/ws").await;
    let early = client
        .ask(r#"{"type":"subscribe","id":1,"topic":"a"}"#)
        .await;
    assert_eq!(early["code"], "unauthorized");
    let token = token("u1", "#");
    let welcome = client
        .ask(&format!(r#"{{"type":"connect","id":2,"token":"{token}"}}"#))
        .await;
    assert_eq!(
        (welcome["type"].as_str(), welcome["user"].as_str()),
        (Some("welcome"), Some("u1"))
    );

    let mut forger = Client::open(world.address, "/ws").await;
    forger.send(r#"{"type":"connect","token":"forged"}"#).await;
    assert_eq!(forger.message().await["code"], "unauthorized");
    assert_eq!(forger.close_code().await, 4401);
    world.hub.stop().await;
}

#[tokio::test]
async fn strangers_get_in_only_where_that_is_allowed() {
    let world = world::start().await;
    let mut client = Client::open(world.address, "/ws").await;
    client.send(r#"{"type":"connect","id":1}"#).await;
    assert_eq!(client.close_code().await, 4401);
    world.hub.stop().await;

    let mut open = settings();
    open.door.auth.anonymous = Some(Capabilities {
        subscribe: vec![TopicFilter::parse("public/#").unwrap()],
        ..Capabilities::default()
    });
    let world = world::start_with(Hub::builder().settings(open)).await;
    let mut client = Client::open(world.address, "/ws").await;
    let welcome = client.ask(r#"{"type":"connect","id":1}"#).await;
    assert_eq!(welcome["type"], "welcome");
    let allowed = client
        .ask(r#"{"type":"subscribe","id":2,"topic":"public/1"}"#)
        .await;
    assert_eq!(allowed["type"], "ok");
    let denied = client
        .ask(r#"{"type":"subscribe","id":3,"topic":"private/1"}"#)
        .await;
    assert_eq!(denied["code"], "permission_denied");
    world.hub.stop().await;
}

#[tokio::test]
async fn permissions_are_those_of_the_token() {
    let world = world::start().await;
    let token = token("u1", "orders/+");
    let mut client = Client::open(world.address, &format!("/ws?token={token}")).await;
    client.message().await;
    for (request, code) in [
        (
            r#"{"type":"subscribe","id":1,"topic":"orders/#"}"#,
            "permission_denied",
        ),
        (
            r#"{"type":"publish","id":1,"topic":"invoices/1","data":1}"#,
            "permission_denied",
        ),
        (
            r#"{"type":"presence","id":1,"topic":"orders/1"}"#,
            "not_enabled",
        ),
    ] {
        assert_eq!(client.ask(request).await["code"], code, "{request}");
    }
    let allowed = client
        .ask(r#"{"type":"subscribe","id":1,"topic":"orders/+"}"#)
        .await;
    assert_eq!(allowed["type"], "ok");
    world.hub.stop().await;
}

#[tokio::test]
async fn ping_says_how_the_hub_is() {
    let world = world::start().await;
    let answer = get(world.address, "/ping").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let body: serde_json::Value =
        serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(body["status"], "ok");
    assert!(body["timestamp"].is_u64(), "{body}");
    assert!(get(world.address, "/ws").await.starts_with("HTTP/1.1 426"));
    world.hub.stop().await;

    let failing = Hub::builder()
        .settings(settings())
        .depends_on("postgres", async || Err("connection refused".to_owned()));
    let world = world::start_with(failing).await;
    world
        .until(|report| {
            report
                .dependencies
                .iter()
                .any(|found| found.error.is_some())
        })
        .await;
    let answer = get(world.address, "/ping").await;
    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
    assert!(answer.contains(r#""failing":["postgres"]"#), "{answer}");
    world.hub.stop().await;
}

#[tokio::test]
async fn ping_tells_more_where_it_is_told_to() {
    let hub = Hub::builder()
        .settings(HubSettings {
            ping_detail: true,
            ..settings()
        })
        .depends_on("postgres", async || Err("10.0.0.7 refused".to_owned()));
    let world = world::start_with(hub).await;
    let failed = |report: &HubReport| report.dependencies.iter().any(DependencyStatus::is_down);
    world.until(failed).await;
    let _client = world.join("u1").await;
    let answer = get(world.address, "/ping").await;
    assert!(
        !answer.contains("10.0.0.7"),
        "the inside is not told: {answer}"
    );
    let body: serde_json::Value =
        serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert!(body["memory_bytes"].as_u64().unwrap() > 100_000, "{body}");
    // The one who asks is one of them.
    assert_eq!(body["connections"], 2);
    let postgres = &body["dependencies"][0];
    assert_eq!(postgres["name"], "postgres");
    assert_eq!(postgres["status"], "down");
    assert!(postgres["latency_ms"].is_number(), "{body}");
    world.hub.stop().await;
}
