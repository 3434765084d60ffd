//! Keys, mistakes and their codes in Centrifugo's server API.

use serde_json::{Value, json};

use crate::{
    http,
    world::{self, KEY},
};

const PUBLISH: &str = r#"{"channel":"a","data":1}"#;

#[tokio::test]
async fn only_a_valid_key_opens_it() {
    let world = world::start_with_centrifugo().await;
    let path = "/centrifugo/api/publish";
    for (path, headers, status) in [
        (path.to_owned(), String::new(), 401),
        (path.to_owned(), "X-API-Key: wrong\r\n".to_owned(), 401),
        (path.to_owned(), "X-API-Key: \r\n".to_owned(), 401),
        (
            path.to_owned(),
            format!("Authorization: Bearer {KEY}\r\n"),
            401,
        ),
        (path.to_owned(), "Authorization: apikey\r\n".to_owned(), 401),
        (format!("{path}?api_key=wrong"), String::new(), 401),
        (
            format!("{path}?api_key={KEY}"),
            "X-API-Key: wrong\r\n".to_owned(),
            401,
        ),
        ("/centrifugo/api".to_owned(), String::new(), 401),
        ("/centrifugo/api/unheard_of".to_owned(), String::new(), 401),
        (path.to_owned(), format!("x-api-key: {KEY}\r\n"), 200),
        (
            path.to_owned(),
            format!("Authorization: apikey {KEY}\r\n"),
            200,
        ),
        (
            path.to_owned(),
            format!("authorization: ApiKey {KEY}\r\n"),
            200,
        ),
        (format!("{path}?api_key={KEY}"), String::new(), 200),
    ] {
        let answer = http::request(world.admin, "POST", &path, &headers, PUBLISH).await;
        assert_eq!(answer.status, status, "{path} {headers}");
        assert!(!answer.body.contains(KEY));
    }
    world.stop().await;
}

