//! A tiny HTTP client: one connection for each request.

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// How long anything may take before the test has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Its head in small letters.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect(&self.body)
    }

    /// The status, code and message of an error.
    pub(crate) fn error(&self) -> (u16, String, String) {
        let json = self.json();
        let text = |name: &str| json["error"][name].as_str().expect(&self.body).to_owned();
        (self.status, text("code"), text("message"))
    }

    /// The hint of an error.
    pub(crate) fn hint(&self) -> String {
        self.json()["error"]["hint"]
            .as_str()
            .expect(&self.body)
            .to_owned()
    }
}

/// Sends bytes and reads until the server closes the connection.
pub(crate) async fn exchange(address: SocketAddr, request: &[u8]) -> Answer {
    let talk = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // A server that refuses early may close before it has read everything.
        let _ = stream.write_all(request).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    };
    let answer = timeout(PATIENCE, talk)
        .await
        .expect("an answer comes in time");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole answer");
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_lowercase(),
        body: body.to_owned(),
    }
}

/// Sends a request with these header lines.
pub(crate) async fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> Answer {
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\
         content-length: {length}\r\n{headers}\r\n{body}"
    );
    exchange(address, request.as_bytes()).await
}
