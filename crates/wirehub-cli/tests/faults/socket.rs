//! A client's end of one connection, and requests to the server API. Any of them may be lost at any
//! moment.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;
use tungstenite::{Error, Message, WebSocket, protocol::Role};

use crate::process::{API_KEY, DEADLINE};

/// The connection is gone.
#[derive(Debug)]
pub(crate) struct Lost;

/// A WebSocket.
pub(crate) struct Socket(WebSocket<TcpStream>);

impl Socket {
    /// Connects with a token in the query, or without one.
    pub(crate) fn open(address: &str, token: Option<&str>) -> Result<Self, Lost> {
        let query = token.map(|token| format!("?token={token}"));
        let head = format!(
            "GET /ws{} HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            query.unwrap_or_default()
        );
        let mut stream = connect(address)?;
        stream.write_all(head.as_bytes()).map_err(|_| Lost)?;
        let mut answer = Vec::new();
        // Byte by byte, so that nothing behind the head is taken.
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).map_err(|_| Lost)?;
            answer.extend(byte);
        }
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
        Ok(Self(WebSocket::from_raw_socket(stream, Role::Client, None)))
    }

    pub(crate) fn send(&mut self, request: &Value) -> Result<(), Lost> {
        let text = Message::text(request.to_string());
        self.0.send(text).map_err(|_| Lost)
    }

    /// The next message, if one comes in time.
    pub(crate) fn next(&mut self, patience: Duration) -> Result<Option<Value>, Lost> {
        let patience = patience.max(Duration::from_millis(1));
        self.0
            .get_ref()
            .set_read_timeout(Some(patience))
            .map_err(|_| Lost)?;
        loop {
            match self.0.read() {
                Ok(Message::Text(text)) => return Ok(Some(serde_json::from_str(&text).unwrap())),
                Ok(Message::Close(_)) | Err(Error::ConnectionClosed | Error::AlreadyClosed) => {
                    return Err(Lost);
                }
                Ok(_) => {}
                Err(Error::Io(error)) if is_timeout(error.kind()) => return Ok(None),
                Err(_) => return Err(Lost),
            }
        }
    }

    /// The next message, which has to come unless the connection is lost.
    pub(crate) fn expect(&mut self) -> Result<Value, Lost> {
        let message = self.next(DEADLINE)?;
        Ok(message.expect("an answer in time"))
    }
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn connect(address: &str) -> Result<TcpStream, Lost> {
    let stream = TcpStream::connect(address).map_err(|_| Lost)?;
    stream.set_nodelay(true).map_err(|_| Lost)?;
    stream.set_read_timeout(Some(DEADLINE)).map_err(|_| Lost)?;
    stream.set_write_timeout(Some(DEADLINE)).map_err(|_| Lost)?;
    Ok(stream)
}

/// The status and the body of an answer of the admin listener, if it came whole.
pub(crate) fn ask(admin: &str, path: &str, body: Option<&Value>) -> Result<(u16, String), Lost> {
    let method = if body.is_some() { "POST" } else { "GET" };
    let body = body.map_or_else(String::new, Value::to_string);
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\
         Authorization: Bearer {API_KEY}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = connect(admin)?;
    stream.write_all(request.as_bytes()).map_err(|_| Lost)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(|_| Lost)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(Lost)?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.get(9..12)).ok_or(Lost)?;
    let length = lines
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map(|(_, length)| length.parse::<usize>().unwrap());
    if length.is_some_and(|length| length != body.len()) {
        return Err(Lost);
    }
    Ok((status.parse().unwrap(), body.to_owned()))
}

/// What a request to the server API is answered with, if it is answered.
pub(crate) fn call(admin: &str, path: &str, body: &Value) -> Result<Value, Lost> {
    let (status, text) = ask(admin, path, Some(body))?;
    assert!(status < 500 || text.starts_with('{'), "{status} {text}");
    Ok(serde_json::from_str(&text).unwrap())
}
