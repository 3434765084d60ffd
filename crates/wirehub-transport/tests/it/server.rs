//! A small server around the transport: one shard, one loop, an echo.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::Notify;
use wirehub_transport::{
    Accepted, Admission, AdmissionLimits, Established, Gate, Handshake, HandshakeSettings,
    Listener, Opening, Outcome, Peer, Ready, Reply, Sockets, StreamFormat, StreamFraming,
    TcpSettings, Tls, UpgradeRequest, Wire,
};
use wirehub_websocket::{Encoder, Inflater, Item, Limits};

/// Nothing in these tests takes that long; waiting ends as soon as what is waited for is there.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a test on a runtime like a shard's.
pub(crate) fn run<F: Future<Output = ()>>(test: F) {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())
        .unwrap();
    runtime.block_on(async {
        tokio::time::timeout(PATIENCE, test)
            .await
            .expect("the test takes too long");
    });
}

/// What a test wants to be different.
pub(crate) struct Setup {
    pub(crate) settings: HandshakeSettings,
    pub(crate) limits: AdmissionLimits,
    pub(crate) tls: Option<Tls>,
    pub(crate) tcp: TcpSettings,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            settings: HandshakeSettings::from(&wirehub_model::Limits::default()),
            limits: AdmissionLimits {
                connections: 1_000,
                connections_per_ip: 1_000,
                handshakes: 100,
                http_connections: 100,
            },
            tls: None,
            tcp: TcpSettings::default(),
        }
    }
}

/// The server, running in tasks of the test's own thread.
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    pub(crate) admission: Arc<Admission>,
    pub(crate) log: Rc<Log>,
}

/// What the server saw.
#[derive(Default)]
pub(crate) struct Log {
    lines: RefCell<Vec<String>>,
    pub(crate) open: Cell<usize>,
    changed: Notify,
}

impl Log {
    fn say(&self, line: String) {
        self.lines.borrow_mut().push(line);
        self.changed.notify_waiters();
    }

    fn set_open(&self, open: usize) {
        self.open.set(open);
        self.changed.notify_waiters();
    }

    /// Waits until something holds.
    pub(crate) async fn until(&self, mut holds: impl FnMut(&Self) -> bool) {
        loop {
            let changed = self.changed.notified();
            if holds(self) {
                return;
            }
            changed.await;
        }
    }

    /// Waits for a line that begins so.
    pub(crate) async fn line(&self, begin: &str) -> String {
        let mut found = None;
        self.until(|log| {
            let lines = log.lines.borrow();
            found = lines.iter().find(|line| line.starts_with(begin)).cloned();
            found.is_some()
        })
        .await;
        found.unwrap()
    }
}

pub(crate) fn start(setup: Setup) -> Server {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), &setup.tcp).unwrap();
    let admission = Admission::new(setup.limits);
    let server = Server {
        addr: listener.local_addr().unwrap(),
        admission: Arc::clone(&admission),
        log: Rc::default(),
    };
    let inbox: Rc<RefCell<Vec<Established>>> = Rc::default();
    let wake = Rc::new(Notify::new());
    let handshake = Rc::new(Handshake::new(setup.settings, admission, setup.tls));
    let (log, queue, notify) = (Rc::clone(&server.log), Rc::clone(&inbox), Rc::clone(&wake));
    tokio::task::spawn_local(async move {
        loop {
            let (stream, addr) = listener.accept().await.unwrap();
            let (handshake, log) = (Rc::clone(&handshake), Rc::clone(&log));
            let (queue, notify) = (Rc::clone(&queue), Rc::clone(&notify));
            tokio::task::spawn_local(async move {
                match handshake.run(stream, addr, None, &Door).await {
                    Outcome::Upgraded(upgraded) => {
                        log.say(format!(
                            "upgraded {} {:?}",
                            upgraded.admitted, upgraded.peer
                        ));
                        queue.borrow_mut().push(upgraded.established);
                        notify.notify_one();
                    }
                    Outcome::Answered => log.say("answered".to_owned()),
                    Outcome::Failed(failure) => {
                        log.say(format!("failed {}: {failure}", failure.name()));
                    }
                }
            });
        }
    });
    tokio::task::spawn_local(echo(inbox, wake, Rc::clone(&server.log)));
    server
}

/// Admits by path: `/ws` and below, with the last subprotocol that is offered.
struct Door;

impl Gate for Door {
    type Admitted = String;

    async fn admit(
        &self,
        request: &Parts,
        offer: &UpgradeRequest,
        _peer: &Peer,
    ) -> Result<Accepted<String>, Response<Full<Bytes>>> {
        if !request.uri.path().starts_with("/ws") {
            let mut response = Response::new(Full::from("no such path\n"));
            *response.status_mut() = StatusCode::NOT_FOUND;
            return Err(response);
        }
        if request.uri.path() == "/ws/slow" {
            std::future::pending::<()>().await;
        }
        Ok(Accepted {
            subprotocol: offer
                .subprotocols()
                .last()
                .map(|name| name.to_owned().into()),
            compression: true,
            admitted: request.uri.path().to_owned(),
        })
    }

