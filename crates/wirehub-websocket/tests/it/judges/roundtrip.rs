use wirehub_websocket::{
    CloseCode, DeflatePolicy, Deflater, Encoder, Fragment, Limits, MessageKind, Role, Window,
};

use super::super::peer::{Peer, Seen};
use super::source::{Source, cut};

/// Any sequence of messages and control frames, encoded by one role in any of the ways there
/// are, is what the other role decodes, however the bytes are cut.
pub(crate) fn judge(data: &[u8]) {
    let mut source = Source::new(data);
    let flags = source.byte();
    let mut sender = Sender {
        client: flags & 1 != 0,
        window: match flags & 6 {
            2 => Some(Window::Full),
            4 => Some(Window::Small),
            _ => None,
        },
        deflater: Deflater::new(DeflatePolicy {
            level: 1,
            memory: 1,
            min_bytes: 0,
        }),
        wire: Vec::new(),
        sent: Vec::new(),
    };
    let seed = source.byte();
    while !source.is_empty() && sender.wire.len() < 1 << 14 {
        sender.step(&mut source);
    }

    let role = if sender.client {
        Role::Server
    } else {
        Role::Client
    };
    // Single bytes, but not for a wire that would make tens of thousands of reads of them.
    let shortest = 1 + usize::from(seed) + sender.wire.len() / 1000;
    for longest in [usize::MAX, 4096, shortest] {
        let mut peer = Peer::new(role, sender.window.is_some()).with_limits(Limits::default());
        let mut seen = Vec::new();
        for read in cut(&sender.wire, seed, longest) {
            seen.extend(peer.read(read));
        }
        // Not `assert_eq!`, which would print megabytes.
        assert!(
            seen == sender.sent,
            "{} items came of {}",
            seen.len(),
            sender.sent.len()
        );
        assert_eq!(peer.decoder.held_bytes(), 0);
    }
}

struct Sender {
    client: bool,
    window: Option<Window>,
    deflater: Deflater,
    wire: Vec<u8>,
    /// What the other side has to see.
    sent: Vec<Seen>,
}

impl Sender {
    /// Sends one thing, as `source` decides.
    fn step(&mut self, source: &mut Source<'_>) {
        let encoder = self.encoder(source);
        match source.byte() % 16 {
            0 => {
                let payload = source.bytes(125).to_vec();
                encoder.ping(&mut self.wire, &payload);
                self.sent.push(Seen::Ping(payload));
            }
            1 => {
                let payload = source.bytes(9).to_vec();
                encoder.pong(&mut self.wire, &payload);
                self.sent.push(Seen::Pong(payload));
            }
            2..=6 => self.fragmented(source),
            7..=9 => {
                let (kind, payload) = self.message(source);
                let frame = encoder.begin(&mut self.wire, kind);
                self.wire.extend_from_slice(&payload);
                encoder.finish(&mut self.wire, frame);
            }
            10..=12 => {
                let (kind, payload) = self.message(source);
                match self.window {
                    Some(window) => {
                        let Self { wire, deflater, .. } = self;
                        encoder.compressed(wire, kind, &payload, deflater, window);
                    }
                    None => encoder.message(&mut self.wire, kind, &payload),
                }
            }
            _ => {
                let (kind, payload) = self.message(source);
                encoder.message(&mut self.wire, kind, &payload);
            }
        }
        if source.is_empty() {
            self.encoder(source)
                .close(&mut self.wire, Some(CloseCode::NORMAL), "done");
            self.sent
                .push(Seen::Close(Some((CloseCode::NORMAL, "done".into()))));
        }
    }

    /// A message in up to five frames, cut anywhere, with pings between them.
    fn fragmented(&mut self, source: &mut Source<'_>) {
        let (kind, payload) = self.message(source);
        let message = self.sent.pop();
        let mut rest = &payload[..];
        let mut fragment = Fragment::First(kind);
        for _ in 0..source.byte() % 4 {
            let (part, after) = rest.split_at(usize::from(source.byte()).min(rest.len()));
            self.encoder(source)
                .fragment(&mut self.wire, fragment, part);
            (rest, fragment) = (after, Fragment::Middle);
            if source.byte().is_multiple_of(2) {
                self.encoder(source)
                    .ping(&mut self.wire, part.get(..3).unwrap_or_default());
                self.sent
                    .push(Seen::Ping(part.get(..3).unwrap_or_default().to_vec()));
            }
        }
        if fragment == Fragment::First(kind) {
            self.encoder(source).fragment(&mut self.wire, fragment, b"");
        }
        self.encoder(source)
            .fragment(&mut self.wire, Fragment::Last, rest);
        self.sent.extend(message);
    }

    /// Draws a message and notes that it has to be seen.
    fn message(&mut self, source: &mut Source<'_>) -> (MessageKind, Vec<u8>) {
        let kind = source.byte();
        let length = usize::from(source.byte());
        // Repetition reaches the long forms of a header from few input bytes.
        let payload = source.bytes(length).repeat(1 << (kind >> 5));
        if kind & 1 == 0 {
            self.sent.push(Seen::Binary(payload.clone()));
            return (MessageKind::Binary, payload);
        }
        let text = String::from_utf8_lossy(&payload).into_owned();
        self.sent.push(Seen::Text(text.clone()));
        (MessageKind::Text, text.into_bytes())
    }

    fn encoder(&self, source: &mut Source<'_>) -> Encoder {
        if !self.client {
            return Encoder::server();
        }
        let low = source.byte();
        Encoder::client([low, low.wrapping_mul(31), 0x5a, !low])
    }
}
