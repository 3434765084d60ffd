use std::io::{self, Cursor, Read, Write};

use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, Message, WebSocket};
use wirehub_websocket::{CloseCode, Role};

use super::super::peer::Seen;
use super::decode::LIMITS;

/// What tungstenite, an independent implementation, makes of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) seen: Vec<Seen>,
    pub(super) refused: bool,
}

pub(super) fn oracle(role: Role, wire: &[u8]) -> Verdict {
    let role = match role {
        Role::Server => tungstenite::protocol::Role::Server,
        Role::Client => tungstenite::protocol::Role::Client,
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .max_frame_size(Some(LIMITS.frame_bytes))
        .max_message_size(Some(LIMITS.message_bytes));
    let mut socket = WebSocket::from_raw_socket(Wire(Cursor::new(wire)), role, Some(config));
    let mut seen = Vec::new();
    loop {
        match socket.read() {
            Ok(Message::Text(text)) => seen.push(Seen::Text(text.to_string())),
            Ok(Message::Binary(bytes)) => seen.push(Seen::Binary(bytes.to_vec())),
            Ok(Message::Ping(bytes)) => seen.push(Seen::Ping(bytes.to_vec())),
            Ok(Message::Pong(bytes)) => seen.push(Seen::Pong(bytes.to_vec())),
            Ok(Message::Close(close)) => {
                seen.push(Seen::Close(close.map(|close| {
                    let code = CloseCode::new(close.code.into()).expect("an allowed code");
                    (code, close.reason.to_string())
                })));
                return Verdict {
                    seen,
                    refused: false,
                };
            }
            Ok(Message::Frame(_)) => unreachable!("reading gives no raw frames"),
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                return Verdict {
                    seen,
                    refused: false,
                };
            }
            Err(_) => {
                return Verdict {
                    seen,
                    refused: true,
                };
            }
        }
    }
}

/// Stands for a socket: gives out bytes, then has no more for the moment; swallows replies.
struct Wire<'w>(Cursor<&'w [u8]>);

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            count => Ok(count),
        }
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
