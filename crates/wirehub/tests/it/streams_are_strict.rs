//! Streams: each breach of a rule ends in a documented answer, and nobody else notices.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use wirehub::{Hub, HubSettings};
use wirehub_model::Limits;

use crate::{
    down::Kind,
    listener::Listener,
    world::{self, World, settings, token},
};

const PATIENCE: Duration = Duration::from_secs(10);

async fn join(world: &World, kind: Kind, user: &str) -> Listener {
    Listener::join(world.address, kind, &token(user, "#")).await
}

/// Sends bytes and returns all that comes until the server closes.
pub(crate) async fn exchange(address: SocketAddr, bytes: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = timeout(PATIENCE, socket.read_to_string(&mut answer)).await;
    read.expect("the server closes").unwrap();
    answer
}

/// Reads until something has come.
pub(crate) async fn until(socket: &mut TcpStream, wanted: &str) -> String {
    let mut heard = String::new();
    let read = async {
        let mut buffer = [0; 4_096];
        while !heard.contains(wanted) {
            let count = socket.read(&mut buffer).await.unwrap();
            assert!(count > 0, "{heard:?} ends without {wanted:?}");
            heard.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
        }
    };
    timeout(PATIENCE, read).await.expect("it comes in time");
    heard
}

#[tokio::test]
async fn what_is_too_large_is_not_taken_and_the_number_stays_free() {
    let limits = Limits {
        message_bytes: 1_000,
        ..Limits::default()
    };
    let world = world::start_within(limits).await;
    let mut listener = join(&world, Kind::Lines, "ann").await;
    let ping = r#"{"type":"ping"}"#;
    let padded = |bytes: usize| format!("{ping}{}", " ".repeat(bytes - ping.len()));
    let refused = listener.post("?seq=1", padded(1_003)).await;
    assert_eq!(refused.status, 413);
    assert_eq!(refused.body["error"], "too_large");
    listener.say(&format!("{}\r\n", padded(1_000))).await;
    assert_eq!(listener.message().await["type"], "pong");
    // Nothing is read of what is announced, and no more than fits of what is not.
    let path = format!("/stream/{}", listener.name);
    for head in [
        "content-length: 1000000000000",
        "transfer-encoding: chunked",
    ] {
        let body = format!("fffffff\r\n{}", "x".repeat(3_000));
        let request = format!("POST {path}?seq=2 HTTP/1.1\r\nhost: hub\r\n{head}\r\n\r\n{body}");
        let answer = exchange(world.address, &request).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        let request = request.replace(&format!("{path}?seq=2"), "/stream");
        let answer = exchange(world.address, &request).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    }
    listener.say(ping).await;
    assert_eq!(listener.message().await["type"], "pong");
    // The bound may change while the hub runs.
    world
        .hub
        .reload(Limits::default(), wirehub_model::Namespaces::default())
        .await
        .unwrap();
    listener.say(&padded(60_000)).await;
    assert_eq!(listener.message().await["type"], "pong");
    world.hub.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let limits = Limits {
        handshake_timeout: Duration::from_millis(300),
        ..Limits::default()
    };
    let world = world::start_within(limits).await;
    let listener = join(&world, Kind::Lines, "ann").await;
    for path in ["/stream", &format!("/stream/{}", listener.name)] {
        let request = format!("POST {path} HTTP/1.1\r\nhost: hub\r\ncontent-length: 9\r\n\r\n{{");
        let answer = exchange(world.address, &request).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
        assert!(answer.contains(r#""error":"too_slow""#), "{answer}");
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn garbage_is_refused_down_the_stream_until_it_is_enough() {
    let world = world::start().await;
    for kind in Kind::ALL {
        let mut listener = join(&world, kind, "ann").await;
        let refused = listener.post("?seq=1", vec![b'{', 0xff, b'}']).await;
        assert_eq!(refused.status, 400);
        listener.say("[1\n{\"type\":\"ping\"}").await;
        assert_eq!(listener.message().await["code"], "bad_request");
        assert_eq!(listener.message().await["type"], "pong");
        listener.say(&"]\n".repeat(20)).await;
        assert_eq!(listener.close_code().await, 4400);
    }
    // So is too much of what is valid.
    let mut listener = join(&world, Kind::Lines, "ann").await;
    listener.say(&"{\"type\":\"ping\"}\n".repeat(4_000)).await;
    assert_eq!(listener.close_code().await, 4429);
    world.hub.stop().await;
}

#[tokio::test]
async fn who_does_not_know_the_name_cannot_speak() {
    let world = world::start().await;
    let mut listener = join(&world, Kind::Lines, "ann").await;
    let name = listener.name.clone();
    let (rest, last) = name.split_at(name.len() - 1);
    let other_end = if last == "0" { "1" } else { "0" };
    let connection = name.split('-').next().unwrap();
    for guess in [
        format!("{rest}{other_end}"),
        format!("{connection}-0-0"),
        connection.to_owned(),
        format!("{name}-"),
        format!("{name}/"),
        format!("zzzzzzzzzz-{rest}"),
        "%00".to_owned(),
        "x".repeat(5_000),
        String::new(),
    ] {
        listener.name.clone_from(&guess);
        let refused = listener.post("?seq=1", r#"{"type":"close"}"#).await;
        assert_eq!(refused.status, 404, "{guess}");
        assert_eq!(refused.body["error"], "unknown_stream", "{guess}");
    }
    // A client that has a WebSocket cannot be spoken for, whatever the rest of the name.
    let mut socket = world.join("ann").await;
    let connection = world.hub.connections(wirehub::Page::default(), 10).await;
    for info in connection.unwrap().list {
        let id = info.id.to_string();
        listener.name = format!("{}-0-0", id.trim_start_matches("c_"));
        assert_eq!(listener.post("", "").await.status, 404);
    }
    listener.name = name;
    listener.say(r#"{"type":"ping"}"#).await;
    assert_eq!(listener.message().await["type"], "pong");
    socket.send(r#"{"type":"ping"}"#).await;
    assert_eq!(socket.message().await["type"], "pong");
    world.hub.stop().await;
}

#[tokio::test]
async fn bytes_on_the_connection_of_a_stream_end_it() {
    let world = world::start().await;
    for (sent, breach) in [("\r\n", false), ("GET /ping HTTP/1.1\r\n\r\n", true)] {
        for behind in [true, false] {
            let mut socket = TcpStream::connect(world.address).await.unwrap();
            let mut request = "GET /sse HTTP/1.1\r\nhost: hub\r\n\r\n".to_owned();
            if behind {
                request.push_str(sent);
            }
            socket.write_all(request.as_bytes()).await.unwrap();
            let heard = until(&mut socket, r#"{"type":"stream""#).await;
            if !behind {
                socket.write_all(sent.as_bytes()).await.unwrap();
            }
            let goodbye = r#""code":1002,"reason":"protocol_error""#;
            if breach && !heard.contains(goodbye) {
                until(&mut socket, goodbye).await;
            }
            drop(socket);
        }
    }
    world
        .until(|report| report.total.core.connections == [0; 3])
        .await;
    let closed = world.hub.report().await.total.core.closed;
    let protocol_error =
        wirehub_model::CloseCause::Server(wirehub_model::CloseReason::ProtocolError);
    assert_eq!(closed[protocol_error.index()], 2);
    assert_eq!(closed[wirehub_model::CloseCause::Lost.index()], 2);
    world.hub.stop().await;
}

#[tokio::test]
async fn clients_of_http_1_0_hear_up_to_the_end_of_the_connection() {
    // A goodbye is not answered here, so nobody waits for that.
    let limits = Limits {
        close_timeout: Duration::from_secs(60),
        ..Limits::default()
    };
    let world = world::start_within(limits).await;
    let token = token("ann", "#");
    let mut socket = TcpStream::connect(world.address).await.unwrap();
    let connect = format!(r#"{{"type":"connect","id":1,"token":"{token}"}}"#);
    let length = connect.len();
    let request = format!("POST /stream HTTP/1.0\r\ncontent-length: {length}\r\n\r\n{connect}");
    socket.write_all(request.as_bytes()).await.unwrap();
    let heard = until(&mut socket, r#""type":"welcome""#).await;
    let (head, body) = heard.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("connection: close"), "{head}");
    assert!(!head.contains("chunked"), "{head}");
    assert!(body.starts_with(r#"{"type":"stream","stream":""#), "{body}");
    let name = body.split('"').nth(7).unwrap();
    let goodbye = r#"{"type":"close"}"#;
    let request = format!(
        "POST /stream/{name} HTTP/1.0\r\ncontent-length: {}\r\n\r\n{goodbye}",
        goodbye.len()
    );
    let answer = exchange(world.address, &request).await;
    assert!(answer.contains(" 204 "), "{answer}");
    let mut rest = String::new();
    let read = timeout(PATIENCE, socket.read_to_string(&mut rest)).await;
    read.expect("the connection ends").unwrap();
    let goodbye = "{\"type\":\"close\",\"code\":1000,\"reason\":\"normal\"}\n";
    assert!(rest.ends_with(goodbye), "{rest}");
    world.hub.stop().await;
}

/// Checks that a method is refused, and told which are not.
pub(crate) async fn assert_wrong_method(
    address: SocketAddr,
    method: &str,
    path: &str,
    allow: &str,
) {
    let request = format!("{method} {path} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n");
    let answer = exchange(address, &request).await;
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    assert!(answer.contains(&format!("allow: {allow}\r\n")), "{answer}");
}

#[tokio::test]
async fn the_wrong_way_to_ask_is_named() {
    let world = world::start().await;
    for (method, path, allow) in [
        ("POST", "/sse", "GET, OPTIONS"),
        ("HEAD", "/sse", "GET, OPTIONS"),
        ("GET", "/stream", "POST, OPTIONS"),
        ("PUT", "/stream/x", "POST, OPTIONS"),
    ] {
        assert_wrong_method(world.address, method, path, allow).await;
    }
    for (query, status) in [("?token=x", 401), ("?token=x&token=y", 400)] {
        for path in ["GET /sse", "POST /stream"] {
            let request =
                format!("{path}{query} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n");
            let answer = exchange(world.address, &request).await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status}")),
                "{answer}"
            );
        }
    }
    // A token in the first message is judged down the stream.
    for kind in Kind::ALL {
        let mut listener = Listener::open(world.address, kind, "", "").await;
        listener
            .say(r#"{"type":"connect","id":1,"token":"x"}"#)
            .await;
        assert_eq!(listener.message().await["code"], "unauthorized");
        assert_eq!(listener.close_code().await, 4401);
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn pages_are_told_what_they_may() {
    for cookie in [None, Some("token".to_owned())] {
        let mut settings = settings();
        settings.door.origins.allowed = vec!["https://app.example".to_owned()];
        settings.door.cookie.clone_from(&cookie);
        let world = world::start_with(Hub::builder().settings(settings)).await;
        let ask = async |request: &str, origin: &str| {
            let request = format!(
                "{request} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\norigin: {origin}\r\n\r\n"
            );
            exchange(world.address, &request).await
        };
        for (request, status) in [
            ("OPTIONS /sse", 204),
            ("OPTIONS /stream", 204),
            ("OPTIONS /stream/x", 204),
            ("POST /stream/x", 404),
            ("GET /sse?token=x", 401),
        ] {
            let refused = ask(request, "https://evil.example").await;
            assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
            assert!(refused.contains("origin_not_listed"), "{refused}");
            assert!(!refused.contains("access-control-"), "{refused}");
            let answer = ask(request, "https://app.example").await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status}")),
                "{answer}"
            );
            let allowed = "access-control-allow-origin: https://app.example\r\n";
            assert!(answer.contains(allowed), "{answer}");
            assert!(answer.contains("vary: origin\r\n"), "{answer}");
            let credentials = answer.contains("access-control-allow-credentials: true\r\n");
            assert_eq!(credentials, cookie.is_some(), "{answer}");
            let preflight = answer.contains("access-control-allow-headers: authorization");
            assert_eq!(preflight, request.starts_with("OPTIONS"), "{answer}");
        }
        let mut socket = TcpStream::connect(world.address).await.unwrap();
        let request = "GET /sse HTTP/1.1\r\nhost: hub\r\norigin: https://app.example\r\n\r\n";
        socket.write_all(request.as_bytes()).await.unwrap();
        let heard = until(&mut socket, r#""type":"stream""#).await;
        let allowed = "access-control-allow-origin: https://app.example\r\n";
        assert!(heard.contains(allowed), "{heard}");
        world.hub.stop().await;
    }
}

#[tokio::test]
async fn those_who_keep_a_connection_to_speak_lock_nobody_out() {
    // Each shard has one place, in which it waits for the next client.
    let limits = Limits {
        handshakes: 2,
        http_connections: 2,
        ..Limits::default()
    };
    let world = world::start_within(limits).await;
    let mut kept = Vec::new();
    for number in 0..4 {
        let mut socket = TcpStream::connect(world.address).await.unwrap();
        let request = "POST /stream/x HTTP/1.1\r\nhost: hub\r\ncontent-length: 0\r\n\r\n";
        socket.write_all(request.as_bytes()).await.unwrap();
        let answer = until(&mut socket, "connect again").await;
        let closes = answer.contains("connection: close");
        assert_eq!(closes, number >= 2, "{answer}");
        if closes {
            let mut rest = String::new();
            let read = timeout(PATIENCE, socket.read_to_string(&mut rest)).await;
            read.expect("it is closed").unwrap();
        }
        kept.push(socket);
    }
    world.join("ann").await;
    world
        .until(|report| report.total.handshakes.results.get("not_kept") == Some(&2))
        .await;
    world.hub.stop().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_closed() {
    let limits = Limits {
        outbox_bytes: 64 * 1024,
        close_timeout: Duration::from_millis(200),
        ..Limits::default()
    };
    let tcp = wirehub::TcpSettings {
        send_buffer: Some(16 * 1024),
        ..settings().tcp
    };
    let settings = HubSettings {
        limits,
        tcp,
        ..settings()
    };
    let world = world::start_with(Hub::builder().settings(settings)).await;
    let mut witness = join(&world, Kind::Lines, "ann").await;
    let subscribe = r#"{"type":"subscribe","id":1,"topic":"t"}"#;
    witness.ask(subscribe).await;
    let mut lazy = TcpStream::connect(world.address).await.unwrap();
    let token = token("bob", "#");
    let length = subscribe.len();
    let request = format!(
        "POST /stream?token={token} HTTP/1.1\r\nhost: hub\r\ncontent-length: {length}\r\n\r\n\
         {subscribe}"
    );
    lazy.write_all(request.as_bytes()).await.unwrap();
    until(&mut lazy, r#""type":"ok""#).await;
    let filling = "x".repeat(30_000);
    let slow = wirehub_model::CloseCause::Server(wirehub_model::CloseReason::SlowConsumer);
    loop {
        let message = wirehub::json_message("n", &filling).unwrap();
        let topic = wirehub_model::Topic::parse("t").unwrap();
        let publish = wirehub_model::Publish::to(topic, message);
        world.hub.publish(publish).await.unwrap();
        assert_eq!(witness.message().await["event"], "n");
        let counts = world.hub.report().await.total.core.connections;
        // It is told goodbye, and given a while to read it.
        if counts[wirehub::Phase::Closing as usize] == 1 {
            break;
        }
    }
    world
        .until(|report| report.total.core.closed[slow.index()] == 1)
        .await;
    world.hub.stop().await;
}
