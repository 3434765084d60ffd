//! Clients of Centrifugo in one direction: they say who they are, once, and hear pushes.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};
use wirehub::{CentrifugoTransport, DrainSettings, Hub, Transport};
use wirehub_model::{Heartbeat, Limits, Publish, Topic};

use crate::{
    client::{Client, Seen},
    hearer::{Hearer, in_query, with_all_transports},
    streams_are_strict::until,
    world::{self, World, token},
};

const STREAMS: [CentrifugoTransport; 2] = [
    CentrifugoTransport::UniHttpStream,
    CentrifugoTransport::UniSse,
];
const SOCKET: &str = "/connection/uni_websocket";

async fn start() -> World {
    world::start_with(Hub::builder().settings(with_all_transports())).await
}

async fn publish(world: &World, name: &str, data: &impl serde::Serialize) {
    let message = wirehub::json_message("n", data).unwrap();
    let publish = Publish::to(Topic::parse(name).unwrap(), message);
    world.hub.publish(publish).await.unwrap();
}

/// The next push over a WebSocket; signs of life in between are passed over.
async fn push(socket: &mut Client) -> Value {
    loop {
        let push = socket.message().await;
        if push != json!({}) {
            return push;
        }
    }
}

/// Who it is, and that it wants one channel that it may hear and one that it may not.
fn connect(user: &str) -> String {
    let subs = json!({ "chat:1": {}, "secret": {}, "$chat:1": {} });
    json!({ "token": token(user, "chat/#"), "subs": subs }).to_string()
}

fn check_connected(said: &Value) {
    let connected = &said["connect"];
    assert!(connected["client"].as_str().is_some(), "{said}");
    let subs = connected["subs"].as_object().expect("subscriptions");
    assert_eq!(subs.keys().collect::<Vec<_>>(), ["chat:1"], "{said}");
    assert!(
        connected["ping"].is_u64() && connected["pong"].is_null(),
        "{said}"
    );
}

#[tokio::test]
async fn they_hear_what_they_asked_for_and_may_have() {
    let world = start().await;
    for transport in STREAMS {
        let mut hearer = Hearer::open(world.address, transport, &connect("ann")).await;
        check_connected(&hearer.message().await);
        publish(&world, "secret", &1).await;
        publish(&world, "chat/1", &json!({ "n": 2 })).await;
        let heard = hearer.message().await;
        assert_eq!(
            (&heard["channel"], &heard["pub"]["data"]),
            (&json!("chat:1"), &json!({"n": 2}))
        );
    }
    let mut socket = Client::open(world.address, SOCKET).await;
    socket.send(&connect("ann")).await;
    check_connected(&push(&mut socket).await);
    publish(&world, "chat/1", &3).await;
    assert_eq!(push(&mut socket).await["pub"]["data"], 3);
    let query = in_query(&connect("bob"));
    let mut socket = Client::open(world.address, &format!("{SOCKET}?{query}")).await;
    check_connected(&push(&mut socket).await);
    world.hub.stop().await;
}

