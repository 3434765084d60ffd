//! Clients of Centrifugo that no WebSocket reaches hear and say the same, and each breach of a rule
//! ends in an answer that their libraries act on.

use std::time::Duration;

use serde_json::json;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};
use wirehub::{CentrifugoSettings, CentrifugoTransport, DialectSettings, DrainSettings, Hub};
use wirehub_model::{CloseCause, CloseReason, Heartbeat, Limits, Publish, Topic};

use crate::{
    client::{Seen, get},
    down::{self, http_client},
    hearer::{Hearer, with_all_transports},
    streams_are_strict::{assert_wrong_method, exchange, until},
    world::{self, World, settings, token},
};

const EMULATED: [CentrifugoTransport; 2] =
    [CentrifugoTransport::HttpStream, CentrifugoTransport::Sse];

async fn start() -> World {
    world::start_with(Hub::builder().settings(with_all_transports())).await
}

async fn start_within(limits: Limits) -> World {
    let settings = wirehub::HubSettings {
        limits,
        ..with_all_transports()
    };
    world::start_with(Hub::builder().settings(settings)).await
}

async fn join(world: &World, transport: CentrifugoTransport) -> Hearer {
    Hearer::join(world.address, transport, "ann").await
}

async fn is_alive(hearer: &mut Hearer) -> bool {
    let answer = hearer.ask("presence_stats", json!({"channel": "x"})).await;
    answer.get("error").is_some()
}

