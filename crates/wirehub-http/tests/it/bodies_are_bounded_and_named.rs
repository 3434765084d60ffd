//! Bodies that are wrong are refused with the place of the mistake.

use wirehub_http::AdminSettings;

use crate::world;

#[tokio::test]
async fn mistakes_are_named() {
    let world = world::start().await;
    let long = format!(r#"{{"topic":"{}","data":1}}"#, "x".repeat(256));
    for (body, message) in [
        ("", "the body is empty"),
        ("[1]", "the body must be a JSON object, not an array"),
        (
            r#"{"topic":"t","data":1"#,
            "the body is not valid JSON: EOF",
        ),
        (
            r#"{"topic":"t","data":1} 2"#,
            "the body is not valid JSON: trailing",
        ),
        (
            r#"{"topic":"t","data":tru}"#,
            "the body is not valid JSON: expected",
        ),
        (r#"{"topic":"t"}"#, "`data` is missing"),
        (r#"{"data":1}"#, "`topic` is missing"),
        (r#"{"topic":null,"data":1}"#, "`topic` is missing"),
        (
            r#"{"topic":7,"data":1}"#,
            "`topic` must be a string, not a number",
        ),
        (
            r#"{"topic":"t","data":1,"ttl":"9"}"#,
            "`ttl` must be a number, not a string",
        ),
        (
            r#"{"topic":"t","data":1,"ttl":0}"#,
            "`ttl` must be a number of seconds",
        ),
        (
            r#"{"topic":"t","data":1,"ttl":1e999}"#,
            "`ttl` cannot be read: number out of range",
        ),
        (
            r#"{"topic":"t","data":1,"event":""}"#,
            "`event` must have 1 to 255 bytes",
        ),
        (
            r#"{"topic":"t","topic":"u","data":1}"#,
            "`topic` is there twice",
        ),
        (
            r#"{"topic":"a/+","data":1}"#,
            "topic holds the wildcard `+`",
        ),
        (r#"{"topic":"","data":1}"#, "topic is empty"),
        (&long, "topic has 256 bytes, more than 255"),
    ] {
        let (status, code, said) = world.post("/api/publish", body).await.error();
        assert_eq!((status, code.as_str()), (400, "bad_request"), "{body}");
        assert!(said.starts_with(message), "{body}: {said}");
    }
    world.stop().await;
}

#[tokio::test]
async fn unknown_fields_are_refused_with_the_nearest_name() {
    let world = world::start().await;
    let refused = world
        .post("/api/publish", r#"{"topik":"t","data":1}"#)
        .await;
    assert_eq!(refused.error().2, "the body has no field `topik`");
    assert_eq!(refused.hint(), "did you mean `topic`?");

    let refused = world
        .post("/api/send", r#"{"to":{"users":["u"]},"data":1}"#)
        .await;
    assert_eq!(refused.error().2, "`to` has no field `users`");
    assert_eq!(refused.hint(), "did you mean `user`?");

    let refused = world
        .post("/api/broadcast", r#"{"zzzzzzzz":1,"data":1}"#)
        .await;
    assert_eq!(refused.hint(), "the fields are `event`, `data`");
    world.stop().await;
}

#[tokio::test]
async fn recipients_are_one_user_or_one_connection() {
    let world = world::start().await;
    for (to, message) in [
        ("{}", "`to` must have either `user` or `connection`"),
        (
            r#"{"user":"u","connection":"c_1"}"#,
            "`to` must have either",
        ),
        (r#""u1""#, "`to` must be a JSON object, not a string"),
        (r#"{"user":""}"#, "user must have 1 to 255 bytes"),
        (
            r#"{"connection":"x"}"#,
            "`connection` is not a connection id",
        ),
    ] {
        let body = format!(r#"{{"to":{to},"data":1}}"#);
        let (status, _, said) = world.post("/api/send", &body).await.error();
        assert_eq!(status, 400, "{to}");
        assert!(said.starts_with(message), "{to}: {said}");
    }
    world.stop().await;
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let settings = AdminSettings {
        body_bytes: 1_000,
        ..world::settings()
    };
    let world = world::start_with(wirehub::Hub::builder(), settings).await;
    let body = |bytes: usize| {
        let around = r#"{"topic":"t","data":""}"#.len();
        format!(r#"{{"topic":"t","data":"{}"}}"#, "x".repeat(bytes - around))
    };
    assert_eq!(world.post("/api/publish", &body(1_000)).await.status, 200);
    let (status, code, _) = world.post("/api/publish", &body(1_001)).await.error();
    assert_eq!((status, code.as_str()), (413, "too_large"));
    world.stop().await;
}
