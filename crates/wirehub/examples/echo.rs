//! A WebSocket echo server on the transport alone: no hub, no dialect, no topics.
//!
//! ```text
//! cargo run --release --example echo -- --listen 127.0.0.1:9001
//! ```
//!
//! Each shard is one thread with one loop. A turn takes what the kernel reports, reads each ready
//! socket once through one buffer, and writes the answers of a read at once. The Autobahn test
//! suite and the echo benchmark run against it, so its limits are wide.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::{Arc, mpsc as std_mpsc};
use std::thread;

use bytes::Bytes;
use clap::Parser;
use http::request::Parts;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use slab::Slab;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{mpsc, watch};
use wirehub_transport::{
    Accepted, Admission, AdmissionLimits, Gate, Handshake, HandshakeSettings, Listener, Outcome,
    Peer, Ready, Reply, Sockets, TcpSettings, UpgradeRequest, Upgraded, Wire,
};
use wirehub_websocket::{
    DecodeError, DeflatePolicy, Deflater, Encoder, Inflater, Item, Limits, MessageKind, Window,
};

/// Bytes of the buffer that all sockets of a shard are read through.
const SCRATCH: usize = 64 * 1024;
/// Bytes of an answer buffer that are kept from one turn to the next.
const OUT_KEPT: usize = 1024 * 1024;
/// Sockets taken from the kernel at a time.
const EVENTS: usize = 1_024;

#[derive(Clone, Copy, Debug, Parser)]
struct Options {
    /// Where to listen; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:9001")]
    listen: SocketAddr,
    /// Threads, each with a listener of its own on the same address.
    #[arg(long, default_value_t = 1)]
    shards: usize,
    /// Agree to compression when a client offers it; `--compress=false` turns it off.
    #[arg(
        long,
        default_value_t = true,
        action = clap::ArgAction::Set,
        num_args = 0..=1,
        default_missing_value = "true",
        require_equals = true
    )]
    compress: bool,
}

#[expect(
    clippy::print_stdout,
    reason = "scripts wait for the address on stdout"
)]
fn main() -> io::Result<()> {
    let options = Options::parse();
    let (stop, stopped) = watch::channel(false);
    let admission = Admission::new(AdmissionLimits {
        connections: usize::MAX,
        connections_per_ip: usize::MAX,
        handshakes: 4_096,
        http_connections: 4_096,
    });
    let (bound, addresses) = std_mpsc::channel();
    let mut addr = options.listen;
    let mut shards = Vec::new();
    for index in 0..options.shards.max(1) {
        let (admission, stopped, bound) = (Arc::clone(&admission), stopped.clone(), bound.clone());
        let shard = thread::Builder::new().name(format!("shard-{index}"));
        shards.push(
            shard.spawn(move || run_shard(addr, options.compress, admission, stopped, &bound))?,
        );
        // The first shard learns the port that the others share.
        addr = addresses.recv().map_err(io::Error::other)??;
    }
    println!("listening on ws://{addr}");
    wait_for_signal()?;
    // An error means that every shard has ended already.
    let _ = stop.send(true);
    for shard in shards {
        shard
            .join()
            .map_err(|_| io::Error::other("a shard panicked"))??;
    }
    Ok(())
}

fn wait_for_signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}

fn run_shard(
    addr: SocketAddr,
    compress: bool,
    admission: Arc<Admission>,
    mut stopped: watch::Receiver<bool>,
    bound: &std_mpsc::Sender<io::Result<SocketAddr>>,
) -> io::Result<()> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())?;
    runtime.block_on(async move {
        let listener = Listener::bind(addr, &TcpSettings::default());
        let address = listener
            .as_ref()
            .map_err(|error| io::Error::from(error.kind()));
        let _ = bound.send(address.and_then(Listener::local_addr));
        let (upgraded, mut inbox) = mpsc::channel(EVENTS);
        tokio::task::spawn_local(accept(listener?, admission, Echo { compress }, upgraded));
        let mut shard = Shard::new()?;
        loop {
            tokio::select! {
                biased;
                _ = stopped.changed() => return Ok(()),
                outcome = shard.sockets.ready() => outcome?,
                Some(upgraded) = inbox.recv() => {
                    shard.insert(upgraded)?;
                    while let Ok(upgraded) = inbox.try_recv() {
                        shard.insert(upgraded)?;
                    }
                }
            }
            shard.turn()?;
        }
    })
}

