//! The HTTP API of Pusher: `/apps/{app}/…`.

use serde_json::{Value, json};
use wirehub::Hub;
use wirehub_http::AdminSettings;

use crate::{
    http,
    pusher::{Request, apps, get, post},
    world::{self, World},
};

async fn start() -> World {
    let settings = AdminSettings {
        pusher: Some(apps()),
        ..world::settings()
    };
    world::start_with(Hub::builder(), settings).await
}

fn told(text: &str) -> (Value, Value, Value) {
    let message: Value = serde_json::from_str(text).expect(text);
    let field = |name: &str| message[name].clone();
    (field("topic"), field("event"), field("data"))
}

#[tokio::test]
async fn what_servers_say_reaches_native_clients() {
    let world = start().await;
    let mut ann = world.join("ann").await;
    for topic in ["private-orders/42", "news", "~shop/news"] {
        ann.subscribe(topic).await;
    }
    let body = r#"{"name":"paid","channels":["private-orders.42","news"],"data":"{\"n\":1}"}"#;
    let answer = post(world.admin, "1", "/events", body).await;
    assert_eq!((answer.status, answer.json()), (200, json!({})));
    // Two topics, so two homes, maybe: which of them is heard first is nobody's promise.
    let mut heard = [told(&ann.text().await), told(&ann.text().await)];
    heard.sort_by_key(|(topic, ..)| topic.to_string());
    let expected =
        ["news", "private-orders/42"].map(|topic| (json!(topic), json!("paid"), json!({"n": 1})));
    assert_eq!(heard, expected);
    let body = r#"{"batch":[{"name":"a","channel":"news","data":"hi"},
        {"name":"b","channel":"news","data":"5","info":"subscription_count"}]}"#;
    let answer = post(world.admin, "2", "/batch_events", body).await;
    let expected = json!({"batch": [{}, {"subscription_count": 1}]});
    assert_eq!((answer.status, answer.json()), (200, expected));
    let (topic, data) = (json!("~shop/news"), json!("hi"));
    assert_eq!(told(&ann.text().await), (topic.clone(), json!("a"), data));
    assert_eq!(told(&ann.text().await), (topic, json!("b"), json!(5)));
    world.stop().await;
}

#[tokio::test]
async fn whoever_caused_an_event_does_not_hear_it() {
    let world = start().await;
    let (mut ann, mut bob) = (world.join("ann").await, world.join("bob").await);
    ann.subscribe("news").await;
    bob.subscribe("news").await;
    let number = ann
        .connection
        .parse()
        .map(wirehub_model::ConnectionId::number);
    let number: u64 = number.unwrap();
    let (high, low) = (number >> 32, number & 0xffff_ffff);
    let body = json!({
        "name": "first", "channels": ["news"], "data": "1", "socket_id": format!("{high}.{low}"),
    });
    post(world.admin, "1", "/events", &body.to_string()).await;
    let body = r#"{"name":"second","channels":["news"],"data":"2"}"#;
    post(world.admin, "1", "/events", body).await;
    assert_eq!(told(&bob.text().await).1, json!("first"));
    assert_eq!(told(&bob.text().await).1, json!("second"));
    assert_eq!(told(&ann.text().await).1, json!("second"));
    world.stop().await;
}

