//! `GET /api/events`.

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    http::PATIENCE,
    world::{self, KEY},
};

/// Reads until a text is there; returns all that came.
async fn read_until(stream: &mut TcpStream, text: &str, mut came: String) -> String {
    let read = async {
        while !came.contains(text) {
            let mut bytes = [0; 4_096];
            let count = stream.read(&mut bytes).await.unwrap();
            assert!(count > 0, "the stream ended: {came}");
            came.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        came
    };
    timeout(PATIENCE, read).await.expect("it comes in time")
}

#[tokio::test]
async fn events_come_as_they_happen_until_the_hub_stops() {
    let world = world::start().await;
    let mut stream = TcpStream::connect(world.admin).await.unwrap();
    let request = format!(
        "GET /api/events?kinds=connected,subscribed HTTP/1.1\r\nhost: admin\r\n\
         connection: close\r\nauthorization: Bearer {KEY}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let head = read_until(&mut stream, "\r\n\r\n", String::new()).await;
    assert!(head.contains("application/x-ndjson"), "{head}");
    let mut ann = world.join("ann").await;
    ann.subscribe("news").await;
    let came = read_until(&mut stream, "wirehub.subscribed", String::new()).await;
    let events = came.lines().filter(|line| line.starts_with('{'));
    let kinds = events.map(|line| {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["subject"], ann.connection);
        event["type"].as_str().unwrap().to_owned()
    });
    let kinds: Vec<_> = kinds.collect();
    assert_eq!(kinds, ["wirehub.connected", "wirehub.subscribed"]);
    world.hub.stop().await;
    let mut rest = Vec::new();
    let end = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    end.expect("it ends in time").unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n"), "the stream ends in order");
    world.stop().await;
}

#[tokio::test]
async fn mistakes_are_named_with_the_nearest_right_word() {
    let world = world::start().await;
    for (query, message, hint) in [
        (
            "kinds=conected",
            "no events are called `conected`",
            "connected",
        ),
        ("topic=a", "there is no `topic` here", "topics"),
        ("topics=a/%23/b", "wildcard", ""),
    ] {
        let answer = world.get(&format!("/api/events?{query}")).await;
        let (status, code, said) = answer.error();
        assert_eq!((status, code.as_str()), (400, "bad_request"), "{query}");
        assert!(said.contains(message), "{said}");
        assert!(hint.is_empty() || answer.hint().contains(hint), "{query}");
    }
    world.stop().await;
}
