//! Clients that stall, and the end of the listener.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use wirehub::Hub;
use wirehub_http::AdminSettings;

use crate::{
    http::{self, PATIENCE},
    world,
};

#[tokio::test]
async fn a_head_that_does_not_come_is_not_waited_for() {
    let settings = AdminSettings {
        header_timeout: Duration::from_millis(50),
        connections: 1,
        ..world::settings()
    };
    let world = world::start_with(Hub::builder(), settings).await;
    let mut slow = TcpStream::connect(world.admin).await.unwrap();
    slow.write_all(b"GET /healthz HTT").await.unwrap();
    // The slow client holds the only place, so this waits until it has lost it.
    assert_eq!(world.get("/healthz").await.status, 200);
    let mut rest = Vec::new();
    let ended = timeout(PATIENCE, slow.read_to_end(&mut rest)).await;
    ended.expect("the server hangs up").unwrap();
    world.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_ends_in_an_answer() {
    let settings = AdminSettings {
        request_timeout: Duration::from_millis(50),
        ..world::settings()
    };
    let world = world::start_with(Hub::builder(), settings).await;
    let key = world::KEY;
    let request = format!(
        "POST /api/publish HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\n\
         content-length: 100\r\n\r\n{{"
    );
    let answer = http::exchange(world.admin, request.as_bytes()).await;
    let (status, code, _) = answer.error();
    assert_eq!((status, code.as_str()), (408, "timeout"));
    world.stop().await;
}

#[tokio::test]
async fn idle_connections_do_not_delay_the_end() {
    let world = world::start().await;
    let mut idle = TcpStream::connect(world.admin).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 15];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    let admin = world.admin;
    timeout(Duration::from_secs(4), world.stop())
        .await
        .expect("sooner than the deadline");
    assert!(TcpStream::connect(admin).await.is_err());
}
