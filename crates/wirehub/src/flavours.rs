//! Every way an event goes to a client: dialect, framing, compression.

mod framer;

use std::collections::HashMap;

use wirehub_core::{AfterGap, Encode, Flavour};
use wirehub_model::Event;
use wirehub_protocol::{
    Conversation, Dialect, Frame, Heard,
    centrifuge::{Emulation, Rules},
    pusher::{Opening, Rejection},
};
use wirehub_transport::{StreamFormat, StreamFraming, Wire};
use wirehub_websocket::{DeflatePolicy, Window};

use self::framer::{Framer, control};

pub(crate) use self::framer::say;

/// How the messages of a connection are compressed.
type Compression = Option<Window>;

const COMPRESSIONS: [Compression; 3] = [None, Some(Window::Full), Some(Window::Small)];

/// How many flavours go over a WebSocket; those of streams come behind them.
const WEBSOCKETS: usize = Dialect::ALL.len() * COMPRESSIONS.len();

/// What goes over streams, each in every framing of its format.
const STREAMS: [(Dialect, StreamFormat); 7] = [
    (Dialect::NativeJson, StreamFormat::Events),
    (Dialect::NativeJson, StreamFormat::Lines),
    (Dialect::CentrifugeJson, StreamFormat::Events),
    (Dialect::CentrifugeJson, StreamFormat::Lines),
    (Dialect::CentrifugeProtobuf, StreamFormat::Bytes),
    (Dialect::CentrifugeOneWay, StreamFormat::Events),
    (Dialect::CentrifugeOneWay, StreamFormat::Lines),
];

/// Whether the body of a stream comes in chunks.
const CHUNKED: [bool; 2] = [true, false];

/// The flavour of connections that speak `dialect` over such a wire.
pub(crate) fn flavour(dialect: Dialect, wire: Wire) -> Flavour {
    let number = match wire {
        Wire::WebSocket { deflate } => {
            let dialect = index_of(&Dialect::ALL, &dialect);
            dialect * COMPRESSIONS.len() + index_of(&COMPRESSIONS, &deflate)
        }
        Wire::Stream(StreamFraming { format, chunked }) => {
            let stream = index_of(&STREAMS, &(dialect, format));
            WEBSOCKETS + stream * CHUNKED.len() + index_of(&CHUNKED, &chunked)
        }
    };
    // A test counts dialects and wires, so that the fallback is never taken.
    Flavour::new(number as u8).unwrap_or_else(|| Flavour::new(0).expect("zero is a flavour"))
}

/// What connections of a flavour speak, and over which wire.
fn way(flavour: Flavour) -> Option<(Dialect, Wire)> {
    let number = flavour.index();
    let Some(stream) = number.checked_sub(WEBSOCKETS) else {
        let dialect = *Dialect::ALL.get(number / COMPRESSIONS.len())?;
        let deflate = COMPRESSIONS[number % COMPRESSIONS.len()];
        return Some((dialect, Wire::WebSocket { deflate }));
    };
    let (dialect, format) = *STREAMS.get(stream / CHUNKED.len())?;
    let chunked = CHUNKED[stream % CHUNKED.len()];
    Some((dialect, Wire::Stream(StreamFraming { format, chunked })))
}

/// The dialect of a flavour.
fn dialect(flavour: Flavour) -> Option<Dialect> {
    way(flavour).map(|(dialect, _)| dialect)
}

/// The framing of a flavour, if it is one of a stream.
pub(crate) fn framing(flavour: Flavour) -> Option<StreamFraming> {
    match way(flavour)? {
        (_, Wire::Stream(framing)) => Some(framing),
        (_, Wire::WebSocket { .. }) => None,
    }
}

fn index_of<T: PartialEq>(all: &[T], wanted: &T) -> usize {
    all.iter()
        .position(|known| known == wanted)
        .unwrap_or_default()
}

/// Makes whole frames of events, one deflater for all connections of a shard, and remembers what
/// was said to those whose dialect needs that.
#[derive(Debug)]
pub(crate) struct FrameEncoder {
    framer: Framer,
    conversations: HashMap<u32, Conversation>,
    /// What holds for the channels of Centrifugo's clients.
    rules: Rules,
    /// Slots whose client was let in and had said something before.
    released: Vec<u32>,
}

impl FrameEncoder {
    pub(crate) fn new(policy: DeflatePolicy) -> Self {
        Self {
            framer: Framer::new(policy),
            conversations: HashMap::new(),
            rules: Rules::default(),
            released: Vec::new(),
        }
    }

