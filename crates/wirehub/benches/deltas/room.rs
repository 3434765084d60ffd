//! A room of Centrifugo's clients in one shard.

use wirehub_core::{Encode, Flavour, Input, Request, Shard, ShardSettings};
use wirehub_model::{
    Access, Command, Event, Moment, Namespace, Principal, Publish, Subscribe, Topic, TopicFilter,
};
use wirehub_protocol::Dialect;
use wirehub_websocket::{Encoder, MessageKind};

use crate::{book::Book, lone, turn};

const SUBSCRIBERS: usize = 1_000;

/// Writes events as one dialect does, in WebSocket frames.
struct Frames;

impl Encode for Frames {
    fn encode(&mut self, _: Flavour, event: &Event<'_>, out: &mut Vec<u8>) {
        let (encoder, start) = (Encoder::server(), out.len());
        let frame = encoder.begin(out, MessageKind::Text);
        if Dialect::CentrifugeJson.encode(event, out) {
            encoder.finish(out, frame);
        } else {
            out.truncate(start);
        }
    }
}

/// A shard with subscribers of a book, and what is published next.
pub(crate) struct Room {
    shard: Shard<Frames>,
    book: Book,
    next: Publish,
}

impl Room {
    pub(crate) fn new(deltas: bool) -> Self {
        let mut book = Book::new();
        let mut room = Self {
            shard: Shard::new(settings(), Frames),
            next: said(&mut book),
            book,
        };
        for _ in 0..SUBSCRIBERS {
            room.join(deltas);
        }
        room.transmit();
        // Buffers grow in the first turns and keep their size.
        for _ in 0..16 {
            room.publish();
            room.transmit();
            room.next = said(&mut room.book);
        }
        room
    }

    fn join(&mut self, deltas: bool) {
        let flavour = Flavour::new(0).expect("zero is a flavour");
        let anybody = Some(Principal::default());
        let opened = self.shard.open(Moment::ZERO, flavour, anybody, 0);
        let input = Input::Command {
            connection: opened.expect("there is room"),
            id: None,
            command: Command::Subscribe(Subscribe {
                deltas,
                ..Subscribe::to(TopicFilter::from(&topic()))
            }),
        };
        self.shard.handle(Moment::ZERO, input);
    }

    pub(crate) fn publish(&mut self) {
        let request = Request::Publish(self.next.clone());
        let input = Input::Request { ticket: 1, request };
        self.shard.handle(Moment::ZERO, input);
    }

    /// Ends the turn: outputs and bytes go to nowhere. Returns how many bytes there were.
    pub(crate) fn transmit(&mut self) -> usize {
        turn::transmit(&mut self.shard)
    }
}

fn topic() -> Topic {
    Topic::parse("book/btc-usd").expect("a topic")
}

fn said(book: &mut Book) -> Publish {
    Publish::to(topic(), book.next().message.clone())
}

fn settings() -> ShardSettings {
    lone::settings(Namespace {
        subscribe: Access::Anyone,
        deltas: true,
        ..Namespace::new(TopicFilter::everything())
    })
}
