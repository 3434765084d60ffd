//! The methods of Centrifugo's server API, against a hub with clients of our own.

use serde_json::{Value, json};

use crate::world::{self, KEY, World};

/// Spaces, an escape and a long number: nothing a parser would write the same way again.
const DATA: &str = r#"{"b" : [1.0,  1e2, 12345678901234567890123], "a": "\u00e9\/"}"#;

async fn presence(world: &World, channel: &str) -> Value {
    let result = world.result("presence", json!({"channel": channel})).await;
    result["presence"].clone()
}

#[tokio::test]
async fn publications_reach_topics_byte_for_byte() {
    let world = world::start_with_centrifugo().await;
    let mut client = world.join("u1").await;
    client.subscribe("chat/room1").await;
    let body = format!(r#"{{"channel":"chat:room1","data":{DATA},"tags":{{"event":"said"}}}}"#);
    let answer = world.command("publish", &body).await;
    let result = &answer.json()["result"];
    assert_eq!(result["offset"], 1, "{}", answer.body);
    assert!(result["epoch"].is_string());
    let text = client.text().await;
    assert!(text.contains(&format!(r#""data":{DATA}"#)), "{text}");
    assert!(text.contains(r#""event":"said""#), "{text}");

    // What Centrifugo's own clients leave out, and what is only a hint, changes nothing.
    let body = json!({"channel": "chat:room1", "data": null, "delta": true, "skip_history": true,
        "version": 0, "version_epoch": "", "tags": null, "b64data": "", "later": {"new": 1}});
    world.result("publish", body).await;
    assert!(client.text().await.contains(r#""data":null"#));
    let body = json!({"channel": "chat:room1", "b64data": "AP8="});
    world.result("publish", body).await;
    assert!(client.text().await.contains(r#""binary":"AP8=""#));
    world.stop().await;
}

#[tokio::test]
async fn the_same_publication_is_published_once() {
    let world = world::start_with_centrifugo().await;
    let body = json!({"channel": "kept:a", "data": 1, "idempotency_key": "order 42"});
    let first = world.result("publish", body.clone()).await;
    assert_eq!(world.result("publish", body).await, first);
    let body = json!({"channel": "kept:b", "data": 1, "idempotency_key": "order 42"});
    assert_eq!(world.result("publish", body).await["offset"], 1);
    let top = world.result("history", json!({"channel": "kept:a"})).await;
    assert_eq!(top["offset"], 1);
    world.stop().await;
}

#[tokio::test]
async fn a_broadcast_says_what_became_of_each() {
    let world = world::start_with_centrifugo().await;
    let mut client = world.join("u1").await;
    client.subscribe("a/#").await;
    let channels: Vec<String> = (0..150).map(|number| format!("a:{number}")).collect();
    let mut with_bad = channels.clone();
    with_bad.insert(7, String::new());
    let body = json!({"channels": with_bad, "data": {"n": 1}});
    let result = world.result("broadcast", body).await;
    let responses = result["responses"].as_array().unwrap();
    assert_eq!(responses.len(), 151);
    for (place, response) in responses.iter().enumerate() {
        let expected = if place == 7 { "error" } else { "result" };
        assert!(response.get(expected).is_some(), "{place}: {response}");
    }
    assert_eq!(responses[7]["error"]["code"], 107);
    for _ in 0..150 {
        assert!(client.text().await.contains(r#""data":{"n":1}"#));
    }
    world.stop().await;
}

#[tokio::test]
async fn clients_are_subscribed_and_unsubscribed() {
    let world = world::start_with_centrifugo().await;
    let (mut first, mut second) = (world.join("u1").await, world.join("u1").await);
    let body = json!({"user": "u1", "channel": "rooms:a", "info": {"name": "Ann"}});
    assert_eq!(world.result("subscribe", body).await, json!({}));
    for client in [&mut first, &mut second] {
        let text = client.text().await;
        assert!(text.contains(r#""topic":"rooms/a""#), "{text}");
    }
    let here = presence(&world, "rooms:a").await;
    let expected = json!({"user": "u1", "client": first.connection, "conn_info": {"name": "Ann"}});
    assert_eq!(here[&first.connection], expected);
    let stats = world
        .result("presence_stats", json!({"channel": "rooms:a"}))
        .await;
    assert_eq!(stats, json!({"num_clients": 2, "num_users": 1}));

    let body = json!({"user": "u1", "client": first.connection, "channel": "rooms:a"});
    assert_eq!(world.result("unsubscribe", body).await, json!({}));
    assert!(first.text().await.contains("not_subscribed"));
    assert_eq!(
        presence(&world, "rooms:a").await.as_object().unwrap().len(),
        1
    );

    // A client of somebody else's, and one that never was, are nobody.
    for (user, client) in [("u2", second.connection.as_str()), ("u1", "no-such-client")] {
        let body = json!({"user": user, "client": client, "channel": "rooms:b"});
        assert_eq!(world.result("subscribe", body.clone()).await, json!({}));
        assert_eq!(world.result("unsubscribe", body).await, json!({}));
    }
    assert_eq!(presence(&world, "rooms:b").await, json!({}));
    world.stop().await;
}

#[tokio::test]
async fn a_subscription_may_begin_with_what_was_missed() {
    let world = world::start_with_centrifugo().await;
    let placed = world
        .result("publish", json!({"channel": "kept:a", "data": 1}))
        .await;
    world
        .result("publish", json!({"channel": "kept:a", "data": 2}))
        .await;
    for (user, epoch, recovered) in [
        ("u1", placed["epoch"].clone(), true),
        ("u2", json!(""), true),
        ("u3", json!("another"), false),
    ] {
        let mut client = world.join(user).await;
        let since = json!({"offset": 1, "epoch": epoch});
        let b64info = "eyJuIjoxfQ==";
        let body = json!({"user": user, "channel": "kept:a", "recover_since": since,
            "expire_at": 4_000_000_000_u32, "b64info": b64info, "override": {"presence": null}});
        world.result("subscribe", body).await;
        let text = client.text().await;
        assert!(
            text.contains(&format!(r#""recovered":{recovered}"#)),
            "{text}"
        );
        if recovered {
            assert!(client.text().await.contains(r#""data":2"#));
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn clients_are_disconnected_but_for_those_on_a_list() {
    let world = world::start_with_centrifugo().await;
    let (mut first, mut second) = (world.join("u1").await, world.join("u1").await);
    let body = json!({"user": "u1", "whitelist": [second.connection]});
    assert_eq!(world.result("disconnect", body).await, json!({}));
    assert_eq!(first.text().await, "close 4410");
    let disconnect = json!({"code": 4000, "reason": "come back"});
    let body = json!({"user": "u1", "client": second.connection, "disconnect": disconnect});
    world.result("disconnect", body).await;
    assert_eq!(second.text().await, "close 1012");
    world.stop().await;
}

#[tokio::test]
async fn clients_stay_as_long_as_they_are_let() {
    let world = world::start_with_centrifugo().await;
    let mut client = world.join("u1").await;
    let stay = json!({"user": "u1", "expire_at": 4_000_000_000_u32, "info": {"name": "Ann"}});
    assert_eq!(world.result("refresh", stay).await, json!({}));
    client.subscribe("rooms/a").await;
    let here = presence(&world, "rooms:a").await;
    assert_eq!(
        here[&client.connection]["conn_info"],
        json!({"name": "Ann"})
    );
    world.result("refresh", json!({"user": "u1"})).await;
    world
        .result("refresh", json!({"user": "u2", "expired": true}))
        .await;
    world
        .result("refresh", json!({"user": "u1", "expired": true}))
        .await;
    assert_eq!(client.text().await, "close 4402");
    let mut other = world.join("u1").await;
    world
        .result("refresh", json!({"user": "u1", "expire_at": 1}))
        .await;
    assert_eq!(other.text().await, "close 4402");
    world.stop().await;
}

/// The offsets of a page of history.
fn offsets(result: &Value) -> Vec<u64> {
    let publications = result["publications"].as_array().unwrap().iter();
    publications
        .map(|one| one["offset"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn history_is_read_in_both_directions_and_removed() {
    let world = world::start_with_centrifugo().await;
    for number in 1..=7 {
        let body = json!({"channel": "kept:a", "data": number, "tags": {"event": "e"}});
        world.result("publish", body).await;
    }
    let top = world.result("history", json!({"channel": "kept:a"})).await;
    assert_eq!(
        (&top["publications"], &top["offset"]),
        (&json!([]), &json!(7))
    );
    let epoch = top["epoch"].as_str().unwrap().to_owned();
    let since = |offset: u64| json!({"offset": offset, "epoch": epoch});
    for (body, expected) in [
        (json!({"limit": -1}), vec![3, 4, 5, 6, 7]),
        (json!({"limit": 2}), vec![3, 4]),
        (json!({"limit": 2, "reverse": true}), vec![7, 6]),
        (json!({"limit": 100, "since": since(5)}), vec![6, 7]),
        (json!({"limit": 100, "since": {"offset": 5}}), vec![6, 7]),
        (json!({"limit": 1, "since": since(5)}), vec![6]),
        (json!({"limit": 100, "since": since(7)}), vec![]),
        (json!({"limit": 100, "since": since(900)}), vec![]),
        (
            json!({"limit": 2, "since": since(6), "reverse": true}),
            vec![5, 4],
        ),
        (
            json!({"limit": 2, "since": since(900), "reverse": true}),
            vec![7, 6],
        ),
        (json!({"limit": 0, "since": since(5)}), vec![]),
    ] {
        let mut body = body;
        body["channel"] = "kept:a".into();
        let result = world.result("history", body.clone()).await;
        assert_eq!(offsets(&result), expected, "{body}");
        assert_eq!(
            (&result["offset"], &result["epoch"]),
            (&json!(7), &json!(epoch))
        );
    }
    let one = world
        .result("history", json!({"channel": "kept:a", "limit": 1}))
        .await;
    let expected = json!({"data": 3, "offset": 3, "tags": {"event": "e"}});
    assert_eq!(one["publications"][0], expected);

    let removed = world
        .result("history_remove", json!({"channel": "kept:a"}))
        .await;
    assert_eq!(removed, json!({}));
    let rest = world
        .result("history", json!({"channel": "kept:a", "limit": -1}))
        .await;
    assert_eq!((offsets(&rest), &rest["offset"]), (vec![], &json!(7)));
    world.stop().await;
}

#[tokio::test]
async fn bytes_are_told_as_base64() {
    let world = world::start_with_centrifugo().await;
    let body = json!({"channel": "kept:a", "b64data": "AP8="});
    world.result("publish", body).await;
    let page = world
        .result("history", json!({"channel": "kept:a", "limit": 1}))
        .await;
    let expected = json!({"data": "AP8=", "offset": 1, "tags": {"encoding": "base64"}});
    assert_eq!(page["publications"][0], expected);
    world.stop().await;
}

#[tokio::test]
async fn channels_are_listed_by_pattern() {
    let world = world::start_with_centrifugo().await;
    let (mut first, mut second) = (world.join("u1").await, world.join("u2").await);
    for topic in ["chat/a", "chat/b/c", "news", "inbox/%2342", "chat/#"] {
        first.subscribe(topic).await;
    }
    second.subscribe("chat/a").await;
    let channel = |count: u64| json!({"num_clients": count});
    for (body, expected) in [
        (
            json!({}),
            json!({"chat:a": channel(2), "chat:b:c": channel(1), "news": channel(1),
                "inbox:#42": channel(1)}),
        ),
        (
            json!({"pattern": "chat:*"}),
            json!({"chat:a": channel(2), "chat:b:c": channel(1)}),
        ),
        (json!({"pattern": "{news,x}"}), json!({"news": channel(1)})),
        (json!({"pattern": "nothing"}), json!({})),
    ] {
        let result = world.result("channels", body.clone()).await;
        assert_eq!(result, json!({"channels": expected}), "{body}");
    }
    world.stop().await;
}

#[tokio::test]
async fn info_counts_what_is_there() {
    let world = world::start_with_centrifugo().await;
    let mut client = world.join("u1").await;
    client.subscribe("a").await;
    let info = world.result("info", json!({})).await;
    let [node] = info["nodes"].as_array().unwrap().as_slice() else {
        panic!("not one node: {info}");
    };
    for (field, count) in [
        ("num_clients", 1),
        ("num_users", 1),
        ("num_subs", 1),
        ("num_channels", 1),
    ] {
        assert_eq!(node[field], count, "{field}");
    }
    assert_eq!(
        (&node["name"], &node["version"]),
        (&json!("wirehub"), &json!(env!("CARGO_PKG_VERSION")))
    );
    assert_eq!(node["uid"].as_str().unwrap().len(), 16);
    assert!(node["uptime"].is_u64());
    assert_eq!(
        world.command("info", "").await.json()["result"]["nodes"][0]["uid"],
        node["uid"]
    );
    world.stop().await;
}

#[tokio::test]
async fn a_batch_is_answered_in_order() {
    let world = world::start_with_centrifugo().await;
    for parallel in [false, true] {
        let channel = format!("kept:{parallel}");
        let commands = json!([
            {"publish": {"channel": channel, "data": 1}},
            {"presence": {"channel": channel}},
            {"publish": null, "history": {"channel": "kept:other"}},
            {"batch": {"commands": []}},
            {"unheard_of": {}},
            {},
        ]);
        let body = json!({"commands": commands, "parallel": parallel}).to_string();
        let answer = world.command("batch", &body).await.json();
        assert!(answer.get("result").is_none(), "{answer}");
        let replies = answer["replies"].as_array().unwrap();
        assert_eq!(replies[0]["publish"]["offset"], 1);
        assert_eq!(replies[1]["error"]["code"], 108);
        assert_eq!(replies[2]["history"]["offset"], 0);
        for reply in &replies[3..] {
            assert_eq!(reply["error"]["code"], 104);
        }
        assert_eq!(replies.len(), 6);
    }
    world.stop().await;
}

#[tokio::test]
async fn commands_may_come_as_lines() {
    let world = world::start_with_centrifugo().await;
    let body = r#"{"id":1,"method":"publish","params":{"channel":"kept:a","data":1}}
{"method":"history","params":{"channel":"kept:a"}}
{"id":3,"method":"unheard_of","params":{}}{"id":4,"method":"info"}"#;
    let key = format!("X-API-Key: {KEY}\r\n");
    let answer = crate::http::request(world.admin, "POST", "/centrifugo/api", &key, body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let lines: Vec<Value> = answer
        .body
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&lines[0]["id"], &lines[0]["result"]["offset"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        (lines[1].get("id"), &lines[1]["result"]["offset"]),
        (None, &json!(1))
    );
    assert_eq!(
        (&lines[2]["id"], &lines[2]["error"]["code"]),
        (&json!(3), &json!(104))
    );
    assert!(lines[3]["result"]["nodes"].is_array());
    assert_eq!(lines.len(), 4);
    world.stop().await;
}