    /// The same where these rules hold for the channels of Centrifugo's clients.
    pub(crate) fn with_rules(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// The connection in a slot begins; where its client only hears on it, it speaks as
    /// `emulation` says.
    pub(crate) fn begin(&mut self, slot: u32, dialect: Dialect, emulation: Option<Emulation>) {
        let conversation = match emulation {
            Some(emulation) => Conversation::with_emulation(dialect, emulation),
            None => Conversation::begin(dialect),
        };
        if let Some(conversation) = conversation {
            let conversation = conversation.with_rules(self.rules);
            self.conversations.insert(slot, conversation);
        }
    }

    /// The connection of a client of Pusher begins in a slot.
    pub(crate) fn begin_pusher(&mut self, slot: u32, opening: Result<Opening, Rejection>) {
        let conversation = Conversation::with_pusher(opening);
        self.conversations.insert(slot, conversation);
    }

    /// The connection in a slot is over.
    pub(crate) fn end(&mut self, slot: u32) {
        self.conversations.remove(&slot);
        if self.conversations.is_empty() {
            self.conversations = HashMap::new();
        }
    }

    /// Appends what a message of the client in a slot means.
    pub(crate) fn hear(&mut self, slot: u32, frame: Frame<'_>, heard: &mut Vec<Heard>) {
        if let Some(conversation) = self.conversations.get_mut(&slot) {
            conversation.hear(frame, heard);
        }
    }

    /// The next slot whose client was let in and had said something before, which is appended.
    pub(crate) fn poll_released(&mut self, heard: &mut Vec<Heard>) -> Option<u32> {
        let slot = self.released.pop()?;
        if let Some(conversation) = self.conversations.get_mut(&slot) {
            conversation.take_released(heard);
        }
        Some(slot)
    }
}

impl Encode for FrameEncoder {
    fn encode(&mut self, flavour: Flavour, event: &Event<'_>, out: &mut Vec<u8>) {
        let Some((dialect, wire)) = way(flavour) else {
            return;
        };
        let framer = &mut self.framer;
        match event {
            Event::Close(reason) => framer.goodbye(dialect, wire, dialect.goodbye(*reason), out),
            Event::Batch(batch) if !dialect.has_batches() => {
                for entry in &batch.entries {
                    let one = Event::Publication(&entry.publication);
                    framer.message(dialect, wire, out, |out| dialect.encode(&one, out));
                }
            }
            _ => {
                control(dialect, wire, event, out);
                framer.message(dialect, wire, out, |out| dialect.encode(event, out));
            }
        }
    }

    fn encode_for(&mut self, slot: u32, flavour: Flavour, event: &Event<'_>, out: &mut Vec<u8>) {
        let foreign = way(flavour).filter(|(dialect, _)| !dialect.is_native());
        let conversation = foreign.and_then(|_| self.conversations.get_mut(&slot));
        let (Some((dialect, wire)), Some(conversation)) = (foreign, conversation) else {
            self.encode(flavour, event, out);
            return;
        };
        let framer = &mut self.framer;
        if let Event::Close(reason) = event {
            framer.goodbye(dialect, wire, conversation.goodbye(*reason), out);
            return;
        }
        control(dialect, wire, event, out);
        framer.message(dialect, wire, out, |out| conversation.tell(event, out));
        let mut more = true;
        while more {
            framer.message(dialect, wire, out, |out| {
                more = conversation.tell_more(out);
                more
            });
        }
        if conversation.has_released() {
            self.released.push(slot);
        }
    }

    fn welcomes_with_subscriptions(&self, flavour: Flavour) -> bool {
        dialect(flavour).is_some_and(Dialect::welcomes_with_subscriptions)
    }

    fn resumes(&self, flavour: Flavour) -> bool {
        dialect(flavour).is_none_or(Dialect::is_native)
    }

    fn after_gap(&self, flavour: Flavour) -> AfterGap {
        use Dialect::{
            CentrifugeJson, CentrifugeOneWay, CentrifugeProtobuf, NativeJson, NativeProtobuf,
            Pusher,
        };
        match dialect(flavour) {
            None | Some(NativeJson | NativeProtobuf) => AfterGap::GoesOn,
            Some(CentrifugeJson | CentrifugeProtobuf | CentrifugeOneWay) => AfterGap::BeginsAnew,
            Some(Pusher) => AfterGap::KnowsNothing,
        }
    }

    fn answers_heartbeat(&self, flavour: Flavour) -> bool {
        framing(flavour).is_none() || !dialect(flavour).is_some_and(Dialect::is_one_way)
    }

    fn answers_goodbye(&self, flavour: Flavour) -> bool {
        framing(flavour).is_none()
    }
}

#[cfg(test)]
mod tests {
    use wirehub_model::CloseReason;
    use wirehub_protocol::Goodbye;
    use wirehub_websocket::CloseCode;

    use super::*;

    #[test]
    fn there_is_a_flavour_for_every_combination() {
        let mut ways: Vec<(Dialect, Wire)> = Vec::new();
        for dialect in Dialect::ALL {
            let wires = COMPRESSIONS.map(|deflate| Wire::WebSocket { deflate });
            ways.extend(wires.map(|wire| (dialect, wire)));
        }
        for (dialect, format) in STREAMS {
            let wires = CHUNKED.map(|chunked| Wire::Stream(StreamFraming { format, chunked }));
            ways.extend(wires.map(|wire| (dialect, wire)));
        }
        assert!(ways.len() <= Flavour::COUNT);
        for (number, (dialect, wire)) in ways.into_iter().enumerate() {
            let flavour = flavour(dialect, wire);
            assert_eq!(flavour.index(), number, "{dialect:?} {wire:?}");
            assert_eq!(way(flavour), Some((dialect, wire)));
        }
    }

