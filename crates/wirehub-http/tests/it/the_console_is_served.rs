//! `/console/`, and what it asks for beside the API of servers.

use wirehub::Hub;
use wirehub_http::{AdminSettings, ShownSetting, ShownSettings};

use crate::{
    events::Events,
    http::{self, Answer},
    world::{self, KEY, World},
};

async fn page(world: &World, path: &str, headers: &str) -> Answer {
    http::request(world.admin, "GET", path, headers, "").await
}

#[tokio::test]
async fn the_page_and_its_parts_need_no_key_and_run_nothing_but_their_own() {
    let world = world::start().await;
    let answer = page(&world, "/console/", "").await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.body.starts_with("<!doctype html>"),
        "{}",
        answer.body
    );
    let parts = answer.body.split(['"', '\'']);
    let parts: Vec<_> = parts.filter_map(|text| text.strip_prefix("./")).collect();
    assert!(parts.len() >= 3, "{parts:?}");
    for name in ["", "index.html"].into_iter().chain(parts) {
        let answer = page(&world, &format!("/console/{name}"), "").await;
        assert_eq!(answer.status, 200, "{name}");
        for line in [
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; ",
            "require-trusted-types-for 'script'",
            "frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
        ] {
            assert!(answer.head.contains(line), "{name}: {}", answer.head);
        }
        assert!(!answer.head.contains("access-control-allow-origin"));
        assert!(!answer.head.contains("unsafe"), "{}", answer.head);
    }
    let answer = page(&world, "/console", "").await;
    assert_eq!(answer.status, 308);
    assert!(answer.head.contains("location: /console/"));
    world.stop().await;
}

#[tokio::test]
async fn browsers_ask_each_time_and_get_a_file_once() {
    let world = world::start().await;
    let first = page(&world, "/console/console.js", "").await;
    assert!(first.head.contains("cache-control: no-cache"));
    let tag = first.head.split("etag: ").nth(1).unwrap();
    // Their names are in small letters but for the first.
    let tag = tag.lines().next().unwrap().replacen("w/", "W/", 1);
    let known = format!("if-none-match: \"0\", {tag}\r\n");
    let again = page(&world, "/console/console.js", &known).await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    let other = page(&world, "/console/console.js", "if-none-match: \"0\"\r\n").await;
    assert_eq!((other.status, other.body), (200, first.body));
    world.stop().await;
}

#[tokio::test]
async fn what_is_no_file_of_it_is_not_found() {
    let world = world::start().await;
    for path in ["/console/consol.js", "/console/..%2f..%2fCargo.toml"] {
        let answer = page(&world, path, "").await;
        let (status, code, _) = answer.error();
        assert_eq!((status, code.as_str()), (404, "not_found"), "{path}");
    }
    let answer = page(&world, "/console/consol.js", "").await;
    assert_eq!(answer.hint(), "did you mean `console.js`?");
    world.stop().await;
}

#[tokio::test]
async fn a_connection_can_be_looked_at_closely() {
    let world = world::start().await;
    let mut ann = world.join("ann").await;
    for topic in ["rooms/1", "news"] {
        ann.subscribe(topic).await;
    }
    let path = format!("/api/connection?connection={}", ann.connection);
    let seen = world.get(&path).await.json();
    assert_eq!(seen["connection"], ann.connection);
    assert_eq!(seen["user"], "ann");
    assert_eq!(seen["state"], "open");
    assert_eq!(seen["subscribed"], serde_json::json!(["news", "rooms/1"]));
    assert!(seen["expires_in"].as_f64().unwrap() > 0.0, "{seen}");

    let nobody = wirehub_model::ConnectionId::new(1, 2, 3);
    let answer = world
        .get(&format!("/api/connection?connection={nobody}"))
        .await;
    assert_eq!(answer.error().0, 404);
    for (query, message) in [
        ("", "`connection` is the only parameter, and needed"),
        ("?connection=c_", "`connection` is"),
        ("?conection=c_1", "there is no parameter `conection`"),
    ] {
        let answer = world.get(&format!("/api/connection{query}")).await;
        let (status, _, said) = answer.error();
        assert_eq!(status, 400, "{query}");
        assert!(said.contains(message), "{said}");
    }
    world.stop().await;
}

#[tokio::test]
async fn events_can_be_of_one_connection() {
    let world = world::start().await;
    let mut ann = world.join("ann").await;
    let mut bob = world.join("bob").await;
    let query = format!("connections={}", ann.connection);
    let mut events = Events::open(world.admin, KEY, &query).await;
    bob.subscribe("news").await;
    ann.subscribe("news").await;
    let came = events.until("wirehub.subscribed").await;
    assert!(came.contains(&ann.connection), "{came}");
    assert!(!came.contains(&bob.connection), "{came}");
    let answer = world.get("/api/events?connections=c_1,nobody").await;
    assert_eq!(answer.error().0, 400);
    world.stop().await;
}

#[tokio::test]
async fn what_the_application_publishes_can_be_heard() {
    let world = world::start().await;
    let query = "kinds=announced&topics=news/%23";
    let mut events = Events::open(world.admin, KEY, query).await;
    for topic in ["weather", "news/today"] {
        let body = format!(r#"{{"topic":"{topic}","event":"said","data":{{"a":[1]}}}}"#);
        assert_eq!(world.post("/api/publish", &body).await.status, 200);
    }
    let came = events.until("news/today").await;
    assert!(came.contains(r#""type":"wirehub.announced""#), "{came}");
    assert!(came.contains(r#""data":{"a":[1]}"#), "{came}");
    assert!(!came.contains("weather"), "{came}");
    world.stop().await;
}

#[tokio::test]
async fn a_key_learns_what_it_may_do() {
    let world = world::start().await;
    let granted = world.get("/api/key").await.json();
    let all = [
        "publish",
        "send",
        "read",
        "connections",
        "forget",
        "drain",
        "debug",
    ];
    assert_eq!(granted, serde_json::json!({"scopes": all, "topics": []}));
    world.stop().await;
}

#[tokio::test]
async fn settings_are_shown_as_they_hold_today() {
    let shown = ShownSettings::default();
    let settings = AdminSettings {
        shown: shown.clone(),
        ..world::settings()
    };
    let world = world::start_with(Hub::builder(), settings).await;
    let none = world.get("/api/settings").await.json();
    assert_eq!(none, serde_json::json!({"settings": []}));
    shown.replace(vec![ShownSetting {
        key: "shards".to_owned(),
        value: "2".to_owned(),
        origin: "default".to_owned(),
        meaning: "How many.".to_owned(),
        reload: false,
        waits: Some("3".to_owned()),
    }]);
    let settings = world.get("/api/settings").await.json();
    assert_eq!(settings["settings"][0]["key"], "shards");
    assert_eq!(settings["settings"][0]["waits"], "3");
    world.stop().await;
}
