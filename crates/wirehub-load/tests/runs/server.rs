//! A WebSocket server that is wrong in one way.

use std::{
    io::{BufRead as _, BufReader, Read, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use wirehub_websocket::{Decoder, Encoder, Inflater, Item, Limits, Role, handshake::accept_key};

/// Descriptors that it has before anybody comes.
const BEFORE: usize = 10;

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// It never gives back what a connection took.
    Leaks,
    /// Every second connection is sent away.
    RefusesHalf,
}

/// The server. Its threads end with its clients, and the last one with the tests.
pub(crate) struct Server {
    pub(crate) url: String,
    held: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) fn start(fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let held = Arc::new(AtomicUsize::new(BEFORE));
        let counted = Arc::clone(&held);
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let (stream, held) = (stream.unwrap(), Arc::clone(&counted));
                let is_refused = fault == Fault::RefusesHalf && number % 2 == 1;
                thread::spawn(move || {
                    held.fetch_add(1, SeqCst);
                    serve(stream, is_refused);
                    if fault != Fault::Leaks {
                        held.fetch_sub(1, SeqCst);
                    }
                });
            }
        });
        Self { url, held }
    }

    /// What it says of itself.
    pub(crate) fn metrics(&self) -> impl Fn() -> String + Send + 'static {
        let held = Arc::clone(&self.held);
        move || format!("process_open_fds {}\n", held.load(SeqCst))
    }
}

/// Answers the handshake, and reads to the end.
pub(crate) fn serve(stream: impl Read + Write, is_refused: bool) {
    let mut reader = BufReader::new(stream);
    let mut key = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).is_err() || line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Sec-WebSocket-Key: ") {
            key = value.trim().to_owned();
        }
    }
    let answer = match is_refused {
        true => "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n".to_owned(),
        false => format!(
            "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: {}\r\n\r\n",
            accept_key(&key)
        ),
    };
    if reader.get_mut().write_all(answer.as_bytes()).is_err() || is_refused {
        return;
    }
    echo(&mut reader);
}

/// Says what it hears, up to the goodbye, whose answer is the end of the stream.
fn echo(stream: &mut BufReader<impl Read + Write>) {
    let (mut decoder, limits) = (Decoder::new(Role::Server, false), Limits::default());
    let mut inflater = Inflater::new();
    let mut scratch = [0; 4_096];
    while let Ok(count @ 1..) = stream.read(&mut scratch) {
        let mut out = Vec::new();
        let mut reader = decoder.read(&mut scratch[..count], &limits, &mut inflater);
        while let Some(item) = reader.next().unwrap() {
            match item {
                Item::Text(text) => Encoder::server().text(&mut out, text),
                Item::Close(_) => return,
                Item::Binary(_) | Item::Ping(_) | Item::Pong(_) => {}
            }
        }
        if stream.get_mut().write_all(&out).is_err() {
            return;
        }
    }
}