#[tokio::test]
async fn it_is_not_there_unless_it_is_switched_on() {
    let world = world::start().await;
    let answer = world.command("publish", PUBLISH).await;
    assert_eq!(answer.status, 404);
    world.stop().await;
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there() {
    let world = world::start_with_centrifugo().await;
    for (method, path, status) in [
        ("POST", "/centrifugo/api/unheard_of", 404),
        // The commercial edition's.
        ("POST", "/centrifugo/api/block_user", 404),
        ("POST", "/centrifugo/api/publish/more", 404),
        ("GET", "/centrifugo/api/publish", 405),
        ("GET", "/centrifugo/api", 405),
    ] {
        let key = format!("X-API-Key: {KEY}\r\n");
        let answer = http::request(world.admin, method, path, &key, "{}").await;
        assert_eq!(answer.status, status, "{method} {path}");
    }
    world.stop().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_a_bad_request() {
    let world = world::start_with_centrifugo().await;
    for (method, body) in [
        ("publish", "{"),
        ("publish", "[]"),
        ("publish", r#"{"channel":7,"data":1}"#),
        ("publish", r#"{"channel":"a","data":1} 2"#),
        ("history", r#"{"channel":"a","limit":"many"}"#),
        ("batch", r#"{"commands":[7]}"#),
        ("subscribe", r#"{"user":{}}"#),
    ] {
        let answer = world.command(method, body).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (400, "Bad Request\n"),
            "{body}"
        );
    }
    let key = format!("X-API-Key: {KEY}\r\n");
    for body in ["", " ", "{", r#"{"method":"publish","params":{}} x"#, "[1]"] {
        let answer = http::request(world.admin, "POST", "/centrifugo/api", &key, body).await;
        assert_eq!(answer.status, 400, "{body}");
    }
    let report = world.hub.report().await;
    assert_eq!(report.total.core.published, 0, "nothing is done by halves");
    world.stop().await;
}

/// The method, the body, the code and a part of the message.
type Case = (&'static str, Value, u32, &'static str);

fn about_publications() -> Vec<Case> {
    let long = "x".repeat(256);
    let with = |name: &str, value: Value| {
        let mut body = json!({"channel": "a", "data": 1});
        body[name] = value;
        body
    };
    vec![
        (
            "publish",
            with("channel", Value::Null),
            107,
            "channel required",
        ),
        (
            "publish",
            with("channel", json!("")),
            107,
            "channel required",
        ),
        (
            "publish",
            with("channel", json!(long)),
            107,
            "more than 255",
        ),
        ("publish", json!({"channel": "a"}), 107, "data required"),
        (
            "publish",
            with("b64data", json!("?")),
            107,
            "b64data is not base64",
        ),
        ("publish", with("version", json!(7)), 108, "`version`"),
        (
            "publish",
            with("tags", json!({"": "y"})),
            107,
            "must have a name",
        ),
        ("publish", with("tags", json!({"event": ""})), 107, "1 to"),
        (
            "publish",
            with("idempotency_key", json!(long)),
            107,
            "idempotency_key",
        ),
        ("broadcast", json!({"data": 1}), 107, "channels required"),
        (
            "broadcast",
            json!({"data": 1, "channels": []}),
            107,
            "channels required",
        ),
        (
            "map_publish",
            json!({"channel": "a", "key": "k"}),
            108,
            "map",
        ),
        ("shared_poll_publish", json!({}), 108, "shared poll"),
        ("rpc", json!({"method": "x"}), 104, "method not found"),
    ]
}

fn about_clients() -> Vec<Case> {
    let with = |name: &str, value: Value| {
        let mut body = json!({"user": "u1", "channel": "a"});
        body[name] = value;
        body
    };
    let changed = json!({"presence": {"value": true}});
    vec![
        ("subscribe", with("user", Value::Null), 107, "user required"),
        (
            "subscribe",
            with("channel", Value::Null),
            107,
            "channel required",
        ),
        ("subscribe", with("session", json!("s")), 108, "`session`"),
        ("subscribe", with("data", json!({})), 108, "`data`"),
        ("subscribe", with("b64data", json!("e30=")), 108, "`data`"),
        ("subscribe", with("expire_at", json!(5)), 107, "in the past"),
        ("subscribe", with("b64info", json!("AP8=")), 107, "b64info"),
        (
            "subscribe",
            with("info", json!("x".repeat(3_000))),
            107,
            "`info`",
        ),
        ("subscribe", with("override", changed), 108, "`presence`"),
        (
            "subscribe",
            with("recover_since", json!({"offset": 1})),
            108,
            "history",
        ),
        (
            "unsubscribe",
            json!({"user": "u1"}),
            107,
            "channel required",
        ),
        ("disconnect", json!({}), 107, "user required"),
        ("refresh", json!({"client": ""}), 107, "user required"),
    ]
}

fn about_channels() -> Vec<Case> {
    let kept = |since: Value, reverse: bool| json!({"channel": "kept:a", "limit": 1, "since": since, "reverse": reverse});
    let elsewhere = json!({"offset": 1, "epoch": "xyz"});
    vec![
        ("presence", json!({"channel": "a"}), 108, "presence"),
        ("presence_stats", json!({"channel": "a"}), 108, "presence"),
        ("presence", json!({}), 107, "channel required"),
        ("history", json!({"channel": "a"}), 108, "history"),
        ("history", kept(json!({"offset": 0}), true), 107, "offset 0"),
        (
            "history",
            kept(elsewhere, false),
            112,
            "unrecoverable position",
        ),
        ("history_remove", json!({"channel": "a"}), 108, "history"),
        ("channels", json!({"pattern": "["}), 107, "`[`"),
    ]
}

#[tokio::test]
async fn every_mistake_has_its_code() {
    let world = world::start_with_centrifugo().await;
    let _client = world.join("u1").await;
    let kept = json!({"channel": "kept:a", "data": 1});
    world.result("publish", kept).await;
    let all = [about_publications(), about_clients(), about_channels()];
    for (method, body, code, said) in all.concat() {
        let body = body.to_string();
        let answer = world.command(method, &body).await;
        let error = &answer.json()["error"];
        let found = (answer.status, &error["code"]);
        assert_eq!(found, (200, &json!(code)), "{method} {body}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(said), "{method} {body}: {error}");

        let status = match code {
            104 => 404,
            112 => 416,
            _ => 400,
        };
        let headers = format!("X-API-Key: {KEY}\r\nX-Centrifugo-Error-Mode: transport\r\n");
        let path = format!("/centrifugo/api/{method}");
        let answer = http::request(world.admin, "POST", &path, &headers, &body).await;
        let found = (answer.status, &answer.json());
        assert_eq!(found, (status, error), "{method} {body}");
    }
    world.stop().await;
}

#[tokio::test]
async fn bounds_of_the_hub_are_errors() {
    let limits = wirehub_model::Limits {
        subscriptions: 1,
        ..wirehub_model::Limits::default()
    };
    let world = world::start_with_centrifugo().await;
    let namespaces = wirehub_model::Namespaces::default();
    world.hub.reload(limits, namespaces).await.unwrap();
    let _client = world.join("u1").await;
    world
        .result("subscribe", json!({"user": "u1", "channel": "a"}))
        .await;
    let body = json!({"user": "u1", "channel": "b"}).to_string();
    let answer = world.command("subscribe", &body).await.json();
    assert_eq!(answer["error"]["code"], 106, "{answer}");
    world.stop().await;
}
