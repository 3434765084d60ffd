//! `/api/history`, `/api/presence` and the keys of `/api/publish`.

use serde_json::json;

use crate::world;

#[tokio::test]
async fn topics_that_remember_nothing_say_which_setting_to_make() {
    let world = world::start().await;
    for (path, body, hint) in [
        (
            "/api/history",
            r#"{"topic":"t","limit":50,"after":{"epoch":"7","offset":3}}"#,
            "set `history.size` of the topic's namespace",
        ),
        (
            "/api/history",
            r#"{"topic":"t","before":{"epoch":"7","offset":0},"after":null}"#,
            "set `history.size` of the topic's namespace",
        ),
        (
            "/api/presence",
            r#"{"topic":"t","limit":0}"#,
            "set `presence` of the topic's namespace",
        ),
    ] {
        let refused = world.post(path, body).await;
        let (status, code, _) = refused.error();
        assert_eq!((status, code.as_str()), (403, "not_enabled"), "{path}");
        assert_eq!(refused.hint(), hint);
    }
    world.stop().await;
}

/// The path, the body, and how its refusal begins.
const MISTAKES: [(&str, &str, &str); 15] = [
    ("history", "{}", "`topic` is missing"),
    ("presence", r#"{"topic":"a/+"}"#, "topic holds the wildcard"),
    (
        "history",
        r#"{"topic":"t","limit":0}"#,
        "`limit` must be a whole number from 1 to 1000",
    ),
    (
        "history",
        r#"{"topic":"t","limit":4294967297}"#,
        "`limit` must be a whole number from 1",
    ),
    (
        "presence",
        r#"{"topic":"t","limit":1001}"#,
        "`limit` must be a whole number from 0 to 1000",
    ),
    (
        "presence",
        r#"{"topic":"t","limit":-1}"#,
        "`limit` must be a whole number from 0",
    ),
    (
        "presence",
        r#"{"topic":"t","limit":1.5}"#,
        "`limit` must be a whole number from 0",
    ),
    (
        "presence",
        r#"{"topic":"t","after":"x"}"#,
        "`after` is not a connection id",
    ),
    (
        "history",
        r#"{"topic":"t","after":3}"#,
        "`after` must be a JSON object, not a number",
    ),
    (
        "history",
        r#"{"topic":"t","after":{"offset":3}}"#,
        "`epoch` is missing",
    ),
    (
        "history",
        r#"{"topic":"t","before":{"epoch":"7"}}"#,
        "`offset` is missing",
    ),
    (
        "history",
        r#"{"topic":"t","before":{"epoch":"a b","offset":3}}"#,
        "`epoch` is not an epoch",
    ),
    (
        "history",
        r#"{"topic":"t","before":{"epoch":"7","offset":-1}}"#,
        "`offset` must be a whole number",
    ),
    (
        "history",
        r#"{"topic":"t","before":{"epoch":"7","offset":9007199254740992}}"#,
        "`offset` must be a whole number from 0 to 2^53-1",
    ),
    (
        "history",
        r#"{"topic":"t","before":{"epoch":"7","offset":1},"after":{"epoch":"7","offset":1}}"#,
        "the body must not have both `after` and `before`",
    ),
];

#[tokio::test]
async fn mistakes_in_questions_are_named() {
    let world = world::start().await;
    for (path, body, message) in MISTAKES {
        let answer = world.post(&format!("/api/{path}"), body).await;
        let (status, code, said) = answer.error();
        assert_eq!((status, code.as_str()), (400, "bad_request"), "{body}");
        assert!(said.starts_with(message), "{body}: {said}");
    }
    let answer = world
        .post("/api/history", r#"{"topic":"t","befor":1}"#)
        .await;
    assert_eq!(answer.hint(), "did you mean `before`?");
    world.stop().await;
}

#[tokio::test]
async fn publications_may_have_keys() {
    let world = world::start().await;
    let body = r#"{"topic":"t","data":1,"key":"BTC-EUR","idempotency_key":"order 42"}"#;
    let answer = world.post("/api/publish", body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["offset"], 1);
    assert_eq!(
        answer.json().get("duplicate"),
        None,
        "it is told only when true"
    );

    let long = json!({"topic": "t", "data": 1, "key": "x".repeat(256)}).to_string();
    for (body, name) in [
        (r#"{"topic":"t","data":1,"key":""}"#, "key"),
        (long.as_str(), "key"),
        (
            r#"{"topic":"t","data":1,"idempotency_key":"a\nb"}"#,
            "idempotency_key",
        ),
    ] {
        let (status, code, said) = world.post("/api/publish", body).await.error();
        assert_eq!((status, code.as_str()), (400, "bad_request"), "{body}");
        let message = format!("`{name}` must have 1 to 255 bytes and no control character");
        assert_eq!(said, message);
    }
    world.stop().await;
}

#[tokio::test]
async fn a_key_of_a_publication_publishes_it_once() {
    let world = world::start().await;
    let mut client = world.join("u1").await;
    client.subscribe("kept/a").await;
    let body = r#"{"topic":"kept/a","data":"first","idempotency_key":"order 42"}"#;
    let first = world.post("/api/publish", body).await.json();
    let again = world.post("/api/publish", body).await.json();
    let expected = json!({"epoch": first["epoch"], "offset": 1, "duplicate": true});
    assert_eq!(again, expected);

    let body = r#"{"topic":"kept/a","data":"second"}"#;
    world.post("/api/publish", body).await;
    for data in ["first", "second"] {
        let text = client.text().await;
        assert!(text.contains(&format!(r#""data":"{data}""#)), "{text}");
    }
    let metrics = world.get("/metrics").await.body;
    assert!(metrics.contains("\nwirehub_publications_duplicate_total 1\n"));
    world.stop().await;
}

#[tokio::test]
async fn history_is_read_both_ways_and_byte_for_byte() {
    let world = world::start().await;
    let data = r#"{"n" : [1.0,  1e2]}"#;
    for number in 1..=7 {
        let event = format!(r#"{{"topic":"kept/a","event":"e{number}","data":{data}}}"#);
        assert_eq!(world.post("/api/publish", &event).await.status, 200);
    }
    let newest = r#"{"topic":"kept/a","limit":2}"#;
    let newest = world.post("/api/history", newest).await;
    let epoch = newest.json()["epoch"].as_str().unwrap().to_owned();
    let expected = format!(
        r#"{{"epoch":"{epoch}","offset":7,"messages":[{{"event":"e6","data":{data},"offset":6}},"#
    ) + &format!(r#"{{"event":"e7","data":{data},"offset":7}}],"more":true}}"#);
    assert_eq!(newest.body, expected);

    for (page, offsets, more) in [
        (
            format!(r#""after":{{"epoch":"{epoch}","offset":5}}"#),
            vec![6, 7],
            None,
        ),
        (
            format!(r#""before":{{"epoch":"{epoch}","offset":6}}"#),
            vec![3, 4, 5],
            None,
        ),
        (
            format!(r#""limit":2,"before":{{"epoch":"{epoch}","offset":6}}"#),
            vec![4, 5],
            Some(true),
        ),
    ] {
        let body = format!(r#"{{"topic":"kept/a",{page}}}"#);
        let json = world.post("/api/history", &body).await.json();
        let messages = json["messages"].as_array().unwrap().iter();
        let found: Vec<_> = messages.map(|message| message["offset"].as_u64()).collect();
        let expected: Vec<_> = offsets.into_iter().map(Some).collect();
        assert_eq!((found, json["more"].as_bool()), (expected, more), "{page}");
    }
    let metrics = world.get("/metrics").await.body;
    assert!(metrics.contains("\nwirehub_history_publications 5\n"));
    world.stop().await;
}

#[tokio::test]
async fn questions_need_the_key_and_the_right_method() {
    let world = world::start().await;
    for path in ["/api/history", "/api/presence"] {
        let answer = crate::http::request(world.admin, "POST", path, "", "{}").await;
        assert_eq!(answer.status, 401, "{path}");
        let answer = world.get(path).await;
        assert_eq!((answer.status, answer.hint().as_str()), (405, "use POST"));
    }
    world.stop().await;
}
