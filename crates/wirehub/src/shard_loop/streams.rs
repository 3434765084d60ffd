//! Clients that hear a stream and speak in requests of their own.

use std::collections::HashMap;

use bytes::Bytes;
use serde::Deserialize;
use wirehub_core::Input;
use wirehub_model::{CloseCause, CloseReason, ConnectionId, Moment, StreamName};
use wirehub_protocol::Dialect;
use wirehub_transport::{Established, StreamFormat, StreamFraming};
use wirehub_websocket::Item;

use super::{Client, ShardLoop, reading::input_of};
use crate::{
    flavours::say,
    post::{Post, Posted, Said},
};

/// The longest spelling of a goodbye that is looked for among messages.
const GOODBYE_MAX: usize = 256;

/// How long `EventSource` may take to come back by itself, in milliseconds: at least, and a span
/// over which those who were cut off together are spread.
const RETRY: (u128, u128) = (1_000, 4_000);

/// What has to be remembered of clients with streams, by slot.
#[derive(Debug, Default)]
pub(super) struct Streams(HashMap<u32, Stream>);

#[derive(Debug)]
struct Stream {
    name: StreamName,
    /// The number of the last request that was taken.
    taken: u64,
}

impl Streams {
    /// A stream begins. A native client is told its name before everything else; others are told
    /// in words of their own, and those that only hear have none.
    pub(super) fn begin(
        &mut self,
        id: ConnectionId,
        secret: u128,
        dialect: Dialect,
        framing: StreamFraming,
        established: &mut Established,
    ) {
        let name = StreamName::new(id, secret);
        let mut first = Vec::from(std::mem::take(&mut established.answer));
        if framing.format == StreamFormat::Events {
            let (least, span) = RETRY;
            let retry = format!("retry: {}\n\n", least + secret % span);
            framing.raw(&mut first, |out| {
                out.extend_from_slice(retry.as_bytes());
                true
            });
        }
        if dialect.is_native() {
            let hello = format!(r#"{{"type":"stream","stream":"{name}"}}"#);
            say(framing, &hello, &mut first);
        }
        established.answer = Bytes::from(first);
        if !dialect.is_one_way() {
            self.0.insert(id.slot(), Stream { name, taken: 0 });
        }
    }

    pub(super) fn end(&mut self, slot: u32) {
        self.0.remove(&slot);
        if self.0.is_empty() {
            self.0 = HashMap::new();
        }
    }

    fn know(&self, name: &StreamName) -> bool {
        let stream = self.0.get(&name.connection().slot());
        stream.is_some_and(|stream| stream.name == *name)
    }

    /// Whether it is the turn of the request with this number.
    fn take(&mut self, name: &StreamName, seq: Option<u64>) -> Posted {
        let stream = self.0.get_mut(&name.connection().slot());
        let Some(stream) = stream.filter(|stream| stream.name == *name) else {
            return Posted::Unknown;
        };
        match seq {
            None => Posted::Taken,
            Some(seq) if seq <= stream.taken => Posted::Repeated,
            Some(seq) if seq == stream.taken + 1 => {
                stream.taken = seq;
                Posted::Taken
            }
            Some(_) => Posted::OutOfOrder {
                expected: stream.taken + 1,
            },
        }
    }
}

impl ShardLoop {
    /// A client's request came, by whatever way.
    pub(super) fn posted(&mut self, now: Moment, post: Post) {
        let posted = self.take_post(now, &post);
        self.posts.count(posted.name());
        // Who asked may have stopped waiting; the number tells them when they ask again.
        let _ = post.answer.send(posted);
    }

    fn take_post(&mut self, now: Moment, post: &Post) -> Posted {
        let id = post.stream.connection();
        let client = self.client(id.slot()).filter(|client| client.id == id);
        // Each speaks where its dialect is spoken.
        let is_native = matches!(post.said, Said::Lines(_));
        let client = client.filter(|client| client.dialect.is_native() == is_native);
        let Some(client) = client.filter(|_| self.streams.know(&post.stream)) else {
            return Posted::Unknown;
        };
        if self.congested.is_some() {
            // What is said would have nowhere to go, and other clients have to wait as well.
            return Posted::Busy;
        }
        let posted = self.streams.take(&post.stream, post.seq);
        if matches!(posted, Posted::Taken | Posted::Repeated) {
            // Whoever sends again is alive.
            self.shard.seen(now, id);
        }
        if posted == Posted::Taken {
            self.said(now, client, &post.said);
        }
        posted
    }

