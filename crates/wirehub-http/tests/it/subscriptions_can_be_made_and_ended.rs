//! `/api/subscribe`, `/api/unsubscribe`, `/api/refresh`, `/api/topics`, `/api/forget`, and the
//! connections of a user.

use serde_json::{Value, json};

use crate::world::{self, World};

async fn done(world: &World, path: &str, body: Value) -> Value {
    let answer = world.post(path, &body.to_string()).await;
    assert_eq!(answer.status, 200, "{path} {body}: {}", answer.body);
    answer.json()
}

#[tokio::test]
async fn clients_get_what_they_did_not_ask_for() {
    let world = world::start().await;
    let (mut first, mut second) = (world.join("u1").await, world.join("u1").await);
    let body = json!({"user": "u1", "topic": "rooms/a", "info": {"name": "Ann"}});
    let made = done(&world, "/api/subscribe", body).await;
    assert_eq!(made, json!({"connections": 2}));
    for client in [&mut first, &mut second] {
        let text = client.text().await;
        assert!(
            text.contains(r#""type":"subscribed","topic":"rooms/a""#),
            "{text}"
        );
    }
    let members = done(&world, "/api/presence", json!({"topic": "rooms/a"})).await;
    assert_eq!(members["members"][0]["info"], json!({"name": "Ann"}));

    done(
        &world,
        "/api/publish",
        json!({"topic": "rooms/a", "data": 1}),
    )
    .await;
    assert!(first.text().await.contains(r#""data":1"#));

    let body = json!({"connection": first.connection, "topic": "rooms/a"});
    let ended = done(&world, "/api/unsubscribe", body.clone()).await;
    assert_eq!(ended, json!({"connections": 1}));
    let text = first.text().await;
    assert!(text.contains(r#""reason":"not_subscribed""#), "{text}");
    let again = done(&world, "/api/unsubscribe", body).await;
    assert_eq!(again, json!({"connections": 0}));
    world.stop().await;
}

#[tokio::test]
async fn a_subscription_may_begin_with_what_was_missed() {
    let world = world::start().await;
    let mut client = world.join("u1").await;
    let placed = done(
        &world,
        "/api/publish",
        json!({"topic": "kept/a", "data": 1}),
    )
    .await;
    done(
        &world,
        "/api/publish",
        json!({"topic": "kept/a", "data": 2}),
    )
    .await;
    let since = json!({"epoch": placed["epoch"], "offset": 1});
    let body = json!({"connection": client.connection, "topic": "kept/a", "since": since});
    done(&world, "/api/subscribe", body).await;
    let text = client.text().await;
    assert!(text.contains(r#""recovered":true"#), "{text}");
    assert!(client.text().await.contains(r#""data":2"#));

    let body = json!({"user": "u1", "topic": "kept/+", "since": since}).to_string();
    let (status, code, _) = world.post("/api/subscribe", &body).await.error();
    assert_eq!((status, code.as_str()), (400, "bad_request"));
    world.stop().await;
}

#[tokio::test]
async fn connections_stay_as_long_as_they_are_let() {
    let world = world::start().await;
    let mut client = world.join("u1").await;
    let body = json!({"user": "u1", "expires_in": 0});
    // The hub's own grace passes before anybody is closed, so this one is let stay again.
    assert_eq!(
        done(&world, "/api/refresh", body).await,
        json!({"connections": 1})
    );
    let body = json!({"connection": client.connection, "info": "new"});
    assert_eq!(
        done(&world, "/api/refresh", body).await,
        json!({"connections": 1})
    );
    client.subscribe("rooms/a").await;
    let members = done(&world, "/api/presence", json!({"topic": "rooms/a"})).await;
    assert_eq!(members["members"][0]["info"], "new");
    world.stop().await;
}

#[tokio::test]
async fn topics_are_listed_with_their_subscribers() {
    let world = world::start().await;
    let mut client = world.join("u1").await;
    let mut other = world.join("u2").await;
    for topic in ["rooms/b", "rooms/a", "news", "rooms/#"] {
        client.subscribe(topic).await;
    }
    other.subscribe("rooms/a").await;
    let all = done(&world, "/api/topics", json!({"filter": "rooms/+"})).await;
    let expected = json!({"topics": [
        {"topic": "rooms/a", "subscribers": 2},
        {"topic": "rooms/b", "subscribers": 1},
    ]});
    assert_eq!(all, expected);
    let page = done(&world, "/api/topics", json!({"limit": 2})).await;
    assert_eq!(
        (&page["more"], &page["topics"][1]["topic"]),
        (&json!(true), &json!("rooms/a"))
    );
    let rest = done(&world, "/api/topics", json!({"after": "rooms/a"})).await;
    assert_eq!(
        rest,
        json!({"topics": [{"topic": "rooms/b", "subscribers": 1}]})
    );
    world.stop().await;
}

#[tokio::test]
async fn history_is_forgotten() {
    let world = world::start().await;
    done(
        &world,
        "/api/publish",
        json!({"topic": "kept/a", "data": 1}),
    )
    .await;
    assert_eq!(
        done(&world, "/api/forget", json!({"topic": "kept/a"})).await,
        json!({})
    );
    let history = done(&world, "/api/history", json!({"topic": "kept/a"})).await;
    assert_eq!(
        (&history["offset"], &history["messages"]),
        (&json!(1), &json!([]))
    );
    world.stop().await;
}

#[tokio::test]
async fn the_connections_of_a_user_are_one_list() {
    let world = world::start().await;
    let clients = [world.join("u1").await, world.join("u1").await];
    let _other = world.join("u2").await;
    let list = world.get("/api/connections?user=u1").await.json();
    let found = list["connections"].as_array().unwrap().iter();
    let mut found: Vec<_> = found
        .map(|one| one["connection"].as_str().unwrap())
        .collect();
    let mut expected = clients.each_ref().map(|client| client.connection.as_str());
    found.sort();
    expected.sort();
    assert_eq!(
        (found.as_slice(), &list["next"]),
        (&expected[..], &Value::Null)
    );
    for path in ["?user=", "?user=u1&limit=2", "?usr=u1"] {
        let refused = world.get(&format!("/api/connections{path}")).await;
        assert_eq!(refused.status, 400, "{path}: {}", refused.body);
    }
    world.stop().await;
}

#[tokio::test]
async fn mistakes_are_named() {
    let world = world::start().await;
    let long = json!({"user": "u", "topic": "t", "info": "x".repeat(3_000)}).to_string();
    for (path, body, message) in [
        ("subscribe", r#"{"user":"u"}"#, "`topic` is missing"),
        ("subscribe", r#"{"topic":"t"}"#, "the body must have either"),
        (
            "subscribe",
            r#"{"user":"u","topic":"a#"}"#,
            "wildcard `#` must stand alone",
        ),
        (
            "subscribe",
            r#"{"user":"u","topic":"t","expires_in":-1}"#,
            "`expires_in` must be a number of seconds from 0",
        ),
        ("subscribe", &long, "`info` has 3002 bytes"),
        (
            "unsubscribe",
            r#"{"user":"u","connection":"c","topic":"t"}"#,
            "the body must have either",
        ),
        ("refresh", "{}", "the body must have either"),
        (
            "topics",
            r#"{"limit":0}"#,
            "`limit` must be a whole number from 1 to 1000",
        ),
        ("topics", r#"{"after":"a/+"}"#, "topic holds the wildcard"),
        ("topics", r#"{"filter":""}"#, "topic is empty"),
        ("forget", r#"{"topic":"a/#"}"#, "topic holds the wildcard"),
    ] {
        let answer = world.post(&format!("/api/{path}"), body).await;
        let (status, code, said) = answer.error();
        assert_eq!((status, code.as_str()), (400, "bad_request"), "{body}");
        assert!(said.starts_with(message), "{body}: {said}");
    }
    world.stop().await;
}
