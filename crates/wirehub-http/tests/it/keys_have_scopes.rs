//! A key of `[[admin.keys]]` opens what its scopes and topics say, and nothing else.

use std::net::SocketAddr;

use wirehub::{
    Hub,
    auth::{ApiAccess, ApiKeys, ApiScope, HashedKey, KeyDigest},
};
use wirehub_http::{AdminSettings, ApiPrefix};
use wirehub_model::{Secret, TopicFilter};

use crate::{
    events::Events,
    http::{self, Answer},
    world::{self, World},
};

/// What each scope is for; an empty object is refused only behind the door.
const OPENED: [(&str, &str, ApiScope); 20] = [
    ("POST", "/api/publish", ApiScope::Publish),
    ("POST", "/api/send", ApiScope::Send),
    ("POST", "/api/broadcast", ApiScope::Send),
    ("POST", "/api/disconnect", ApiScope::Connections),
    ("POST", "/api/subscribe", ApiScope::Connections),
    ("POST", "/api/unsubscribe", ApiScope::Connections),
    ("POST", "/api/refresh", ApiScope::Connections),
    ("POST", "/api/history", ApiScope::Read),
    ("POST", "/api/presence", ApiScope::Read),
    ("POST", "/api/topics", ApiScope::Read),
    ("POST", "/api/forget", ApiScope::Forget),
    ("POST", "/api/drain", ApiScope::Drain),
    ("GET", "/api/draining", ApiScope::Read),
    ("POST", "/api/stay", ApiScope::Drain),
    ("GET", "/api/info", ApiScope::Read),
    ("GET", "/api/connections", ApiScope::Read),
    ("GET", "/api/connection", ApiScope::Read),
    ("GET", "/api/key", ApiScope::Read),
    ("GET", "/api/settings", ApiScope::Read),
    ("GET", "/api/events?kinds=none", ApiScope::Read),
];

fn hashed(name: &str, key: &str, scopes: &[ApiScope], topics: &[&str]) -> HashedKey {
    let topics = topics.iter().map(|text| TopicFilter::parse(text).unwrap());
    HashedKey {
        name: name.to_owned(),
        digest: KeyDigest::of(&Secret::new(key.to_owned())),
        access: ApiAccess::new(scopes.to_vec(), topics.collect()),
    }
}

async fn start(keys: &[HashedKey]) -> World {
    let settings = AdminSettings {
        centrifugo_api: Some(ApiPrefix::parse("/centrifugo/api").unwrap()),
        ..AdminSettings::new(ApiKeys::new(&[], keys).unwrap())
    };
    world::start_with(Hub::builder(), settings).await
}

async fn ask(admin: SocketAddr, key: &str, method: &str, path: &str, body: &str) -> Answer {
    let header = format!("authorization: Bearer {key}\r\n");
    http::request(admin, method, path, &header, body).await
}

