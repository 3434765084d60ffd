//! A client made of a socket and the codec.

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use wirehub_websocket::{Decoder, Encoder, Inflater, Item, Limits, Role};

/// How long anything may take before the test has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a client sees next.
#[derive(Debug, PartialEq)]
pub(crate) enum Seen {
    /// A message.
    Message(Value),
    /// A ping of the server's.
    Ping,
    /// A close frame with this code.
    Close(u16),
    /// The end of the stream.
    End,
}

/// A WebSocket client that does what it is told and nothing by itself.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    decoder: Decoder,
    seen: Vec<Seen>,
}

impl Client {
    /// Opens a WebSocket at `path_and_query`.
    pub(crate) async fn open(address: SocketAddr, path_and_query: &str) -> Self {
        let (stream, answer) = request(address, path_and_query, "").await;
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        Self {
            stream,
            decoder: Decoder::new(Role::Client, false),
            seen: Vec::new(),
        }
    }

    /// Sends a text message.
    pub(crate) async fn send(&mut self, text: &str) {
        let mut frame = Vec::new();
        Encoder::client([7, 1, 2, 3]).text(&mut frame, text);
        self.send_raw(&frame).await;
    }

    /// Sends a close frame.
    pub(crate) async fn send_close(&mut self) {
        let mut frame = Vec::new();
        Encoder::client([7, 1, 2, 3]).close(&mut frame, None, "");
        self.send_raw(&frame).await;
    }

    /// Sends bytes as they are.
    pub(crate) async fn send_raw(&mut self, bytes: &[u8]) {
        timeout(PATIENCE, self.stream.write_all(bytes))
            .await
            .expect("the server reads")
            .expect("the connection holds");
    }

    /// Sends a request and returns the reply to it; what came before it stays to be seen.
    pub(crate) async fn ask(&mut self, text: &str) -> Value {
        let id = serde_json::from_str::<Value>(text).unwrap()["id"].clone();
        self.send(text).await;
        let mut before = Vec::new();
        loop {
            match self.next().await {
                Seen::Message(message) if message["id"] == id => {
                    before.append(&mut self.seen);
                    self.seen = before;
                    return message;
                }
                Seen::End => panic!("the connection ended before the reply to {text}"),
                other => before.push(other),
            }
        }
    }

    /// The next message; pings in between are passed over.
    pub(crate) async fn message(&mut self) -> Value {
        loop {
            match self.next().await {
                Seen::Message(message) => return message,
                Seen::Ping => {}
                other => panic!("{other:?} instead of a message"),
            }
        }
    }

    /// The code of the close frame that ends the connection, whatever comes before it.
    pub(crate) async fn close_code(&mut self) -> u16 {
        loop {
            match self.next().await {
                Seen::Close(code) => return code,
                Seen::End => panic!("the connection ended without a close frame"),
                Seen::Message(_) | Seen::Ping => {}
            }
        }
    }

    /// Waits until the server has closed the connection.
    pub(crate) async fn ended(&mut self) {
        while self.next().await != Seen::End {}
    }

    /// What comes next.
    pub(crate) async fn next(&mut self) -> Seen {
        timeout(PATIENCE, self.receive())
            .await
            .expect("something comes in time")
    }

    async fn receive(&mut self) -> Seen {
        while self.seen.is_empty() {
            let mut buffer = vec![0; 64 * 1024];
            match self.stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return Seen::End,
                Ok(count) => self.decode(&mut buffer[..count]),
            }
        }
        self.seen.remove(0)
    }

    fn decode(&mut self, bytes: &mut [u8]) {
        let (limits, mut inflater) = (Limits::default(), Inflater::new());
        let mut reader = self.decoder.read(bytes, &limits, &mut inflater);
        while let Some(item) = reader.next().expect("the server keeps to the protocol") {
            self.seen.push(match item {
                Item::Text(text) => Seen::Message(serde_json::from_str(text).unwrap()),
                Item::Ping(_) => Seen::Ping,
                Item::Close(close) => Seen::Close(close.map_or(1005, |close| close.code.get())),
                other => panic!("{other:?} was not expected"),
            });
        }
    }
}

/// Asks for a WebSocket and returns the head of the answer.
pub(crate) async fn request(
    address: SocketAddr,
    path_and_query: &str,
    more_headers: &str,
) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "GET {path_and_query} HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
         {more_headers}\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = timeout(PATIENCE, read_head(&mut stream)).await;
    (stream, answer.expect("an answer in time"))
}

/// Sends a plain GET and returns the whole answer.
pub(crate) async fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer))
        .await
        .expect("an answer in time")
        .unwrap();
    answer
}

/// Reads byte by byte, so that nothing behind the head is taken from the stream.
async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}
