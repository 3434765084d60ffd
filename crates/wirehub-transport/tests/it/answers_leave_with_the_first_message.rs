use std::io::IoSlice;

use bytes::Bytes;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use wirehub_transport::{
    Established, Listener, Ready, Socket, Sockets, TcpSettings, Wire, Written,
};

use crate::server::run;

/// A table with one socket, under key 7, whose answer has not been written; and its client.
async fn newcomer(answer: Bytes) -> (Sockets, TcpStream) {
    let settings = TcpSettings {
        send_buffer: Some(16 * 1024),
        ..TcpSettings::default()
    };
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), &settings).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await;
    let (stream, _) = listener.accept().await.unwrap();
    let mut sockets = Sockets::new(8).unwrap();
    let established = Established {
        socket: Socket::plain(stream).unwrap(),
        answer,
        leftover: Bytes::new(),
        wire: Wire::WebSocket { deflate: None },
        ticket: None,
    };
    sockets.insert(7, established).unwrap();
    (sockets, client.unwrap())
}

async fn poll(sockets: &mut Sockets) -> Vec<Ready> {
    let mut ready = Vec::new();
    sockets.ready().await.unwrap();
    sockets.poll(&mut ready).unwrap();
    ready
}

#[test]
fn an_answer_and_a_message_are_one_write() {
    run(async {
        let (mut sockets, mut client) = newcomer(Bytes::from_static(b"answer ")).await;
        let message = [IoSlice::new(b"mes"), IoSlice::new(b"sage")];
        let written = sockets.write(7, &message).unwrap();
        let expected = Written {
            bytes: 7,
            blocked: false,
        };
        assert_eq!(written, expected, "the answer is not the caller's");
        let mut bytes = [0; 64];
        let count = client.read(&mut bytes).await.unwrap();
        assert_eq!(bytes[..count], *b"answer message");
        assert_eq!(poll(&mut sockets).await, [], "nothing is left to do");
    });
}

#[test]
fn an_answer_that_nothing_follows_is_asked_for() {
    run(async {
        let (mut sockets, mut client) = newcomer(Bytes::from_static(b"answer")).await;
        let ready = poll(&mut sockets).await;
        let expected = Ready {
            key: 7,
            readable: false,
            writable: true,
            closed: false,
        };
        assert_eq!(ready, [expected]);
        sockets.write(7, &[]).unwrap();
        let mut bytes = [0; 6];
        client.read_exact(&mut bytes).await.unwrap();
        assert_eq!(bytes, *b"answer");
    });
}

#[test]
fn an_answer_that_finds_no_room_goes_on_before_the_message() {
    run(async {
        const ANSWER: usize = 1 << 20;
        let (mut sockets, mut client) = newcomer(Bytes::from(vec![b'a'; ANSWER])).await;
        let mut sent = sockets.write(7, &[IoSlice::new(b"m")]).unwrap();
        assert!(sent.blocked && sent.bytes == 0);
        let read = tokio::spawn(async move {
            let mut bytes = vec![0; ANSWER + 1];
            client.read_exact(&mut bytes).await.map(|_| bytes)
        });
        while sent.bytes == 0 {
            if poll(&mut sockets).await.iter().any(|ready| ready.writable) {
                sent = sockets.write(7, &[IoSlice::new(b"m")]).unwrap();
            }
        }
        let bytes = read.await.unwrap().unwrap();
        let (message, answer) = bytes.split_last().unwrap();
        assert!(*message == b'm' && answer.iter().all(|byte| *byte == b'a'));
    });
}
