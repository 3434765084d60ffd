//! What `GET /api/events` says, as it comes.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::http::PATIENCE;

/// An open answer, behind its head.
pub(crate) struct Events(TcpStream);

impl Events {
    /// Asks with a key and a query, and reads the head of the answer.
    pub(crate) async fn open(admin: SocketAddr, key: &str, query: &str) -> Self {
        let mut stream = TcpStream::connect(admin).await.unwrap();
        let request = format!(
            "GET /api/events?{query} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\
             authorization: Bearer {key}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut events = Self(stream);
        let head = events.until("\r\n\r\n").await;
        assert!(head.contains("application/x-ndjson"), "{head}");
        events
    }

    /// Reads until a text is there; returns all that came.
    pub(crate) async fn until(&mut self, text: &str) -> String {
        let read = async {
            let mut came = String::new();
            while !came.contains(text) {
                let mut bytes = [0; 4_096];
                let count = self.0.read(&mut bytes).await.unwrap();
                assert!(count > 0, "the stream ended: {came}");
                came.push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
            came
        };
        timeout(PATIENCE, read).await.expect("it comes in time")
    }

    /// Reads to the end of the answer.
    pub(crate) async fn rest(mut self) -> String {
        let mut rest = String::new();
        let end = timeout(PATIENCE, self.0.read_to_string(&mut rest)).await;
        end.expect("it ends in time").unwrap();
        rest
    }
}