    #[test]
    fn frames_hold_what_the_dialect_says() {
        let mut encoder = FrameEncoder::new(DeflatePolicy::default());
        let mut out = Vec::new();
        let plain = Wire::WebSocket { deflate: None };
        encoder.encode(flavour(Dialect::NativeJson, plain), &Event::Pong, &mut out);
        assert_eq!(out, b"\x81\x0f{\"type\":\"pong\"}");
    }

    #[test]
    fn streams_say_what_websockets_have_frames_for() {
        let mut encoder = FrameEncoder::new(DeflatePolicy::default());
        let chunked = Wire::Stream(StreamFraming {
            format: StreamFormat::Lines,
            chunked: true,
        });
        let lines = flavour(Dialect::NativeJson, chunked);
        let mut said = |event: &Event<'_>| {
            let mut out = Vec::new();
            encoder.encode(lines, event, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(said(&Event::Pong), "00000010\r\n{\"type\":\"pong\"}\n\r\n");
        assert_eq!(
            said(&Event::Heartbeat),
            "00000010\r\n{\"type\":\"ping\"}\n\r\n"
        );
        assert_eq!(said(&Event::HeartbeatReply(b"x")), "");
        let goodbye = said(&Event::Close(CloseReason::ServiceRestart));
        let json = r#"{"type":"close","code":1012,"reason":"service_restart"}"#;
        assert_eq!(
            goodbye,
            format!("{:08x}\r\n{json}\n\r\n0\r\n\r\n", json.len() + 1)
        );
        assert!(!encoder.answers_goodbye(lines));
    }

    #[test]
    fn what_is_several_lines_is_several_messages_of_a_stream() {
        let mut encoder = FrameEncoder::new(DeflatePolicy::default());
        for (format, expected) in [
            (StreamFormat::Events, "data: {}\n\ndata: {}\n\n"),
            (StreamFormat::Lines, "{}\n{}\n"),
        ] {
            let chunked = false;
            let wire = Wire::Stream(StreamFraming { format, chunked });
            let mut out = Vec::new();
            encoder
                .framer
                .message(Dialect::CentrifugeJson, wire, &mut out, |out| {
                    out.extend_from_slice(b"{}\n{}");
                    true
                });
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn who_only_hears_answers_nothing_but_pings() {
        let mut encoder = FrameEncoder::new(DeflatePolicy::default());
        let plain = Wire::WebSocket { deflate: None };
        let socket = flavour(Dialect::CentrifugeOneWay, plain);
        assert!(encoder.answers_heartbeat(socket) && encoder.answers_goodbye(socket));
        let mut out = Vec::new();
        encoder.encode(socket, &Event::Heartbeat, &mut out);
        assert_eq!(out, b"\x89\x00\x81\x02{}");
        let (format, chunked) = (StreamFormat::Events, false);
        let wire = Wire::Stream(StreamFraming { format, chunked });
        let stream = flavour(Dialect::CentrifugeOneWay, wire);
        assert!(!encoder.answers_heartbeat(stream) && !encoder.answers_goodbye(stream));
        assert!(encoder.answers_heartbeat(flavour(Dialect::CentrifugeJson, wire)));
        out.clear();
        encoder.encode(stream, &Event::Close(CloseReason::ServiceRestart), &mut out);
        let goodbye = r#"{"disconnect":{"code":3001,"reason":"shutdown"}}"#;
        assert_eq!(
            String::from_utf8(out).unwrap(),
            format!("data: {goodbye}\n\n")
        );
    }

    #[test]
    fn every_close_reason_has_a_code_that_may_be_sent() {
        for dialect in Dialect::ALL {
            for reason in CloseReason::ALL {
                let Goodbye { code, reason: why } = dialect.goodbye(reason);
                assert!(CloseCode::new(code).is_some(), "{dialect:?} {reason:?}");
                assert!(why.len() <= 123, "{dialect:?} {reason:?}");
            }
        }
    }

    #[test]
    fn only_foreign_connections_have_a_conversation() {
        let mut encoder = FrameEncoder::new(DeflatePolicy::default());
        for dialect in Dialect::ALL {
            match dialect {
                Dialect::Pusher => encoder.begin_pusher(7, Err(Rejection::Path)),
                _ => encoder.begin(7, dialect, None),
            }
            let begun = usize::from(!dialect.is_native());
            assert_eq!(encoder.conversations.len(), begun, "{dialect:?}");
            let plain = flavour(dialect, Wire::WebSocket { deflate: None });
            assert_eq!(encoder.resumes(plain), dialect.is_native());
            encoder.end(7);
        }
    }
}