/// Accepts connections, and sends those that became WebSockets to the loop.
async fn accept(
    listener: Listener,
    admission: Arc<Admission>,
    echo: Echo,
    upgraded: mpsc::Sender<Upgraded<()>>,
) {
    let settings = HandshakeSettings::from(&wirehub_model::Limits::default());
    let handshake = Rc::new(Handshake::new(settings, Arc::clone(&admission), None));
    loop {
        let place = admission.handshake_place().await;
        // Out of descriptors: the listener rests before it tries again.
        let Ok((stream, addr)) = listener.accept().await else {
            continue;
        };
        let (handshake, upgraded) = (Rc::clone(&handshake), upgraded.clone());
        tokio::task::spawn_local(async move {
            if let Outcome::Upgraded(socket) = handshake.run(stream, addr, Some(place), &echo).await
            {
                // The loop has ended; so does the connection.
                let _ = upgraded.send(socket).await;
            }
        });
    }
}

/// Lets everybody in.
#[derive(Clone, Copy, Debug)]
struct Echo {
    compress: bool,
}

impl Gate for Echo {
    type Admitted = ();

    async fn admit(
        &self,
        _request: &Parts,
        _offer: &UpgradeRequest,
        _peer: &Peer,
    ) -> Result<Accepted<()>, Response<Full<Bytes>>> {
        Ok(Accepted {
            subprotocol: None,
            compression: self.compress,
            admitted: (),
        })
    }

    async fn answer(&self, _request: Request<Incoming>, _peer: &Peer) -> Reply<()> {
        Response::new(Full::from("this is a WebSocket echo server\n")).into()
    }
}

/// One shard: its sockets, and what all of them share.
struct Shard {
    sockets: Sockets,
    connections: Slab<Connection>,
    ready: Vec<Ready>,
    scratch: Vec<u8>,
    echo: Answers,
    limits: Limits,
    inflater: Inflater,
}

/// What an echo server has to know of a connection.
#[derive(Default)]
struct Connection {
    deflate: Option<Window>,
    /// Answers that the socket did not take.
    backlog: Vec<u8>,
    /// It was reported readable while its backlog was not empty.
    unread: bool,
    /// Our close frame is on its way; only the end of the socket is waited for.
    closing: bool,
}

/// The answers to one read.
struct Answers {
    out: Vec<u8>,
    deflater: Deflater,
}

impl Shard {
    fn new() -> io::Result<Self> {
        Ok(Self {
            sockets: Sockets::new(EVENTS)?,
            connections: Slab::new(),
            ready: Vec::new(),
            scratch: vec![0; SCRATCH],
            echo: Answers {
                out: Vec::new(),
                deflater: Deflater::new(DeflatePolicy::default()),
            },
            limits: Limits {
                frame_bytes: 64 << 20,
                message_bytes: 64 << 20,
                fragments: 1 << 20,
            },
            inflater: Inflater::new(),
        })
    }

    fn insert(&mut self, upgraded: Upgraded<()>) -> io::Result<()> {
        // The gate opens no streams.
        let deflate = match upgraded.established.wire {
            Wire::WebSocket { deflate } => deflate,
            Wire::Stream(_) => None,
        };
        let key = self.connections.insert(Connection {
            deflate,
            ..Connection::default()
        });
        let key = u32::try_from(key).map_err(io::Error::other)?;
        self.sockets.insert(key, upgraded.established)
    }

    fn turn(&mut self) -> io::Result<()> {
        let mut ready = std::mem::take(&mut self.ready);
        self.sockets.poll(&mut ready)?;
        for socket in &ready {
            if self.serve(*socket).is_err() {
                self.remove(socket.key);
            }
        }
        self.ready = ready;
        if self.echo.out.capacity() > OUT_KEPT {
            self.echo.out = Vec::new();
        }
        Ok(())
    }