#[tokio::test]
async fn every_endpoint_wants_one_scope_and_names_it() {
    let keys = ApiScope::ALL.map(|scope| hashed(scope.name(), scope.name(), &[scope], &[]));
    let none = hashed("none", "none", &[], &[]);
    let keys: Vec<_> = keys.into_iter().chain([none]).collect();
    let world = start(&keys).await;
    let document = http::request(world.admin, "GET", "/api/openapi.json", "", "").await;
    let document = document.json();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(
        paths.len(),
        OPENED.len() + 1,
        "no endpoint is left out here, but for the one that holds its commands against scopes"
    );
    for (method, path, needed) in OPENED {
        let bare = path.split('?').next().unwrap();
        let said = &paths[bare][method.to_lowercase()]["security"][0]["key"][0];
        assert_eq!(said, needed.name(), "{path} is described");
        for key in ApiScope::ALL
            .map(ApiScope::name)
            .into_iter()
            .chain(["none"])
        {
            let answer = ask(world.admin, key, method, path, "{}").await;
            if key == needed.name() {
                assert!(
                    [200, 400].contains(&answer.status),
                    "{path}: {}",
                    answer.body
                );
                continue;
            }
            let (status, code, message) = answer.error();
            let name = needed.name();
            assert_eq!(
                (status, code.as_str()),
                (403, "permission_denied"),
                "{path}"
            );
            assert_eq!(message, format!("the API key has no scope `{name}`"));
            let challenge = format!("bearer error=\"insufficient_scope\", scope=\"{name}\"");
            assert!(answer.head.contains(&challenge), "{}", answer.head);
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn topics_bound_what_a_key_may_touch() {
    let key = "a key of the news";
    let world = start(&[hashed("news", key, &ApiScope::ALL, &["kept/news/#"])]).await;
    for (path, inside, outside) in [
        (
            "/api/publish",
            r#"{"topic":"kept/news/a","data":1}"#,
            r#"{"topic":"kept/a","data":1}"#,
        ),
        (
            "/api/history",
            r#"{"topic":"kept/news/a"}"#,
            r#"{"topic":"kept/a"}"#,
        ),
        (
            "/api/forget",
            r#"{"topic":"kept/news/a"}"#,
            r#"{"topic":"kept/a"}"#,
        ),
        (
            "/api/subscribe",
            r#"{"user":"u","topic":"kept/news/+"}"#,
            r#"{"user":"u","topic":"kept/+"}"#,
        ),
        (
            "/api/unsubscribe",
            r#"{"user":"u","topic":"kept/news/a"}"#,
            r#"{"user":"u","topic":"kept/a"}"#,
        ),
        ("/api/topics", r#"{"filter":"kept/news/#"}"#, "{}"),
        (
            "/api/topics",
            r#"{"filter":"kept/news/b"}"#,
            r##"{"filter":"#"}"##,
        ),
    ] {
        let answer = ask(world.admin, key, "POST", path, inside).await;
        assert_eq!(answer.status, 200, "{path} {inside}: {}", answer.body);
        let answer = ask(world.admin, key, "POST", path, outside).await;
        let (status, code, message) = answer.error();
        assert_eq!(
            (status, code.as_str()),
            (403, "permission_denied"),
            "{path}"
        );
        assert!(
            message.starts_with("the API key may not touch"),
            "{message}"
        );
    }
    let presence = r#"{"topic":"rooms/a"}"#;
    let answer = ask(world.admin, key, "POST", "/api/presence", presence).await;
    assert_eq!(answer.status, 403, "{}", answer.body);
    let path = "/api/events?topics=kept/news/a,kept/a";
    let answer = ask(world.admin, key, "GET", path, "").await;
    assert_eq!(answer.status, 403, "{path}: {}", answer.body);
    let published = world.hub.report().await.total.core.published;
    assert_eq!(published, 1, "nothing outside got through");
    world.stop().await;
}

#[tokio::test]
async fn a_key_of_some_topics_hears_of_those_when_it_names_none() {
    let key = "a key of the news";
    let world = start(&[hashed("news", key, &[ApiScope::Read], &["news/#"])]).await;
    let mut events = Events::open(world.admin, key, "kinds=subscribed").await;
    let mut ann = world.join("ann").await;
    for topic in ["orders/1", "news/a"] {
        ann.subscribe(topic).await;
    }
    let came = events.until("news/a").await;
    world.hub.stop().await;
    let came = came + &events.rest().await;
    assert!(!came.contains("orders/1"), "{came}");
    world.stop().await;
}

#[tokio::test]
async fn centrifugos_api_takes_only_keys_that_may_do_everything() {
    let whole = hashed("whole", "a whole key", &ApiScope::ALL, &[]);
    let part = hashed("part", "a part key", &[ApiScope::Publish], &[]);
    let narrow = hashed("narrow", "a narrow key", &ApiScope::ALL, &["news/#"]);
    let world = start(&[whole, part, narrow]).await;
    for (key, status) in [
        ("a whole key", 200),
        ("a part key", 403),
        ("a narrow key", 403),
        ("another key", 401),
    ] {
        let header = format!("x-api-key: {key}\r\n");
        let path = "/centrifugo/api/info";
        let answer = http::request(world.admin, "POST", path, &header, "{}").await;
        assert_eq!(answer.status, status, "{key}");
    }
    world.stop().await;
}
