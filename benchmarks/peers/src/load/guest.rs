//! A client of a hub that waits for each answer: for counting, not for measuring.

use std::io::{self, Read, Write};
use std::net::{SocketAddrV4, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::client_frame::{push_pong, push_text};
use super::scanner::{self, scan};
use super::upgrade;

/// How long the hub may say nothing that was waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const SCRATCH: usize = 64 * 1024;

/// A client of one hub, over the native protocol in JSON.
#[derive(Debug)]
pub(crate) struct Guest {
    stream: TcpStream,
    /// What has come and was not looked at.
    rest: Vec<u8>,
    asked: u64,
}

impl Guest {
    /// Connects.
    ///
    /// # Errors
    /// When the hub does not take it.
    pub(crate) fn connect(address: SocketAddrV4, token: &str) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(&upgrade::request(address, &format!("/ws?token={token}")))?;
        let mut guest = Self {
            stream,
            rest: Vec::new(),
            asked: 0,
        };
        loop {
            guest.read()?;
            if let Some(length) = upgrade::answer(&guest.rest)? {
                guest.rest.drain(..length);
                return Ok(guest);
            }
        }
    }

    fn read(&mut self) -> io::Result<()> {
        let mut scratch = [0; SCRATCH];
        match self.stream.read(&mut scratch)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.rest.extend_from_slice(&scratch[..count]);
                Ok(())
            }
        }
    }

    /// The next message, whatever it is.
    fn next(&mut self) -> io::Result<Value> {
        loop {
            let Some(frame) = scan(&self.rest).map_err(io::Error::other)? else {
                self.read()?;
                continue;
            };
            let (opcode, length) = (frame.opcode, frame.length);
            let said = match opcode {
                scanner::TEXT => Some(serde_json::from_slice(frame.payload)?),
                scanner::CLOSE => {
                    let text = String::from_utf8_lossy(frame.payload).into_owned();
                    return Err(io::Error::other(format!("the hub hung up: {text}")));
                }
                _ => None,
            };
            if opcode == scanner::PING {
                let mut pong = Vec::new();
                push_pong(&mut pong, frame.payload);
                self.stream.write_all(&pong)?;
            }
            self.rest.drain(..length);
            if let Some(said) = said {
                return Ok(said);
            }
        }
    }

    /// Asks several things at once, each a JSON object without its number, and waits until all are
    /// answered.
    ///
    /// # Errors
    /// When one is refused, or not answered in time.
    pub(crate) fn ask_all(&mut self, requests: &[String]) -> io::Result<Vec<Value>> {
        let mut frames = Vec::new();
        let first = self.asked + 1;
        for request in requests {
            self.asked += 1;
            let body = request.strip_prefix('{').unwrap_or(request);
            push_text(
                &mut frames,
                format!("{{\"id\":{},{body}", self.asked).as_bytes(),
            );
        }
        self.stream.write_all(&frames)?;
        let mut answers = Vec::with_capacity(requests.len());
        while answers.len() < requests.len() {
            let said = self.next()?;
            if said["id"].as_u64().is_none_or(|id| id < first) {
                continue;
            }
            if said["type"] != "ok" {
                return Err(io::Error::other(format!("the hub said {said}")));
            }
            answers.push(said);
        }
        Ok(answers)
    }

    /// Asks one thing.
    ///
    /// # Errors
    /// As for [`Guest::ask_all`].
    pub(crate) fn ask(&mut self, request: String) -> io::Result<Value> {
        let mut answers = self.ask_all(&[request])?;
        Ok(answers.pop().unwrap_or_default())
    }

    /// Waits for so many messages of topics.
    ///
    /// # Errors
    /// When they do not come in time.
    pub(crate) fn hear(&mut self, messages: usize) -> io::Result<()> {
        let mut left = messages;
        while left > 0 {
            left -= usize::from(self.next()?["type"] == "message");
        }
        Ok(())
    }
}