    /// A client said something.
    pub(super) fn said(&mut self, now: Moment, client: Client, said: &Said) {
        match said {
            Said::Lines(lines) => self.said_lines(now, client, lines),
            Said::Message(message) => {
                self.io.bytes_in += message.len() as u64;
                self.io.messages_in += 1;
                self.ear(now).take(client, Item::Binary(message));
            }
        }
    }

    fn said_lines(&mut self, now: Moment, client: Client, lines: &str) {
        self.io.bytes_in += lines.len() as u64;
        for line in lines.split('\n').map(str::trim_ascii) {
            if line.is_empty() {
                continue;
            }
            self.io.messages_in += 1;
            let item = if is_goodbye(line) {
                Item::Close(None)
            } else {
                Item::Text(line)
            };
            if let Some(input) = input_of(client, item) {
                self.shard.handle(now, input);
            }
        }
    }

    /// The socket of a stream can be read. There is nothing to be said on it, but the client's end
    /// is heard here.
    pub(super) fn overhear(&mut self, now: Moment, client: Client) {
        let id = client.id;
        let Ok(heard) = self.sockets.overhear(id.slot(), &mut self.scratch) else {
            self.gone(now, id, CloseCause::Failed);
            return;
        };
        self.io.bytes_in += heard.bytes.len() as u64;
        let end = heard.end;
        // An empty line behind a request is to be ignored (RFC 9112 section 2.2).
        if !heard.bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            let reason = CloseReason::ProtocolError;
            let connection = id;
            self.shard
                .handle(now, Input::Violation { connection, reason });
        }
        if end {
            self.gone(now, id, CloseCause::Lost);
        }
    }
}

/// Whether a message stands for the close frame of a WebSocket.
fn is_goodbye(line: &str) -> bool {
    #[derive(Deserialize)]
    struct Typed<'a> {
        #[serde(rename = "type")]
        kind: &'a str,
    }
    // Few messages are looked at twice.
    line.len() <= GOODBYE_MAX
        && line.contains("\"close\"")
        && serde_json::from_str::<Typed<'_>>(line).is_ok_and(|typed| typed.kind == "close")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_taken_once_and_in_order() {
        let mut streams = Streams::default();
        let name = StreamName::new(ConnectionId::new(0, 3, 1), 5);
        assert_eq!(streams.take(&name, Some(1)), Posted::Unknown);
        streams.0.insert(3, Stream { name, taken: 0 });
        let expected = 1;
        assert_eq!(
            streams.take(&name, Some(2)),
            Posted::OutOfOrder { expected }
        );
        assert_eq!(streams.take(&name, Some(1)), Posted::Taken);
        assert_eq!(streams.take(&name, Some(1)), Posted::Repeated);
        assert_eq!(streams.take(&name, Some(0)), Posted::Repeated);
        assert_eq!(streams.take(&name, None), Posted::Taken);
        assert_eq!(streams.take(&name, Some(2)), Posted::Taken);
        let expected = 3;
        let last = streams.take(&name, Some(u64::MAX));
        assert_eq!(last, Posted::OutOfOrder { expected });
        let guessed = StreamName::new(name.connection(), 4);
        assert_eq!(streams.take(&guessed, Some(3)), Posted::Unknown);
        streams.end(3);
        assert_eq!(streams.take(&name, Some(3)), Posted::Unknown);
    }

    #[test]
    fn a_goodbye_is_told_from_a_message_about_one() {
        assert!(is_goodbye(r#"{"type":"close"}"#));
        assert!(is_goodbye(r#"{"code":1000, "type" : "close"}"#));
        assert!(!is_goodbye(r#"{"type":"publish","event":"close"}"#));
        assert!(!is_goodbye(r#""close""#));
    }
}
