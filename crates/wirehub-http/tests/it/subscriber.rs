//! A client of the hub, made of a socket and the codec.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use wirehub_websocket::{Decoder, Encoder, Inflater, Item, Limits, Role};

use crate::http::PATIENCE;

/// A connected client.
pub(crate) struct Subscriber {
    stream: TcpStream,
    decoder: Decoder,
    seen: Vec<String>,
    /// The name of its connection.
    pub(crate) connection: String,
}

impl Subscriber {
    /// Connects with a token and waits for the welcome.
    pub(crate) async fn open(address: SocketAddr, token: &str) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET /ws?token={token} HTTP/1.1\r\nhost: hub\r\nconnection: upgrade\r\n\
             upgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        assert!(
            head.starts_with(b"HTTP/1.1 101 "),
            "{}",
            head.escape_ascii()
        );
        let mut client = Self {
            stream,
            decoder: Decoder::new(Role::Client, false),
            seen: Vec::new(),
            connection: String::new(),
        };
        let welcome: Value = serde_json::from_str(&client.text().await).unwrap();
        client.connection = welcome["connection"].as_str().unwrap().to_owned();
        client
    }

    /// Subscribes to a topic.
    pub(crate) async fn subscribe(&mut self, topic: &str) {
        let mut frame = Vec::new();
        let text = format!(r#"{{"type":"subscribe","id":1,"topic":"{topic}"}}"#);
        Encoder::client([1, 2, 3, 4]).text(&mut frame, &text);
        self.stream.write_all(&frame).await.unwrap();
        let reply = self.text().await;
        assert!(reply.contains(r#""type":"ok""#), "{reply}");
    }

    /// The next message as it came.
    pub(crate) async fn text(&mut self) -> String {
        let read = async {
            while self.seen.is_empty() {
                let mut buffer = vec![0; 4096];
                let count = self.stream.read(&mut buffer).await.unwrap();
                assert!(count > 0, "the hub closed the connection");
                self.decode(&mut buffer[..count]);
            }
            self.seen.remove(0)
        };
        timeout(PATIENCE, read)
            .await
            .expect("a message comes in time")
    }

    fn decode(&mut self, bytes: &mut [u8]) {
        let (limits, mut inflater) = (Limits::default(), Inflater::new());
        let mut reader = self.decoder.read(bytes, &limits, &mut inflater);
        while let Some(item) = reader.next().unwrap() {
            match item {
                Item::Text(text) => self.seen.push(text.to_owned()),
                Item::Close(close) => {
                    let code = close.map_or(1005, |close| close.code.get());
                    self.seen.push(format!("close {code}"));
                }
                Item::Binary(_) | Item::Ping(_) | Item::Pong(_) => {}
            }
        }
    }
}
