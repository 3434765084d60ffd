//! The doors of Centrifugo's clients, at the socket: closed unless asked for, strict at the
//! handshake, and with the codes that those clients act on behind it.

use std::time::Duration;

use serde_json::json;
use wirehub::{
    CentrifugoSettings, DialectSettings, DrainSettings, Hub, HubSettings, StartError,
    auth::CentrifugoClaims,
};
use wirehub_model::{Heartbeat, Limits};

use crate::{
    client::{Client, Seen, request},
    world::{self, World, settings, token},
};

const PATH: &str = "/connection/websocket";

fn with_centrifugo() -> HubSettings {
    let mut settings = settings();
    settings.door.auth.centrifugo = Some(CentrifugoClaims::default());
    settings.dialects = DialectSettings {
        centrifugo: Some(CentrifugoSettings::default()),
    };
    settings
}

async fn start(settings: HubSettings) -> World {
    world::start_with(Hub::builder().settings(settings)).await
}

async fn status(world: &World, path: &str, headers: &str) -> String {
    let (_, answer) = request(world.address, path, headers).await;
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

/// Says who it is, and reads that it is in.
async fn enter(world: &World, user: &str) -> Client {
    let mut client = Client::open(world.address, PATH).await;
    let connect = json!({ "id": 1, "connect": { "token": token(user, "#") } });
    let answer = client.ask(&connect.to_string()).await;
    assert!(answer["connect"]["client"].is_string(), "{answer}");
    client
}

#[tokio::test]
async fn nobody_comes_in_unless_asked_for() {
    let world = world::start().await;
    assert_eq!(status(&world, PATH, "").await, "404");
    // A native client finds no foreign dialect behind its own door either.
    let foreign = "Sec-WebSocket-Protocol: centrifuge-json\r\n";
    assert_eq!(status(&world, "/ws", foreign).await, "400");
    world.hub.stop().await;
}

#[tokio::test]
async fn handshakes_choose_the_encoding() {
    let world = start(with_centrifugo()).await;
    for (path, headers, expected) in [
        (PATH, "", "101"),
        (PATH, "Sec-WebSocket-Protocol: \r\n", "101"),
        (PATH, "Sec-WebSocket-Protocol: centrifuge-json\r\n", "101"),
        (
            PATH,
            "Sec-WebSocket-Protocol: centrifuge-protobuf\r\n",
            "101",
        ),
        (PATH, "Sec-WebSocket-Protocol: wirehub.v1.json\r\n", "400"),
        (PATH, "Origin: https://evil.example\r\n", "403"),
        ("/connection/websocket?format=protobuf", "", "101"),
        ("/connection/websocket/", "", "404"),
        ("/connection/sse", "", "404"),
    ] {
        assert_eq!(
            status(&world, path, headers).await,
            expected,
            "{path} {headers}"
        );
    }
    let chosen = "Sec-WebSocket-Protocol: other, centrifuge-protobuf\r\n";
    let (_, answer) = request(world.address, PATH, chosen).await;
    assert!(answer.contains("centrifuge-protobuf"), "{answer}");
    world.hub.stop().await;
}

#[tokio::test]
async fn both_tongues_are_spoken_in_one_room() {
    let world = start(with_centrifugo()).await;
    let (mut ann, mut bob) = (enter(&world, "ann").await, world.join("bob").await);
    let begun = ann
        .ask(r#"{"id":2,"subscribe":{"channel":"chat:1"}}"#)
        .await;
    assert_eq!(begun, json!({ "id": 2, "subscribe": {} }));
    bob.ask(r#"{"type":"subscribe","id":1,"topic":"chat/1"}"#)
        .await;
    ann.ask(r#"{"id":3,"publish":{"channel":"chat:1","data":{"hello":1}}}"#)
        .await;
    let heard = bob.message().await;
    assert_eq!(
        (&heard["topic"], &heard["data"]),
        (&json!("chat/1"), &json!({ "hello": 1 }))
    );
    bob.ask(r#"{"type":"publish","id":2,"topic":"chat/1","event":"wave","data":[2]}"#)
        .await;
    let own = ann.message().await;
    assert_eq!(own["push"]["pub"]["data"], json!({ "hello": 1 }));
    let heard = ann.message().await;
    assert_eq!(heard["push"]["channel"], "chat:1");
    assert_eq!(heard["push"]["pub"]["data"], json!([2]));
    assert_eq!(heard["push"]["pub"]["tags"], json!({ "event": "wave" }));
    world.hub.stop().await;
}

#[tokio::test]
async fn who_breaks_the_protocol_is_closed_for_good() {
    let world = start(with_centrifugo()).await;
    for (message, code) in [
        (r#"{"id":1,"subscribe":{"channel":"a"}}"#, 3501),
        ("hello", 3501),
        ("{}", 3501),
        (r#"{"type":"connect","id":1}"#, 3501),
        (r#"{"id":1,"connect":{"token":"forged"}}"#, 3500),
        (r#"{"id":1,"connect":{}}"#, 3500),
    ] {
        let mut client = Client::open(world.address, PATH).await;
        client.send(message).await;
        assert_eq!(client.close_code().await, code, "{message}");
    }
    let mut client = enter(&world, "ann").await;
    client.send(r#"{"id":2,"connect":{}}"#).await;
    assert_eq!(client.close_code().await, 3501);
    let mut client = enter(&world, "ann").await;
    client.send(r#"{"send":{"data":1}}"#).await;
    assert_eq!(client.close_code().await, 3508);
    let mut client = enter(&world, "ann").await;
    client.send(&"x".repeat(70_000)).await;
    assert_eq!(client.close_code().await, 1009);
    world.hub.stop().await;
}

#[tokio::test]
async fn who_says_nothing_is_stale() {
    let mut settings = with_centrifugo();
    settings.limits = Limits {
        authentication_timeout: Duration::from_millis(50),
        ..Limits::default()
    };
    let world = start(settings).await;
    let mut client = Client::open(world.address, PATH).await;
    assert_eq!(client.close_code().await, 3502);
    world.hub.stop().await;
}

#[tokio::test]
async fn who_does_not_answer_a_ping_is_gone() {
    let mut settings = with_centrifugo();
    settings.heartbeat = Heartbeat {
        interval: Duration::from_millis(200),
        timeout: Duration::from_millis(200),
    };
    let world = start(settings).await;
    let mut client = enter(&world, "ann").await;
    assert_eq!(
        client.message().await,
        json!({}),
        "a ping is a message here"
    );
    assert_eq!(client.close_code().await, 3012);
    world.hub.stop().await;
}

#[tokio::test]
async fn a_drain_sends_them_to_come_back() {
    let world = start(with_centrifugo()).await;
    let mut client = enter(&world, "ann").await;
    let drain = DrainSettings {
        spread: Duration::ZERO,
        ..DrainSettings::default()
    };
    let leave = async {
        let code = client.close_code().await;
        client.send_close().await;
        code
    };
    let ((), code) = tokio::join!(world.hub.drain(drain), leave);
    assert_eq!(code, 3001);
    world.hub.stop().await;
}

#[tokio::test]
async fn nothing_is_kept_of_those_who_are_gone() {
    let world = start(with_centrifugo()).await;
    let mut client = enter(&world, "ann").await;
    client.ask(r#"{"id":2,"subscribe":{"channel":"a"}}"#).await;
    drop(client);
    world
        .until(|report| report.total.core.connections.iter().sum::<u64>() == 0)
        .await;
    assert_eq!(world.hub.report().await.total.core.sessions_parked, 0);
    world.hub.stop().await;
}

#[tokio::test]
async fn paths_have_to_differ() {
    let mut settings = with_centrifugo();
    settings.path = PATH.to_owned();
    let refused = Hub::builder().settings(settings).start().await;
    assert!(
        matches!(refused, Err(StartError::Streams(_))),
        "{refused:?}"
    );
}

/// A client that is closed is told nothing more.
#[tokio::test]
async fn nothing_follows_a_goodbye() {
    let world = start(with_centrifugo()).await;
    let mut client = enter(&world, "ann").await;
    client
        .send("{\"id\":0,\"publish\":{}}\n{\"id\":3,\"presence\":{\"channel\":\"a\"}}")
        .await;
    assert_eq!(client.next().await, Seen::Close(3501));
    client.send_close().await;
    client.ended().await;
    world.hub.stop().await;
}