#[tokio::test]
async fn users_are_told_and_sent_away() {
    let world = start().await;
    let (mut ann, mut bob) = (world.join("ann").await, world.join("bob").await);
    let body = r##"{"name":"note","channels":["#server-to-user-ann"],"data":"\"x\""}"##;
    let answer = post(world.admin, "1", "/events", body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(told(&ann.text().await).1, json!("note"));
    let path = "/users/ann/terminate_connections";
    // The user `ann` of another scope is somebody else.
    let answer = post(world.admin, "2", path, "{}").await;
    assert_eq!((answer.status, answer.json()), (200, json!({})));
    post(world.admin, "1", "/events", body).await;
    assert_eq!(told(&ann.text().await).1, json!("note"));
    let answer = post(world.admin, "1", path, "{}").await;
    assert_eq!((answer.status, answer.json()), (200, json!({})));
    assert_eq!(ann.text().await, "close 4410");
    let body = body.replace("user-ann", "user-bob");
    post(world.admin, "1", "/events", &body).await;
    assert_eq!(told(&bob.text().await).1, json!("note"));
    world.stop().await;
}

#[tokio::test]
async fn channels_and_their_users_can_be_asked() {
    let world = start().await;
    let (mut ann, mut again) = (world.join("ann").await, world.join("ann").await);
    let mut bob = world.join("bob").await;
    ann.subscribe("presence-room/1").await;
    again.subscribe("presence-room/1").await;
    bob.subscribe("presence-room/1").await;
    bob.subscribe("news").await;
    bob.subscribe("~shop/presence-x").await;
    for (app, path, query, expected) in [
        (
            "1",
            "/channels",
            "",
            json!({"channels": {"presence-room.1": {}, "news": {}}}),
        ),
        (
            "1",
            "/channels",
            "filter_by_prefix=presence-&info=user_count,subscription_count",
            json!({"channels": {"presence-room.1": {"user_count": 2, "subscription_count": 3}}}),
        ),
        (
            "2",
            "/channels",
            "",
            json!({"channels": {"presence-x": {}}}),
        ),
        (
            "1",
            "/channels/presence-room.1",
            "info=user_count",
            json!({"occupied": true, "user_count": 2}),
        ),
        (
            "1",
            "/channels/nobody",
            "info=subscription_count",
            json!({"occupied": false, "subscription_count": 0}),
        ),
        (
            "1",
            "/channels/presence-room.1/users",
            "",
            json!({"users": [{"id": "ann"}, {"id": "bob"}]}),
        ),
        (
            "2",
            "/channels/presence-room.1/users",
            "",
            json!({"users": []}),
        ),
        ("1", "/connections", "", json!({"connections": 0})),
    ] {
        let answer = get(world.admin, app, path, query).await;
        assert_eq!(
            (answer.status, answer.json()),
            (200, expected),
            "{path}?{query}"
        );
    }
    world.stop().await;
}

/// What is sent to `/events`, how it is refused, and words of the refusal.
const MISTAKES: [(&str, u16, &str); 10] = [
    ("", 400, "the body is not as it should be"),
    (r#"{"name":"x","data":"1"}"#, 400, "1 to 100 channels"),
    (
        r#"{"name":"","data":"1","channel":"news"}"#,
        400,
        "1 to 200 bytes",
    ),
    (
        r#"{"name":"pusher:x","data":"1","channel":"news"}"#,
        400,
        "as those of Pusher do",
    ),
    (
        r#"{"name":"x","data":"1","channels":["news","a b"]}"#,
        400,
        "`a b`: channel may hold",
    ),
    (
        r#"{"name":"x","data":"1","channel":"=7Eshop.news"}"#,
        400,
        "another app",
    ),
    (
        r##"{"name":"x","data":"1","channel":"#server-to-user-~shop/7"}"##,
        400,
        "no user",
    ),
    (
        r#"{"name":"x","data":"1","channel":"news","socket_id":"x"}"#,
        400,
        "no socket id",
    ),
    (
        r#"{"name":"x","data":"1","channel":"news","info":"user_count"}"#,
        400,
        "presence channels",
    ),
    (
        r#"{"name":"x","data":{"a":1},"channel":"news"}"#,
        400,
        "not as it should be",
    ),
];

#[tokio::test]
async fn mistakes_are_named_and_change_nothing() {
    let world = start().await;
    let mut ann = world.join("ann").await;
    ann.subscribe("news").await;
    let long = "x".repeat(10_241);
    let long = format!(r#"{{"name":"x","channel":"news","data":"{long}"}}"#);
    let too_long = (long.as_str(), 413, "10241 bytes; 10240 are allowed");
    for (body, status, words) in MISTAKES.into_iter().chain([too_long]) {
        let answer = post(world.admin, "1", "/events", body).await;
        let (found, _, message) = answer.error();
        assert_eq!(found, status, "{body}: {message}");
        assert!(message.contains(words), "{body}: {message}");
    }
    let one = r#"{"name":"x","channel":"news","data":"1"}"#;
    let eleven = format!(r#"{{"batch":[{}]}}"#, [one; 11].join(","));
    let answer = post(world.admin, "1", "/batch_events", &eleven).await;
    assert!(answer.error().2.contains("10 are allowed"));
    post(
        world.admin,
        "1",
        "/events",
        r#"{"name":"last","data":"1","channel":"news"}"#,
    )
    .await;
    assert_eq!(told(&ann.text().await).1, json!("last"));
    for query in ["info=users", "info=user_count"] {
        assert_eq!(get(world.admin, "1", "/channels", query).await.status, 400);
    }
    assert_eq!(
        get(world.admin, "1", "/channels/news/users", "")
            .await
            .status,
        400
    );
    world.stop().await;
}

#[tokio::test]
async fn only_signed_requests_of_known_apps_are_heard() {
    let world = start().await;
    let fine = Request {
        app: "1",
        method: "POST",
        path: "/events",
        query: "",
        body: r#"{"name":"x","channel":"news","data":"1"}"#,
        age: 0,
    };
    assert_eq!(fine.send(world.admin).await.status, 200);
    let old = Request { age: 601, ..fine };
    let answer = old.send(world.admin).await;
    assert_eq!(
        (answer.status, answer.hint()),
        (401, "compare the clocks of both servers".into())
    );

    let target = fine.signed();
    for (method, target, body, status) in [
        (
            "POST",
            target.replace("/events", "/batch_events"),
            fine.body.to_owned(),
            401,
        ),
        (
            "POST",
            target.clone(),
            fine.body.replace("news", "olds"),
            401,
        ),
        (
            "POST",
            target.replace("/1/", "/2/"),
            fine.body.to_owned(),
            401,
        ),
        (
            "POST",
            target.replace("/1/", "/3/"),
            fine.body.to_owned(),
            404,
        ),
        (
            "POST",
            "/apps/1/events".to_owned(),
            fine.body.to_owned(),
            401,
        ),
        ("GET", target.clone(), String::new(), 405),
        (
            "GET",
            target.replace("/events", "/channels"),
            String::new(),
            401,
        ),
    ] {
        let answer = http::request(world.admin, method, &target, "", &body).await;
        assert_eq!(answer.status, status, "{method} {target}: {}", answer.body);
    }
    world.stop().await;
}

#[tokio::test]
async fn keys_and_signatures_open_one_api_each() {
    let world = start().await;
    let fine = Request {
        app: "1",
        method: "GET",
        path: "/channels",
        query: "",
        body: "",
        age: 0,
    };
    assert_eq!(fine.send(world.admin).await.status, 200);
    // A key of our own API is of no use here, and a signature of none there.
    let key = format!("authorization: Bearer {}\r\n", world::KEY);
    let answer = http::request(world.admin, "GET", "/apps/1/channels", &key, "").await;
    assert_eq!(answer.status, 401);
    let ours = fine.signed().replace("/apps/1/channels", "/api/info");
    let answer = http::request(world.admin, "GET", &ours, "", "");
    assert_eq!(answer.await.status, 401);
    world.stop().await;

    let world = world::start().await;
    let answer = fine.send(world.admin).await;
    assert_eq!(answer.status, 404);
    world.stop().await;
}
