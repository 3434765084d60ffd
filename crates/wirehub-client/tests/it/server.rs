//! A server that does whatever a test wants.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use wirehub_websocket::handshake;

/// It answers every connection with the same bytes; it ends when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

/// What a connection is answered with.
#[derive(Clone, Copy)]
pub(crate) enum Script {
    /// These bytes, in place of HTTP.
    Raw(&'static [u8]),
    /// A proper handshake with this subprotocol, and then these bytes; with a pause at the end
    /// when `hold`, else the connection is closed.
    Upgraded {
        subprotocol: &'static str,
        bytes: &'static [u8],
        hold: bool,
    },
}

impl Server {
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&accepted);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(answer(stream, script));
            }
        });
        Self {
            address,
            accepted,
            task,
        }
    }

    /// How many connections came so far.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: TcpStream, script: Script) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let key = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("sec-websocket-key")
            .then_some(value)
    });
    let (bytes, hold) = match script {
        Script::Raw(bytes) => (bytes, false),
        Script::Upgraded { .. } if key.is_none() => {
            (&b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"[..], false)
        }
        Script::Upgraded {
            subprotocol,
            bytes,
            hold,
        } => {
            let accept = handshake::accept_key(key.unwrap_or_default());
            let head = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: {subprotocol}\r\n\r\n"
            );
            let _ = stream.write_all(head.as_bytes()).await;
            (bytes, hold)
        }
    };
    let _ = stream.write_all(bytes).await;
    // What the client says is read, so that closing is no reset.
    let mut rest = vec![0; 1_024];
    if hold {
        while matches!(stream.read(&mut rest).await, Ok(1..)) {}
    }
}
