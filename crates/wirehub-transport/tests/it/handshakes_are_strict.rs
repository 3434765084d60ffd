use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wirehub_transport::HandshakeSettings;

use crate::server::{Setup, ask, connect, expect_text, handshake, read_head, run, start, text};

/// Time limits short enough to wait for.
fn short() -> Setup {
    let setup = Setup::default();
    Setup {
        settings: HandshakeSettings {
            timeout: Duration::from_millis(300),
            header_timeout: Duration::from_millis(200),
            http_timeout: Duration::from_millis(600),
            ..setup.settings
        },
        ..setup
    }
}

#[test]
fn bytes_behind_the_handshake_come_first() {
    run(async {
        let server = start(Setup::default());
        let mut stream = connect(&server).await;
        let mut bytes = handshake("/ws", "").into_bytes();
        bytes.extend(text("early"));
        bytes.extend(text("bird"));
        stream.write_all(&bytes).await.unwrap();
        assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 101 "));
        expect_text(&mut stream, "early").await;
        expect_text(&mut stream, "bird").await;
        stream.write_all(&text("late")).await.unwrap();
        expect_text(&mut stream, "late").await;
    });
}

#[test]
fn the_gate_picks_among_the_offers() {
    run(async {
        let server = start(Setup::default());
        let mut stream = connect(&server).await;
        let offers =
            "sec-websocket-protocol: a, b\r\nsec-websocket-extensions: permessage-deflate\r\n";
        stream
            .write_all(handshake("/ws/room", offers).as_bytes())
            .await
            .unwrap();
        let head = read_head(&mut stream).await;
        assert!(head.contains("sec-websocket-protocol: b\r\n"), "{head}");
        assert!(
            head.contains("sec-websocket-extensions: permessage-deflate; "),
            "{head}"
        );
        assert!(
            head.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
            "{head}"
        );
        server.log.line("upgraded /ws/room ").await;
    });
}

#[test]
fn a_refusal_names_the_rule() {
    run(async {
        let server = start(Setup::default());
        let version = handshake("/ws", "").replace("version: 13", "version: 12");
        let answer = ask(&server, &version).await;
        assert!(answer.starts_with("HTTP/1.1 426 "), "{answer}");
        assert!(answer.contains("sec-websocket-version: 13\r\n"), "{answer}");
        let answer = ask(&server, &handshake("/ws", "").replace("dGhl", "!!!!")).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("Sec-WebSocket-Key"), "{answer}");
        server.log.line("failed bad_upgrade").await;
        let answer = ask(&server, &handshake("/elsewhere", "")).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
        assert!(answer.ends_with("no such path\n"), "{answer}");
        server
            .log
            .line("failed refused: refused with status 404")
            .await;
    });
}

#[test]
fn a_head_beyond_the_limit_is_refused() {
    run(async {
        let server = start(Setup::default());
        let long = format!("x-long: {}\r\n", "a".repeat(20_000));
        let answer = ask(&server, &handshake("/ws", &long)).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
        server.log.line("failed header_too_large").await;
        let answer = ask(&server, "\u{1}\u{2}\u{3} what is this\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        server.log.line("failed malformed").await;
    });
}

#[test]
fn a_head_that_drips_is_cut_off() {
    run(async {
        let server = start(short());
        let mut stream = connect(&server).await;
        let (mut reading, mut writing) = stream.split();
        let drip = async {
            for byte in handshake("/ws", "").bytes().cycle() {
                if writing.write_u8(byte).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let mut rest = Vec::new();
        tokio::select! {
            () = drip => {}
            // A reset and an end are both the server's goodbye.
            _ = reading.read_to_end(&mut rest) => {}
        }
        server.log.line("failed timeout").await;
        assert_eq!(server.admission.connections(), 0);
    });
}

#[test]
fn silence_and_a_slow_gate_end_in_time() {
    run(async {
        let server = start(short());
        let mut silent = connect(&server).await;
        assert_eq!(silent.read(&mut [0; 1]).await.unwrap(), 0);
        server.log.line("failed timeout").await;
        let mut slow = connect(&server).await;
        slow.write_all(handshake("/ws/slow", "").as_bytes())
            .await
            .unwrap();
        assert_eq!(slow.read(&mut [0; 1]).await.unwrap(), 0);
        assert_eq!(server.admission.connections(), 0);
    });
}

#[test]
fn other_requests_are_answered_a_bounded_number_of_times() {
    run(async {
        let mut setup = Setup::default();
        setup.settings.requests = 3;
        let server = start(setup);
        let request = "GET /ping HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(4);
        let answer = ask(&server, &request).await;
        assert_eq!(
            answer.matches("you asked for /ping\n").count(),
            3,
            "{answer}"
        );
        server.log.line("answered").await;
    });
}

#[test]
fn a_kept_alive_connection_may_still_upgrade() {
    run(async {
        let server = start(Setup::default());
        let mut stream = connect(&server).await;
        let ping = "GET /ping HTTP/1.1\r\nhost: localhost\r\n\r\n";
        stream.write_all(ping.as_bytes()).await.unwrap();
        let head = read_head(&mut stream).await;
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        let mut body = [0; 20];
        stream.read_exact(&mut body).await.unwrap();
        assert_eq!(&body, b"you asked for /ping\n");
        stream
            .write_all(handshake("/ws", "").as_bytes())
            .await
            .unwrap();
        assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 101 "));
    });
}

#[test]
fn a_connection_does_not_live_on_requests_for_ever() {
    run(async {
        let server = start(short());
        let mut stream = connect(&server).await;
        let ping = "GET /ping HTTP/1.1\r\nhost: localhost\r\n\r\n";
        let mut answers = 0;
        while stream.write_all(ping.as_bytes()).await.is_ok() {
            let mut answer = [0; 512];
            match stream.read(&mut answer).await {
                Ok(1..) => answers += 1,
                _ => break,
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(answers > 0);
        server.log.line("answered").await;
        assert_eq!(server.admission.connections(), 0);
    });
}
