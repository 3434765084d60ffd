//! Messages over one open WebSocket.

use std::{cell::RefCell, io, time::Duration};

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf},
    time::timeout,
};
use wirehub_websocket::{
    CloseCode, Decoder, DeflatePolicy, Deflater, Encoder, Inflater, Item, Limits, MessageKind,
    Role, Window,
};

use super::opening::Opened;
use crate::{
    random,
    transport::{Closed, Duplex, Frame, Heard, Say, Wires},
};

/// How long the server may take to answer a close frame.
const GOOD_BYE: Duration = Duration::from_secs(2);

/// Bytes read at once.
const READ: usize = 16 * 1024;

thread_local! {
    // zlib's states are large and do not leave their thread; every link of a thread uses them in
    // turn, for one message at a time.
    static INFLATER: RefCell<Inflater> = const { RefCell::new(Inflater::new()) };
    static DEFLATER: RefCell<Deflater> = const { RefCell::new(Deflater::new(POLICY)) };
}

const POLICY: DeflatePolicy = DeflatePolicy {
    level: 3,
    memory: 8,
    min_bytes: 256,
};

/// Writes what waits; when nothing does, sees to it that all of it leaves, and gives 0.
async fn push(write: &mut WriteHalf<Box<dyn Duplex>>, waiting: &[u8]) -> io::Result<usize> {
    if waiting.is_empty() {
        return write.flush().await.map(|()| 0);
    }
    match write.write(waiting).await {
        Ok(0) => Err(io::ErrorKind::WriteZero.into()),
        wrote => wrote,
    }
}

/// Carries messages over one open WebSocket.
pub(crate) struct Carrier {
    read: ReadHalf<Box<dyn Duplex>>,
    write: WriteHalf<Box<dyn Duplex>>,
    decoder: Decoder,
    limits: Limits,
    window: Option<Window>,
    early: Bytes,
    /// Frames that wait for the socket.
    out: Vec<u8>,
    /// How far they have gone.
    written: usize,
    /// Whether TLS may hold something back that was written.
    unflushed: bool,
}

/// What the select of a carrier came to.
enum Turn {
    Read(io::Result<usize>),
    Wrote(io::Result<usize>),
    Say(Option<Say>),
}

impl Carrier {
    pub(crate) fn new(opened: Opened, limits: Limits) -> Self {
        let (read, write) = tokio::io::split(opened.stream);
        Self {
            read,
            write,
            decoder: Decoder::new(Role::Client, opened.window.is_some()),
            limits,
            window: opened.window,
            early: opened.early,
            out: Vec::new(),
            written: 0,
            unflushed: false,
        }
    }

    pub(crate) async fn carry(mut self, wires: &mut Wires) -> Closed {
        let mut buffer = vec![0; READ];
        let mut early = self.early.to_vec();
        if let Some(closed) = self.hear(&mut early, wires).await {
            return closed;
        }
        loop {
            let waiting = self.out.get(self.written..).unwrap_or_default();
            let writing = self.unflushed || !waiting.is_empty();
            let turn = tokio::select! {
                read = self.read.read(&mut buffer) => Turn::Read(read),
                wrote = push(&mut self.write, waiting), if writing => Turn::Wrote(wrote),
                // One message after the other: what waits, waits where it is counted.
                say = wires.say.recv(), if waiting.is_empty() => Turn::Say(say),
            };
            match turn {
                Turn::Read(Ok(0)) => return Closed::lost("the server hung up"),
                Turn::Read(Err(error)) | Turn::Wrote(Err(error)) => {
                    return Closed::lost(error.to_string());
                }
                Turn::Read(Ok(count)) => {
                    let bytes = buffer.get_mut(..count).unwrap_or_default();
                    if let Some(closed) = self.hear(bytes, wires).await {
                        return closed;
                    }
                }
                Turn::Wrote(Ok(count)) => self.wrote(count),
                Turn::Say(Some(Say::Frame(frame))) => {
                    self.encode(&frame);
                    // Whatever else is there goes with it in one write.
                    while self.out.len() < READ
                        && let Ok(say) = wires.say.try_recv()
                    {
                        match say {
                            Say::Frame(frame) => self.encode(&frame),
                            Say::Close { code, reason } => return self.leave(code, &reason).await,
                        }
                    }
                }
                Turn::Say(Some(Say::Close { code, reason })) => {
                    return self.leave(code, &reason).await;
                }
                Turn::Say(None) => return self.leave(1001, "").await,
            }
        }
    }

