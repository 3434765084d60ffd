use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::server::{Setup, connect, expect_text, handshake, read_head, run, start, text};

fn setup() -> Setup {
    let mut setup = Setup::default();
    setup.settings.proxy_protocol = true;
    setup.limits.connections_per_ip = 1;
    setup
}

fn header(client: [u8; 4]) -> Vec<u8> {
    let mut bytes = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0f".to_vec();
    bytes.extend(client);
    bytes.extend([192, 0, 2, 1]);
    bytes.extend(4_000_u16.to_be_bytes());
    bytes.extend(443_u16.to_be_bytes());
    // A TLV of no length.
    bytes.extend([0x04, 0, 0]);
    bytes
}

#[test]
fn the_client_is_the_one_that_the_header_names() {
    run(async {
        let server = start(setup());
        for client in 1..=2 {
            let mut stream = connect(&server).await;
            let mut bytes = header([203, 0, 113, client]);
            bytes.extend(handshake("/ws", "").into_bytes());
            bytes.extend(text("hello"));
            stream.write_all(&bytes).await.unwrap();
            assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 101 "));
            expect_text(&mut stream, "hello").await;
            let own = stream.local_addr().unwrap();
            let line = format!(
                "upgraded /ws Peer {{ addr: 203.0.113.{client}:4000, \
                 proxy: Some({own}), tls: false }}"
            );
            server.log.line(&line).await;
        }
    });
}

#[test]
fn the_limit_counts_clients_and_not_the_proxy() {
    run(async {
        let server = start(setup());
        let mut streams = Vec::new();
        for client in [1, 2, 2] {
            let mut stream = connect(&server).await;
            let mut bytes = header([203, 0, 113, client]);
            bytes.extend(handshake("/ws", "").into_bytes());
            stream.write_all(&bytes).await.unwrap();
            let mut status = [0; 12];
            // A connection turned away may be reset before it is read.
            let read = stream.read_exact(&mut status).await;
            streams.push((stream, read.is_ok() && status.ends_with(b"101")));
        }
        let upgraded: Vec<_> = streams.iter().map(|(_, upgraded)| *upgraded).collect();
        assert_eq!(upgraded, [true, true, false]);
        server.log.line("failed connections_per_ip").await;
    });
}

#[test]
fn a_client_without_the_proxy_is_refused() {
    run(async {
        let server = start(setup());
        let mut stream = connect(&server).await;
        stream
            .write_all(handshake("/ws", "").as_bytes())
            .await
            .unwrap();
        let mut rest = Vec::new();
        // Closing a socket with unread bytes resets it: no answer is owed to a stranger.
        let _ = stream.read_to_end(&mut rest).await;
        assert!(rest.is_empty());
        server
            .log
            .line("failed proxy: connection does not begin")
            .await;
    });
}
