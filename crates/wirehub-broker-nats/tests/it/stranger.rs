//! Somebody on the server who is no hub.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
};

/// A connection of somebody else.
pub(crate) struct Stranger(BufReader<TcpStream>);

impl Stranger {
    pub(crate) fn on(port: u16) -> Self {
        let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let mut stranger = Self(BufReader::new(socket));
        stranger.say(b"CONNECT {\"verbose\":false}\r\n");
        stranger
    }

    /// Sends a message, and waits until the server has taken it.
    pub(crate) fn publish(&mut self, subject: &str, payload: &[u8]) {
        let mut said = format!("PUB {subject} {}\r\n", payload.len()).into_bytes();
        said.extend(payload);
        said.extend(b"\r\n");
        self.say(&said);
    }

    /// Asks JetStream, and waits until it has answered.
    pub(crate) fn ask(&mut self, verb: &str, json: &str) {
        let subject = format!("$JS.API.{verb}");
        let said = format!(
            "SUB answer 1\r\nPUB {subject} answer {}\r\n{json}\r\n",
            json.len()
        );
        self.0.get_mut().write_all(said.as_bytes()).unwrap();
        self.wait_for("{");
    }

    fn say(&mut self, said: &[u8]) {
        self.0.get_mut().write_all(said).unwrap();
        self.0.get_mut().write_all(b"PING\r\n").unwrap();
        self.wait_for("PONG");
    }

    fn wait_for(&mut self, beginning: &str) {
        let mut line = String::new();
        while !line.starts_with(beginning) {
            line.clear();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "it is cut off");
        }
    }
}