#[tokio::test]
async fn they_hear_and_say_the_same() {
    let world = start().await;
    let mut native = world.join("bob").await;
    native
        .ask(r#"{"type":"subscribe","id":1,"topic":"chat/1"}"#)
        .await;
    for transport in EMULATED {
        // More than there are shards, each request over a connection of its own: they come to
        // shards that do not have the client.
        for _ in 0..8 {
            let mut hearer = join(&world, transport).await;
            let channel = json!({ "channel": "chat:1" });
            let begun = hearer.ask("subscribe", channel.clone()).await;
            assert_eq!(begun["subscribe"], json!({}), "{begun}");
            native
                .send("{\"type\":\"publish\",\"topic\":\"chat/1\",\"data\":[1,2]}")
                .await;
            let heard = hearer.message().await;
            assert_eq!(heard["push"]["pub"]["data"], json!([1, 2]), "{heard}");
            assert_eq!(native.message().await["data"], json!([1, 2]));
            // Several commands in one request, and several answers to it.
            let wish = json!({ "channel": "chat:1", "data": {"n": 3} });
            let publish = json!({ "id": 7, "publish": wish });
            let leave = json!({ "id": 8, "unsubscribe": channel });
            hearer.say(&format!("{publish}\n{leave}\n")).await;
            // It may have left before its own publication comes.
            let mut expected = vec![json!(7), json!(8)];
            while !expected.is_empty() {
                let heard = hearer.message().await;
                expected.retain(|id| heard["id"] != *id);
            }
            assert_eq!(native.message().await["data"], json!({ "n": 3 }));
        }
    }
    world.hub.stop().await;
}

/// A key of Protobuf, the length of what follows, of 128 bytes to 16 KiB, and that itself.
fn framed(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len();
    let mut framed = key.to_vec();
    framed.extend([(length & 0x7f) as u8 | 0x80, (length >> 7) as u8]);
    framed.extend_from_slice(bytes);
    framed
}

#[tokio::test]
async fn protobuf_is_spoken_by_those_who_ask_for_it() {
    let world = start().await;
    // The token in a request to connect, in a command with the number 1.
    let connect = framed(&[0x0a], token("ann", "#").as_bytes());
    let mut command = vec![0x08, 0x01];
    command.extend(framed(&[0x22], &connect));
    let body = framed(&[], &command);
    let url = format!("http://{}/connection/http_stream", world.address);
    let request = http_client()
        .post(url)
        .header("content-type", "application/octet-stream")
        .body(body);
    let mut down = request.send().await.unwrap();
    assert_eq!(down.headers()["content-type"], "application/octet-stream");
    let answer = down.chunk().await.unwrap().expect("an answer");
    assert_eq!(
        usize::from(answer[0]),
        answer.len() - 1,
        "its length is in front"
    );
    assert_eq!(
        &answer[1..4],
        [0x08, 0x01, 0x2a],
        "the number, and `connect`"
    );
    // A goodbye has its length in front as well.
    let goodbye = async {
        let mut last = down.chunk().await.unwrap().expect("a goodbye");
        // A ping may come before it.
        while *last == [0] {
            last = down.chunk().await.unwrap().expect("a goodbye");
        }
        assert_eq!(usize::from(last[0]), last.len() - 1);
        assert!(last.ends_with(b"shutdown"), "{last:?}");
    };
    let drain = DrainSettings {
        spread: Duration::ZERO,
        ..DrainSettings::default()
    };
    tokio::join!(world.hub.drain(drain), goodbye);
    world.hub.stop().await;
}

#[tokio::test]
async fn a_goodbye_says_whether_to_come_back() {
    let world = start().await;
    for transport in EMULATED {
        for (said, code) in [
            ("hello".to_owned(), 3501),
            (r#"{"id":1,"subscribe":{"channel":"a"}}"#.to_owned(), 3501),
            (r#"{"id":1,"connect":{"token":"forged"}}"#.to_owned(), 3500),
        ] {
            let mut hearer = Hearer::open(world.address, transport, &said).await;
            assert_eq!(hearer.close_code().await, code, "{said}");
        }
        let mut hearer = join(&world, transport).await;
        hearer.say(r#"{"send":{"data":1}}"#).await;
        assert_eq!(hearer.close_code().await, 3508);
        // Nobody has it any more, and its library is to connect again.
        let late = hearer.post("{}").await;
        assert_eq!(
            (late.status, &late.body["error"]),
            (404, &json!("unknown_session"))
        );
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn who_is_asked_for_a_sign_of_life_gives_it_in_a_request() {
    let mut settings = with_all_transports();
    settings.tcp.user_timeout = None;
    settings.heartbeat = Heartbeat {
        interval: Duration::from_millis(200),
        timeout: Duration::from_secs(1),
    };
    let world = world::start_with(Hub::builder().settings(settings)).await;
    for transport in EMULATED {
        let mut alive = join(&world, transport).await;
        let mut silent = join(&world, transport).await;
        for _ in 0..4 {
            assert_eq!(alive.next().await, Seen::Ping);
            alive.say("{}").await;
        }
        assert_eq!(silent.next().await, Seen::Ping);
        assert_eq!(silent.close_code().await, 3012);
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn who_does_not_know_the_session_cannot_speak() {
    let world = start().await;
    let native =
        crate::listener::Listener::join(world.address, down::Kind::Lines, &token("ann", "#")).await;
    for transport in EMULATED {
        let mut hearer = join(&world, transport).await;
        let other = join(&world, transport).await;
        assert_ne!(hearer.session, other.session);
        let (session, node) = (hearer.session.clone(), hearer.node.clone());
        let (rest, last) = session.split_at(session.len() - 1);
        let other_end = if last == "0" { "1" } else { "0" };
        let connection = session.split('-').next().unwrap();
        let bad = "hello";
        for (session, node) in [
            (format!("{rest}{other_end}"), &node),
            (format!("{connection}-0-0"), &node),
            (connection.to_owned(), &node),
            (String::new(), &node),
            (native.name.clone(), &node),
            (session.clone(), &String::new()),
            (session.clone(), &"0".repeat(16)),
        ] {
            let refused = hearer.post_as(&session, node, bad).await;
            assert_eq!(refused.status, 404, "{session} {node}");
            assert_eq!(refused.body["error"], "unknown_session", "{session} {node}");
        }
        // Nor does a session open the other door.
        let url = format!("http://{}/stream/{session}", world.address);
        let answer = http_client().post(url).body(bad).send().await.unwrap();
        assert_eq!(answer.status(), 404);
        assert!(is_alive(&mut hearer).await);
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_the_client_stays() {
    let limits = Limits {
        message_bytes: 2_000,
        ..Limits::default()
    };
    let world = start_within(limits).await;
    let mut hearer = join(&world, CentrifugoTransport::HttpStream).await;
    for body in ["", "{}", "[]", "\u{0}", r#"{"session":1}"#] {
        let refused = hearer.post_body(body).await;
        assert_eq!(
            (refused.status, &refused.body["error"]),
            (400, &json!("bad_request"))
        );
    }
    let refused = hearer.post(&"x".repeat(2_000)).await;
    assert_eq!(
        (refused.status, &refused.body["error"]),
        (413, &json!("too_large"))
    );
    // Nothing is read of what is announced, and no more than fits of what is not.
    for path in [
        "/emulation",
        "/connection/http_stream",
        "/connection/sse",
        "/connection/uni_sse",
    ] {
        for head in [
            "content-length: 1000000000000",
            "transfer-encoding: chunked",
        ] {
            let body = format!("fffffff\r\n{}", "x".repeat(3_000));
            let request = format!("POST {path} HTTP/1.1\r\nhost: hub\r\n{head}\r\n\r\n{body}");
            let answer = exchange(world.address, &request).await;
            assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        }
    }
    assert!(is_alive(&mut hearer).await);
    let answer = get(world.address, "/connection/sse").await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains("cf_connect"), "{answer}");
    for (method, path, allow) in [
        ("PUT", "/connection/sse", "GET, POST, OPTIONS"),
        ("GET", "/connection/http_stream", "POST, OPTIONS"),
        ("GET", "/emulation", "POST, OPTIONS"),
        ("GET", "/connection/uni_http_stream", "POST, OPTIONS"),
    ] {
        assert_wrong_method(world.address, method, path, allow).await;
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn pages_of_strangers_get_nothing() {
    let mut settings = with_all_transports();
    settings.door.origins.allowed = vec!["https://app.example".to_owned()];
    let world = world::start_with(Hub::builder().settings(settings)).await;
    for (request, status) in [
        ("OPTIONS /emulation", 204),
        ("OPTIONS /connection/http_stream", 204),
        ("OPTIONS /connection/uni_sse", 204),
        ("POST /emulation", 400),
        ("GET /connection/sse", 400),
    ] {
        let ask = |origin: &str| {
            format!(
                "{request} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\norigin: {origin}\r\n\r\n"
            )
        };
        let refused = exchange(world.address, &ask("https://evil.example")).await;
        assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
        assert!(!refused.contains("access-control-"), "{refused}");
        let answer = exchange(world.address, &ask("https://app.example")).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
        let allowed = "access-control-allow-origin: https://app.example\r\n";
        assert!(answer.contains(allowed), "{answer}");
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn the_end_of_the_connection_is_the_end_of_the_client() {
    let world = start().await;
    let hearer = join(&world, CentrifugoTransport::Sse).await;
    let (session, node) = (hearer.session.clone(), hearer.node.clone());
    let speaks = join(&world, CentrifugoTransport::Sse).await;
    drop(hearer);
    let one_left = |report: &wirehub::HubReport| report.total.core.connections[1] == 1;
    world.until(one_left).await;
    assert_eq!(speaks.post_as(&session, &node, "{}").await.status, 404);
    // One that says that it will say no more has left, and one that goes on breaks a rule.
    let lost = world.hub.report().await.total.core.closed[CloseCause::Lost.index()];
    for half in [true, false] {
        let mut socket = TcpStream::connect(world.address).await.unwrap();
        let connect = json!({ "id": 1, "connect": { "token": token("ann", "#") } }).to_string();
        let request = format!(
            "POST /connection/http_stream HTTP/1.1\r\nhost: hub\r\ncontent-length: {}\r\n\r\n{connect}",
            connect.len()
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        until(&mut socket, r#""session":""#).await;
        if half {
            socket.shutdown().await.unwrap();
        } else {
            socket.write_all(b"{\"id\":2}").await.unwrap();
            until(&mut socket, r#""code":3501"#).await;
        }
        world.until(one_left).await;
    }
    let closed = world.hub.report().await.total.core.closed;
    assert_eq!(closed[CloseCause::Lost.index()], lost + 1);
    world.hub.stop().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_closed() {
    let mut settings = with_all_transports();
    settings.limits = Limits {
        outbox_bytes: 64 * 1024,
        close_timeout: Duration::from_millis(200),
        ..Limits::default()
    };
    settings.tcp.send_buffer = Some(16 * 1024);
    let world = world::start_with(Hub::builder().settings(settings)).await;
    let mut witness = join(&world, CentrifugoTransport::HttpStream).await;
    witness.ask("subscribe", json!({"channel": "t"})).await;
    let mut lazy = TcpStream::connect(world.address).await.unwrap();
    let token = token("bob", "#");
    let connect = json!({ "token": token, "subs": { "t": {} } }).to_string();
    let request = format!(
        "POST /connection/uni_http_stream HTTP/1.1\r\nhost: hub\r\ncontent-length: {}\r\n\r\n{connect}",
        connect.len()
    );
    lazy.write_all(request.as_bytes()).await.unwrap();
    until(&mut lazy, r#""connect""#).await;
    let slow = CloseCause::Server(CloseReason::SlowConsumer);
    let filling = "x".repeat(30_000);
    loop {
        let message = wirehub::json_message("n", &filling).unwrap();
        let publish = Publish::to(Topic::parse("t").unwrap(), message);
        world.hub.publish(publish).await.unwrap();
        assert_eq!(witness.message().await["push"]["channel"], "t");
        let counts = world.hub.report().await.total.core.connections;
        if counts[wirehub::Phase::Closing as usize] == 1 {
            break;
        }
    }
    world
        .until(|report| report.total.core.closed[slow.index()] == 1)
        .await;
    world.hub.stop().await;
}

#[tokio::test]
async fn what_is_not_switched_on_is_not_there() {
    let mut settings = settings();
    settings.dialects = DialectSettings {
        centrifugo: Some(CentrifugoSettings::default()),
    };
    let world = world::start_with(Hub::builder().settings(settings)).await;
    for transport in CentrifugoTransport::ALL {
        let answer = get(world.address, &transport.usual_path()).await;
        let expected = match transport {
            CentrifugoTransport::WebSocket => "HTTP/1.1 426",
            _ => "HTTP/1.1 404",
        };
        assert!(answer.starts_with(expected), "{transport:?} {answer}");
    }
    let answer = exchange(
        world.address,
        "POST /emulation HTTP/1.1\r\nhost: hub\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    world.hub.stop().await;
}