    fn wrote(&mut self, count: usize) {
        self.written += count;
        self.unflushed = count > 0;
        if self.written >= self.out.len() {
            self.out.clear();
            self.written = 0;
        }
    }

    fn encode(&mut self, frame: &Frame) {
        let encoder = Encoder::client(random::bytes());
        let (kind, payload) = match frame {
            Frame::Text(text) => (MessageKind::Text, text.as_bytes()),
            Frame::Binary(bytes) => (MessageKind::Binary, bytes.as_slice()),
        };
        let Some(window) = self.window else {
            return encoder.message(&mut self.out, kind, payload);
        };
        DEFLATER.with_borrow_mut(|deflater| {
            encoder.compressed(&mut self.out, kind, payload, deflater, window);
        });
    }

    /// Decodes what came and tells the driver; an end ends the link.
    async fn hear(&mut self, bytes: &mut [u8], wires: &Wires) -> Option<Closed> {
        let (heard, closed) = self.decode(bytes);
        for heard in heard {
            wires.tell(heard).await;
        }
        let closed = closed?;
        // The close frame is answered, or the breach of protocol is told, as far as the socket
        // takes it at once; the other side hears of the end anyhow.
        let code = CloseCode::new(closed.code);
        Encoder::client(random::bytes()).close(&mut self.out, code, "");
        self.flush().await;
        Some(closed)
    }

    fn decode(&mut self, bytes: &mut [u8]) -> (Vec<Heard>, Option<Closed>) {
        let mut heard = Vec::new();
        let out = &mut self.out;
        let closed = INFLATER.with_borrow_mut(|inflater| {
            let mut reader = self.decoder.read(bytes, &self.limits, inflater);
            loop {
                match reader.next() {
                    Ok(None) => return None,
                    Ok(Some(Item::Text(text))) => {
                        heard.push(Heard::Frame(Frame::Text(text.to_owned())));
                    }
                    Ok(Some(Item::Binary(bytes))) => {
                        heard.push(Heard::Frame(Frame::Binary(bytes.to_vec())));
                    }
                    Ok(Some(Item::Ping(payload))) => {
                        Encoder::client(random::bytes()).pong(out, payload);
                        heard.push(Heard::Activity);
                    }
                    Ok(Some(Item::Pong(_))) => heard.push(Heard::Activity),
                    Ok(Some(Item::Close(close))) => {
                        return Some(Closed {
                            code: close.map_or(1005, |close| close.code.get()),
                            reason: close.map_or_else(String::new, |it| it.reason.to_owned()),
                            ..Closed::default()
                        });
                    }
                    Err(error) => {
                        heard.push(Heard::Garbage(error.to_string()));
                        let code = error.close_code().get();
                        let reason = error.to_string();
                        return Some(Closed {
                            code,
                            reason,
                            ..Closed::default()
                        });
                    }
                }
            }
        });
        (heard, closed)
    }

    /// Says good-bye and waits a moment for the answer, so that the server knows that it was on
    /// purpose.
    async fn leave(mut self, code: u16, reason: &str) -> Closed {
        let frame = CloseCode::new(code);
        Encoder::client(random::bytes()).close(&mut self.out, frame, reason);
        let mut buffer = vec![0; READ];
        let good_bye = async {
            self.flush().await;
            while !self.decoder.is_finished() {
                match self.read.read(&mut buffer).await {
                    Ok(0) | Err(_) => return,
                    Ok(count) => {
                        self.decode(buffer.get_mut(..count).unwrap_or_default());
                    }
                }
            }
        };
        let _ = timeout(GOOD_BYE, good_bye).await;
        Closed {
            code,
            reason: reason.to_owned(),
            ..Closed::default()
        }
    }

    /// Writes what waits, for as long as good-byes may take.
    async fn flush(&mut self) {
        let waiting = self.out.get(self.written..).unwrap_or_default();
        let flush = async {
            self.write.write_all(waiting).await?;
            self.write.flush().await
        };
        let _ = timeout(GOOD_BYE, flush).await;
        self.wrote(self.out.len());
    }
}