    async fn answer(&self, request: Request<Incoming>, _peer: &Peer) -> Reply<String> {
        if request.uri().path().starts_with("/stream") {
            let (head, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            return Reply::Stream(Opening {
                format: StreamFormat::Lines,
                headers: http::HeaderMap::new(),
                admitted: format!("{} {body:?}", head.uri),
            });
        }
        Response::new(Full::from(format!("you asked for {}\n", request.uri()))).into()
    }
}

async fn echo(inbox: Rc<RefCell<Vec<Established>>>, wake: Rc<Notify>, log: Rc<Log>) {
    let mut echo = Echo {
        sockets: Sockets::new(64).unwrap(),
        scratch: vec![0; 4_096],
        backlog: Vec::new(),
        streams: Vec::new(),
        inflater: Inflater::new(),
    };
    let (mut ready, mut next) = (Vec::new(), 0);
    loop {
        tokio::select! {
            outcome = echo.sockets.ready() => outcome.unwrap(),
            () = wake.notified() => {}
        }
        for established in inbox.borrow_mut().drain(..) {
            echo.streams.push(match established.wire {
                Wire::Stream(framing) => Some(framing),
                Wire::WebSocket { .. } => None,
            });
            echo.sockets.insert(next, established).unwrap();
            echo.backlog.push(Vec::new());
            next += 1;
        }
        echo.sockets.poll(&mut ready).unwrap();
        for socket in &ready {
            if let Err(error) = echo.serve(*socket) {
                echo.sockets.remove(socket.key);
                log.say(format!("closed {:?}", error.kind()));
            }
        }
        log.set_open(echo.sockets.len());
    }
}

struct Echo {
    sockets: Sockets,
    scratch: Vec<u8>,
    backlog: Vec<Vec<u8>>,
    streams: Vec<Option<StreamFraming>>,
    inflater: Inflater,
}

impl Echo {
    fn serve(&mut self, ready: Ready) -> io::Result<()> {
        let backlog = &mut self.backlog[ready.key as usize];
        if let Some(framing) = self.streams[ready.key as usize] {
            if ready.readable {
                let heard = self.sockets.overhear(ready.key, &mut self.scratch)?;
                if heard.end {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                let count = heard.bytes.len();
                // A TLS session is looked at once without a reason.
                framing.message(backlog, |out| {
                    out.extend_from_slice(format!("{count}\n").as_bytes());
                    count > 0
                });
            }
        } else if ready.readable {
            let limits = Limits::default();
            let mut received =
                self.sockets
                    .receive(ready.key, &mut self.scratch, &limits, &mut self.inflater)?;
            let end = received.end;
            while let Some(item) = received.reader.next().map_err(io::Error::other)? {
                match item {
                    Item::Text(text) => Encoder::server().text(backlog, text),
                    Item::Binary(bytes) => Encoder::server().binary(backlog, bytes),
                    Item::Close(_) => Encoder::server().close(backlog, None, ""),
                    Item::Ping(bytes) => Encoder::server().pong(backlog, bytes),
                    Item::Pong(_) => {}
                }
            }
            if end {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        if !backlog.is_empty() || ready.writable {
            // Several slices, as a hub's flush has them.
            let slices: Vec<_> = backlog.chunks(100).map(IoSlice::new).collect();
            let written = self.sockets.write(ready.key, &slices)?;
            backlog.drain(..written.bytes);
            assert!(written.blocked || backlog.is_empty());
        }
        Ok(())
    }
}

/// A proper handshake, with more header lines.
pub(crate) fn handshake(path: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n{more}\r\n"
    )
}

pub(crate) async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.addr).await.unwrap()
}

/// Reads the head of an answer.
pub(crate) async fn read_head<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let byte = stream.read_u8().await;
        head.push(byte.expect("the connection ended inside the head"));
    }
    String::from_utf8(head).unwrap()
}

/// Sends a request and returns everything up to the end of the connection.
pub(crate) async fn ask(server: &Server, request: &str) -> String {
    let mut stream = connect(server).await;
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Connects and becomes a WebSocket.
pub(crate) async fn upgrade(server: &Server) -> TcpStream {
    let mut stream = connect(server).await;
    stream
        .write_all(handshake("/ws", "").as_bytes())
        .await
        .unwrap();
    let head = read_head(&mut stream).await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    stream
}

/// A client's text frame.
pub(crate) fn text(text: &str) -> Vec<u8> {
    let mut frame = Vec::new();
    Encoder::client([1, 2, 3, 4]).text(&mut frame, text);
    frame
}

/// Reads an echo.
pub(crate) async fn expect_text<S: AsyncRead + Unpin>(stream: &mut S, text: &str) {
    let mut expected = Vec::new();
    Encoder::server().text(&mut expected, text);
    let mut got = vec![0; expected.len()];
    stream.read_exact(&mut got).await.unwrap();
    assert!(got == expected, "another echo than expected");
}
