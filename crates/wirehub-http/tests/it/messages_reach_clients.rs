//! What the API says reaches the clients it is for, byte for byte.

use crate::world;

/// Spaces, an escape and a long number: nothing a parser would write the same way again.
const DATA: &str = r#"{"b" : [1.0,  1e2, 12345678901234567890123], "a": "\u00e9\/"}"#;

#[tokio::test]
async fn publications_get_offsets_and_pass_unchanged() {
    let world = world::start().await;
    let mut client = world.join("u1").await;
    client.subscribe("orders/42").await;

    let body = format!(r#"{{"topic":"orders/42","event":"paid","data":{DATA},"ttl":30.5}}"#);
    let first = world.post("/api/publish", &body).await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.json()["offset"], 1);
    let text = client.text().await;
    assert!(text.contains(&format!(r#""data":{DATA}"#)), "{text}");
    assert!(text.contains(r#""event":"paid""#), "{text}");

    let second = world
        .post("/api/publish", r#"{"topic":"orders/42","data":null}"#)
        .await;
    assert_eq!(second.json()["offset"], 2);
    assert_eq!(second.json()["epoch"], first.json()["epoch"]);
    world.stop().await;
}

#[tokio::test]
async fn users_connections_and_everyone_can_be_told() {
    let world = world::start().await;
    let (mut first, mut second) = (world.join("u1").await, world.join("u2").await);

    let to_user = world
        .post("/api/send", r#"{"to":{"user":"u1"},"data":"one"}"#)
        .await;
    assert_eq!(to_user.body, r#"{"connections":1}"#);
    assert!(first.text().await.contains(r#""data":"one""#));

    let body = format!(
        r#"{{"to":{{"connection":"{}"}},"data":2}}"#,
        second.connection
    );
    let to_connection = world.post("/api/send", &body).await;
    assert_eq!(to_connection.body, r#"{"connections":1}"#);
    assert!(second.text().await.contains(r#""data":2"#));

    let nobody = world
        .post("/api/send", r#"{"to":{"user":"u3"},"data":0}"#)
        .await;
    assert_eq!(nobody.body, r#"{"connections":0}"#);

    let everyone = world
        .post("/api/broadcast", r#"{"event":"hi","data":[]}"#)
        .await;
    assert_eq!(everyone.body, r#"{"connections":2}"#);
    assert!(first.text().await.contains(r#""event":"hi""#));
    assert!(second.text().await.contains(r#""event":"hi""#));
    world.stop().await;
}

#[tokio::test]
async fn clients_can_be_disconnected_for_a_reason() {
    let world = world::start().await;
    let (mut first, mut second) = (world.join("u1").await, world.join("u2").await);

    let gone = world.post("/api/disconnect", r#"{"user":"u1"}"#).await;
    assert_eq!(gone.body, r#"{"connections":1}"#);
    assert_eq!(first.text().await, "close 4410");

    let body = format!(
        r#"{{"connection":"{}","reason":"service_restart"}}"#,
        second.connection
    );
    assert_eq!(
        world.post("/api/disconnect", &body).await.body,
        r#"{"connections":1}"#
    );
    assert_eq!(second.text().await, "close 1012");

    let body = r#"{"user":"u1","reason":"going_awya"}"#;
    let refused = world.post("/api/disconnect", body).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.hint(), "did you mean `going_away`?");
    world.stop().await;
}

#[tokio::test]
async fn connections_are_listed_page_by_page() {
    let world = world::start().await;
    let mut clients = Vec::new();
    for user in ["u1", "u2", "u3"] {
        clients.push(world.join(user).await);
    }
    let (mut found, mut path) = (Vec::new(), "/api/connections?limit=2".to_owned());
    let mut pages = 0;
    loop {
        pages += 1;
        let page = world.get(&path).await.json();
        for one in page["connections"].as_array().unwrap() {
            assert_eq!(one["state"], "open");
            assert_eq!(one["transport"], "websocket");
            assert!(one["age"].as_f64().unwrap() >= one["silence"].as_f64().unwrap());
            found.push(one["connection"].as_str().unwrap().to_owned());
        }
        match page["next"].as_u64() {
            Some(next) => path = format!("/api/connections?limit=2&after={next}"),
            None => break,
        }
    }
    let mut expected: Vec<_> = clients
        .iter()
        .map(|client| client.connection.clone())
        .collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    assert!(pages >= 2);

    for path in [
        "?limit=0",
        "?limit=1001",
        "?after=x",
        "?after=99999999999",
        "?limti=1",
    ] {
        let refused = world.get(&format!("/api/connections{path}")).await;
        assert_eq!(refused.status, 400, "{path}: {}", refused.body);
    }
    world.stop().await;
}

#[tokio::test]
async fn info_counts_what_is_there() {
    let world = world::start().await;
    let mut client = world.join("u1").await;
    client.subscribe("a/#").await;
    world
        .post("/api/publish", r#"{"topic":"a/b","data":1}"#)
        .await;
    client.text().await;

    for answer in [
        world.get("/api/info").await,
        world.post("/api/info", "").await,
    ] {
        let info = answer.json();
        assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(
            (&info["shards"], &info["draining"]),
            (&2.into(), &false.into())
        );
        assert_eq!(info["connections"]["open"], 1);
        assert_eq!(info["subscriptions"], 1);
        assert_eq!(info["topics"], 1);
        assert_eq!(info["messages"]["published"], 1);
        assert_eq!(info["tasks"]["wirehub-shard"], 2);
        assert_eq!(info["silent_shards"], serde_json::json!([]));
    }
    world.stop().await;
}