#[tokio::test]
async fn who_says_nothing_of_itself_is_nobody() {
    let mut settings = with_all_transports();
    settings.door.auth.anonymous = Some(wirehub_model::Capabilities::default());
    let world = world::start_with(Hub::builder().settings(settings)).await;
    for (transport, said) in [
        (CentrifugoTransport::UniSse, ""),
        (CentrifugoTransport::UniSse, "{}"),
        (CentrifugoTransport::UniHttpStream, "{}"),
    ] {
        let mut hearer = Hearer::open(world.address, transport, said).await;
        let connected = hearer.message().await;
        assert!(connected["connect"]["subs"].is_null(), "{connected}");
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn a_goodbye_says_why() {
    let world = start().await;
    let late = json!({ "token": "forged" }).to_string();
    for (said, code) in [("[", 3501), ("\"x\"", 3501), (&*late, 3500), ("{}", 3500)] {
        for transport in STREAMS {
            let mut hearer = Hearer::open(world.address, transport, said).await;
            assert_eq!(hearer.close_code().await, code, "{transport:?} {said}");
        }
        // Over a WebSocket there is a message as well as a code.
        let mut socket = Client::open(world.address, SOCKET).await;
        socket.send(said).await;
        assert_eq!(
            push(&mut socket).await["disconnect"]["code"],
            code,
            "{said}"
        );
        assert_eq!(socket.next().await, Seen::Close(code), "{said}");
    }
    let mut hearer = Hearer::open(world.address, STREAMS[0], &connect("ann")).await;
    check_connected(&hearer.message().await);
    let drain = DrainSettings {
        spread: Duration::ZERO,
        ..DrainSettings::default()
    };
    let ((), code) = tokio::join!(world.hub.drain(drain), hearer.close_code());
    assert_eq!(code, 3001);
    world.hub.stop().await;
}

#[tokio::test]
async fn over_http_1_0_they_hear_up_to_the_end_of_the_connection() {
    let world = start().await;
    let connect = connect("ann");
    let length = connect.len();
    for (head, before) in [
        ("POST /connection/uni_http_stream", ""),
        ("POST /connection/uni_sse", "data: "),
    ] {
        let mut socket = TcpStream::connect(world.address).await.unwrap();
        let request = format!("{head} HTTP/1.0\r\ncontent-length: {length}\r\n\r\n{connect}");
        socket.write_all(request.as_bytes()).await.unwrap();
        let heard = until(&mut socket, "\"connect\":").await;
        assert!(!heard.contains("chunked"), "{heard}");
        publish(&world, "chat/1", &1).await;
        let heard = until(&mut socket, "\"pub\"").await;
        let push = format!("{before}{{\"channel\":\"chat:1\",\"pub\":{{\"data\":1,");
        assert!(heard.contains(&push), "{heard}");
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn who_cannot_answer_a_ping_is_not_asked_to() {
    let mut settings = with_all_transports();
    settings.tcp.user_timeout = None;
    settings.heartbeat = Heartbeat {
        interval: Duration::from_millis(100),
        timeout: Duration::from_millis(50),
    };
    let world = world::start_with(Hub::builder().settings(settings)).await;
    for transport in STREAMS {
        let mut hearer = Hearer::open(world.address, transport, &connect("ann")).await;
        check_connected(&hearer.message().await);
        for _ in 0..5 {
            assert_eq!(hearer.next().await, Seen::Ping);
        }
    }
    // Over a WebSocket it can, with a frame, and hears a message that says nothing beside it.
    let mut socket = Client::open(world.address, SOCKET).await;
    socket.send(&connect("ann")).await;
    check_connected(&push(&mut socket).await);
    assert_eq!(socket.next().await, Seen::Ping);
    assert_eq!(socket.next().await, Seen::Message(json!({})));
    assert_eq!(socket.close_code().await, 3012);
    world.hub.stop().await;
}

#[tokio::test]
async fn who_goes_on_talking_is_not_heard_and_at_last_closed() {
    let mut settings = with_all_transports();
    settings.limits = Limits {
        bad_messages: 3,
        ..Limits::default()
    };
    let world = world::start_with(Hub::builder().settings(settings)).await;
    let mut socket = Client::open(world.address, SOCKET).await;
    socket.send(&connect("ann")).await;
    check_connected(&push(&mut socket).await);
    for _ in 0..3 {
        socket
            .send(r#"{"id":1,"publish":{"channel":"chat:1","data":1}}"#)
            .await;
    }
    publish(&world, "chat/1", &2).await;
    assert_eq!(push(&mut socket).await["pub"]["data"], 2);
    socket.send("once more").await;
    assert_eq!(socket.close_code().await, 3501);
    world.hub.stop().await;
}

#[tokio::test]
async fn their_transports_are_counted_with_the_others() {
    let world = start().await;
    let mut kept = Vec::new();
    for transport in STREAMS {
        let mut hearer = Hearer::open(world.address, transport, &connect("ann")).await;
        check_connected(&hearer.message().await);
        kept.push(hearer);
    }
    let counted = world.hub.report().await.total.transports.connections;
    assert_eq!(
        counted[Transport::ALL
            .iter()
            .position(|it| *it == Transport::Sse)
            .unwrap()],
        1
    );
    assert_eq!(counted.iter().sum::<u64>(), 2);
    world.hub.stop().await;
}