    fn remove(&mut self, key: u32) {
        self.sockets.remove(key);
        self.connections.try_remove(key as usize);
    }

    /// Gives a socket its turn. An error means that the connection is over.
    fn serve(
        &mut self,
        Ready {
            key,
            readable,
            writable,
            ..
        }: Ready,
    ) -> io::Result<()> {
        let Some(connection) = self.connections.get_mut(key as usize) else {
            return Ok(());
        };
        let mut readable = readable;
        if writable {
            let backlog = std::mem::take(&mut connection.backlog);
            self.send(key, backlog)?;
        }
        let Some(connection) = self.connections.get_mut(key as usize) else {
            return Ok(());
        };
        if !connection.backlog.is_empty() {
            // A client that does not read its answers is not read from either.
            connection.unread |= readable;
            return Ok(());
        }
        readable |= std::mem::take(&mut connection.unread);
        if readable {
            self.receive(key)?;
        }
        Ok(())
    }

    /// Reads a socket once, and sends the answers.
    fn receive(&mut self, key: u32) -> io::Result<()> {
        let Some(connection) = self.connections.get_mut(key as usize) else {
            return Ok(());
        };
        let mut received =
            self.sockets
                .receive(key, &mut self.scratch, &self.limits, &mut self.inflater)?;
        self.echo.out.clear();
        let end = received.end;
        loop {
            match received.reader.next() {
                Ok(None) => break,
                Ok(Some(item)) => connection.closing |= self.echo.answer(item, connection.deflate),
                Err(error) => {
                    connection.closing = true;
                    self.echo.fail(error);
                }
            }
        }
        if !self.echo.out.is_empty() {
            let mut out = std::mem::take(&mut self.echo.out);
            let closing = connection.closing;
            let written = self.sockets.write(key, &[IoSlice::new(&out)])?;
            if written.blocked {
                if let Some(rest) = out.get(written.bytes..) {
                    connection.backlog.extend_from_slice(rest);
                }
            } else if closing {
                self.sockets.shutdown(key)?;
            }
            out.clear();
            self.echo.out = out;
        }
        match end {
            true => Err(io::ErrorKind::UnexpectedEof.into()),
            false => Ok(()),
        }
    }

    /// Sends what a blocked socket left, and keeps what it leaves again.
    fn send(&mut self, key: u32, mut bytes: Vec<u8>) -> io::Result<()> {
        let written = self.sockets.write(key, &[IoSlice::new(&bytes)])?;
        let Some(connection) = self.connections.get_mut(key as usize) else {
            return Ok(());
        };
        if written.blocked {
            bytes.drain(..written.bytes);
            connection.backlog = bytes;
        } else if connection.closing {
            self.sockets.shutdown(key)?;
        }
        Ok(())
    }
}

impl Answers {
    /// Appends the answer to an item; says whether it was the last one.
    fn answer(&mut self, item: Item<'_>, deflate: Option<Window>) -> bool {
        let encoder = Encoder::server();
        match item {
            Item::Text(text) => self.message(MessageKind::Text, text.as_bytes(), deflate),
            Item::Binary(bytes) => self.message(MessageKind::Binary, bytes, deflate),
            Item::Ping(payload) => encoder.pong(&mut self.out, payload),
            Item::Pong(_) => {}
            Item::Close(frame) => {
                encoder.close(&mut self.out, frame.map(|frame| frame.code), "");
                return true;
            }
        }
        false
    }

    fn message(&mut self, kind: MessageKind, payload: &[u8], deflate: Option<Window>) {
        let encoder = Encoder::server();
        match deflate {
            None => encoder.message(&mut self.out, kind, payload),
            Some(window) => {
                encoder.compressed(&mut self.out, kind, payload, &mut self.deflater, window);
            }
        }
    }

    /// Appends the close frame for a client that broke the protocol.
    fn fail(&mut self, error: DecodeError) {
        Encoder::server().close(&mut self.out, Some(error.close_code()), "");
    }
}
