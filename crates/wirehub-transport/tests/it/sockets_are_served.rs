use std::io;
use std::net::Shutdown;

use socket2::SockRef;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wirehub_transport::{Listener, Socket, Sockets, TcpSettings, Wire};
use wirehub_websocket::{Inflater, Limits};

use crate::server::{Setup, expect_text, run, start, text, upgrade};

#[test]
fn a_blocked_write_goes_on_when_the_client_reads() {
    run(async {
        let mut setup = Setup::default();
        setup.tcp.send_buffer = Some(16 * 1024);
        setup.tcp.receive_buffer = Some(16 * 1024);
        let server = start(setup);
        let mut stream = upgrade(&server).await;
        SockRef::from(&stream)
            .set_recv_buffer_size(16 * 1024)
            .unwrap();
        let (mut reading, mut writing) = stream.split();
        let messages: Vec<_> = (0..64).map(|n| format!("{n}:").repeat(8_000)).collect();
        let write = async {
            for message in &messages {
                writing.write_all(&text(message)).await.unwrap();
            }
        };
        let read = async {
            for message in &messages {
                expect_text(&mut reading, message).await;
            }
        };
        // The echo holds what is not read; reading begins only when all was written.
        write.await;
        read.await;
    });
}

#[test]
fn a_client_that_half_closes_gets_its_last_answer() {
    run(async {
        let server = start(Setup::default());
        let mut stream = upgrade(&server).await;
        server.log.until(|log| log.open.get() == 1).await;
        stream.write_all(&text("last words")).await.unwrap();
        SockRef::from(&stream).shutdown(Shutdown::Write).unwrap();
        expect_text(&mut stream, "last words").await;
        assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
        server.log.line("closed UnexpectedEof").await;
    });
}

#[test]
fn a_reset_is_told_apart_from_an_end() {
    run(async {
        let server = start(Setup::default());
        let stream = upgrade(&server).await;
        server.log.until(|log| log.open.get() == 1).await;
        SockRef::from(&stream)
            .set_linger(Some(std::time::Duration::ZERO))
            .unwrap();
        drop(stream);
        server.log.line("closed ConnectionReset").await;
    });
}

#[test]
fn many_messages_in_small_pieces_arrive_in_order() {
    run(async {
        let server = start(Setup::default());
        let mut stream = upgrade(&server).await;
        let bytes: Vec<u8> = (0..200)
            .flat_map(|n| text(&format!("message {n}")))
            .collect();
        for piece in bytes.chunks(7) {
            stream.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        for n in 0..200 {
            expect_text(&mut stream, &format!("message {n}")).await;
        }
    });
}

#[test]
fn a_broken_rule_ends_only_its_own_connection() {
    run(async {
        let server = start(Setup::default());
        let mut good = upgrade(&server).await;
        let mut bad = upgrade(&server).await;
        bad.write_all(&[0xff, 0xff, 0xff]).await.unwrap();
        assert_eq!(bad.read(&mut [0; 1]).await.unwrap_or_default(), 0);
        good.write_all(&text("still here")).await.unwrap();
        expect_text(&mut good, "still here").await;
        assert_eq!(server.admission.connections(), 1);
    });
}

#[test]
fn a_socket_that_was_not_received_can_be_asked_for_again() {
    run(async {
        let settings = TcpSettings::default();
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), &settings).unwrap();
        let mut client = tokio::net::TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let mut sockets = Sockets::new(8).unwrap();
        let established = |socket| wirehub_transport::Established {
            socket,
            answer: bytes::Bytes::new(),
            leftover: bytes::Bytes::new(),
            wire: Wire::WebSocket { deflate: None },
            ticket: None,
        };
        sockets
            .insert(3, established(Socket::plain(stream).unwrap()))
            .unwrap();
        client.write_all(&text("one")).await.unwrap();
        let mut ready = Vec::new();
        while ready.is_empty() {
            sockets.ready().await.unwrap();
            sockets.poll(&mut ready).unwrap();
        }
        assert_eq!(
            (ready[0].key, ready[0].readable, ready[0].writable),
            (3, true, false)
        );
        // The kernel has told it once, and does not tell it twice.
        sockets.poll(&mut ready).unwrap();
        assert!(ready.is_empty());
        sockets.again(3);
        sockets.again(3);
        sockets.ready().await.unwrap();
        sockets.poll(&mut ready).unwrap();
        assert_eq!(ready.len(), 1);
        let (limits, mut scratch) = (Limits::default(), [0; 1_024]);
        let mut inflater = Inflater::new();
        let received = sockets
            .receive(3, &mut scratch, &limits, &mut inflater)
            .unwrap();
        assert_eq!(
            (received.bytes, received.more, received.end),
            (9, false, false)
        );
        let unknown = sockets
            .receive(4, &mut scratch, &limits, &mut inflater)
            .unwrap_err();
        assert_eq!(unknown.kind(), io::ErrorKind::NotFound);
        assert!(sockets.remove(3) && !sockets.remove(3));
        assert_eq!(client.read(&mut [0; 1]).await.unwrap(), 0);
        // A socket's place in the table is free again.
        let _other = tokio::net::TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        sockets
            .insert(3, established(Socket::plain(stream).unwrap()))
            .unwrap();
        assert_eq!(sockets.len(), 1);
    });
}

#[test]
fn waiting_ends_when_a_message_comes_from_another_thread() {
    run(async {
        let addr = start(Setup::default()).addr;
        let (done, finished) = tokio::sync::oneshot::channel();
        let client = std::thread::spawn(move || {
            use std::io::{Read as _, Write as _};
            let mut stream = std::net::TcpStream::connect(addr).unwrap();
            let request = crate::server::handshake("/ws", "");
            stream.write_all(request.as_bytes()).unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                head.extend(byte);
            }
            for _ in 0..2_000 {
                stream.write_all(&text("ping")).unwrap();
                let mut echo = [0; 6];
                stream.read_exact(&mut echo).unwrap();
            }
            done.send(()).unwrap();
        });
        finished.await.unwrap();
        client.join().unwrap();
    });
}
