//! `/api/batch`: several commands in one request.

use serde_json::{Value, json};
use wirehub::{
    Hub,
    auth::{ApiAccess, ApiKeys, ApiScope, HashedKey, KeyDigest},
};
use wirehub_http::AdminSettings;
use wirehub_model::{Secret, TopicFilter};

use crate::{http, world};

fn published(topic: &str, data: &str) -> Value {
    json!({ "publish": { "topic": topic, "data": data } })
}

#[tokio::test]
async fn commands_are_done_one_after_the_other_and_answered_in_their_order() {
    let world = world::start().await;
    let mut ann = world.join("ann").await;
    ann.subscribe("kept/a").await;
    let commands = json!({ "commands": [
        published("kept/a", "one"),
        published("kept/a", "two"),
        { "history": { "topic": "kept/a", "limit": 1 } },
        { "send": { "to": { "user": "nobody" }, "data": 1 } },
        { "info": {} },
    ]});
    let answer = world.post("/api/batch", &commands.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answers = &answer.json()["answers"];
    assert_eq!(answers.as_array().unwrap().len(), 5);
    assert_eq!(answers[0]["publish"]["offset"], 1);
    assert_eq!(answers[1]["publish"]["offset"], 2);
    assert_eq!(answers[2]["history"]["messages"][0]["data"], "two");
    assert_eq!(answers[3], json!({ "send": { "connections": 0 } }));
    assert_eq!(answers[4]["info"]["shards"], 2);
    world.stop().await;
}

#[tokio::test]
async fn a_command_that_is_wrong_is_named_and_keeps_no_other_from_being_done() {
    let world = world::start().await;
    let commands = json!({ "commands": [
        { "publsh": {} },
        5,
        {},
        { "batch": { "commands": [] } },
        { "publish": { "topic": "kept/a" } },
        { "publish": { "topic": "a", "data": 1 }, "send": {} },
        { "history": { "topic": "none" } },
        published("kept/a", "all the same"),
    ]});
    let answer = world.post("/api/batch", &commands.to_string()).await;
    let mut answers = answer.json()["answers"].take();
    let done = answers.as_array_mut().unwrap().pop().unwrap();
    assert_eq!(done["publish"]["offset"], 1);
    let errors = answers.as_array().unwrap().iter().map(|it| &it["error"]);
    let errors: Vec<_> = errors
        .map(|error| (&error["code"], &error["message"]))
        .collect();
    let expected = [
        ("bad_request", "the command has no field `publsh`"),
        (
            "bad_request",
            "the command must be a JSON object, not a number",
        ),
        ("bad_request", "the command must have one field, its name"),
        ("bad_request", "the command has no field `batch`"),
        ("bad_request", "`data` is missing"),
        ("bad_request", "the command must have one field, its name"),
        (
            "not_enabled",
            "the topic keeps no history; its namespace needs `history`",
        ),
    ];
    let expected = expected.map(|(code, message)| (json!(code), json!(message)));
    let expected: Vec<_> = expected
        .iter()
        .map(|(code, message)| (code, message))
        .collect();
    assert_eq!(errors, expected);
    assert_eq!(answers[0]["error"]["hint"], "did you mean `publish`?");
    world.stop().await;
}

#[tokio::test]
async fn every_command_is_held_against_the_scopes_and_topics_of_the_key() {
    let key = "a key that publishes news";
    let access = ApiAccess::new(
        vec![ApiScope::Publish],
        vec![TopicFilter::parse("news/#").unwrap()],
    );
    let hashed = HashedKey {
        name: "news".to_owned(),
        digest: KeyDigest::of(&Secret::new(key.to_owned())),
        access,
    };
    let settings = AdminSettings::new(ApiKeys::new(&[], &[hashed]).unwrap());
    let world = world::start_with(Hub::builder(), settings).await;
    let commands = json!({ "commands": [
        published("news/a", "mine"),
        published("orders/1", "not mine"),
        { "disconnect": { "user": "ann" } },
    ]});
    let header = format!("authorization: Bearer {key}\r\n");
    let commands = commands.to_string();
    let answer = http::request(world.admin, "POST", "/api/batch", &header, &commands).await;
    let answers = &answer.json()["answers"];
    assert_eq!(answers[0]["publish"]["offset"], 1, "{answers}");
    let message = |place: usize| answers[place]["error"]["message"].as_str().unwrap();
    assert_eq!(message(1), "the API key may not touch `orders/1`");
    assert_eq!(message(2), "the API key has no scope `connections`");
    world.stop().await;
}

#[tokio::test]
async fn many_are_under_way_at_a_time_when_order_does_not_matter() {
    let world = world::start().await;
    let topics: Vec<_> = (0..300).map(|number| format!("kept/{number}")).collect();
    let commands: Vec<_> = topics.iter().map(|topic| published(topic, topic)).collect();
    let batch = json!({ "parallel": true, "commands": commands });
    let answer = world.post("/api/batch", &batch.to_string()).await;
    let answers = answer.json()["answers"].take();
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), topics.len());
    assert!(
        answers
            .iter()
            .all(|answer| answer["publish"]["offset"] == 1)
    );
    let history: Vec<_> = topics
        .iter()
        .map(|topic| json!({ "history": { "topic": topic } }))
        .collect();
    let batch = json!({ "parallel": true, "commands": history });
    let answer = world.post("/api/batch", &batch.to_string()).await;
    let answers = answer.json()["answers"].take();
    let said = answers.as_array().unwrap().iter();
    let said: Vec<_> = said
        .map(|it| it["history"]["messages"][0]["data"].clone())
        .collect();
    assert_eq!(said, topics, "answers come in the order of the commands");
    world.stop().await;
}

#[tokio::test]
async fn a_batch_is_bounded() {
    let world = world::start().await;
    let commands = vec![json!({ "info": {} }); 1_001];
    let batch = json!({ "commands": commands }).to_string();
    let (status, code, message) = world.post("/api/batch", &batch).await.error();
    assert_eq!((status, code.as_str()), (400, "bad_request"));
    assert_eq!(message, "`commands` has 1001 commands, more than 1000");
    for (body, wrong) in [
        ("{}", "`commands` is missing"),
        (
            r#"{"commands":{}}"#,
            "`commands` must be an array, not an object",
        ),
        (
            r#"{"commands":[],"parallel":1}"#,
            "`parallel` must be a truth value, not a number",
        ),
    ] {
        let (status, _, message) = world.post("/api/batch", body).await.error();
        assert_eq!((status, message.as_str()), (400, wrong));
    }
    world.stop().await;
}
