//! A shard with a crowd in one topic, and a loop around it as the runtime has it.

use std::{hash::RandomState, io::IoSlice, sync::Arc, time::Duration};

use wirehub_core::{
    Encode, Flavour, Input, OccurrenceKinds, Placement, Request, Shard, ShardSettings,
};
use wirehub_model::{
    Access, CloseCause, Command, ConnectionId, Event, Heartbeat, Limits, Message, Moment,
    Namespace, Namespaces, Payload, Principal, Publish, Subscribe, Topic, TopicFilter, UserId,
};

/// Every event is a frame of 140 bytes.
#[derive(Debug)]
pub(crate) struct Frames;

impl Encode for Frames {
    fn encode(&mut self, _: Flavour, _: &Event<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(&[b'x'; 140]);
    }
}

/// A shard whose clients all subscribe to the topic `room`.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) shard: Shard<Frames>,
    topic: Topic,
    message: Message,
    pub(crate) now: Moment,
    clients: usize,
}

impl Room {
    /// A room with so many subscribers, and what its namespace has beyond the plain rules.
    pub(crate) fn new(count: usize, rules: impl Fn(&mut Namespace)) -> Self {
        let now = Moment::ZERO;
        let everything = TopicFilter::everything();
        let mut open = Namespace {
            subscribe: Access::Anyone,
            ..Namespace::new(everything)
        };
        rules(&mut open);
        let settings = ShardSettings {
            index: 0,
            placement: Placement::new(1, RandomState::new()),
            limits: Arc::new(Limits::default()),
            namespaces: Arc::new(Namespaces::new(Vec::new(), open)),
            brokered: false,
            heartbeat: Heartbeat {
                interval: Duration::from_secs(25),
                timeout: Duration::from_secs(10),
            },
            expiry_grace: Duration::from_secs(30),
            resume_within: Duration::from_secs(60),
            reconnects_per_second: 0,
            occurrences: OccurrenceKinds::NONE,
            seed: 1,
            now,
        };
        let mut room = Self {
            shard: Shard::new(settings, Frames),
            topic: Topic::parse("room").expect("a good name"),
            message: Message::of(Payload::Json("{}".into())),
            now,
            clients: 0,
        };
        room.join(count);
        room.transmit();
        room
    }

    /// Clients come, each a user of its own, and subscribe.
    pub(crate) fn join(&mut self, count: usize) -> Vec<ConnectionId> {
        let filter = TopicFilter::from(&self.topic);
        let capabilities = Arc::default();
        let auto_subscribe = Arc::default();
        let join = |_| {
            self.clients += 1;
            let principal = Principal {
                user: UserId::parse(&format!("u{}", self.clients)).ok(),
                capabilities: Arc::clone(&capabilities),
                auto_subscribe: Arc::clone(&auto_subscribe),
                ..Principal::default()
            };
            let flavour = Flavour::new(0).expect("zero is a flavour");
            let opened = self.shard.open(self.now, flavour, Some(principal), 0);
            let connection = opened.expect("there is room");
            let command = Command::Subscribe(Subscribe::to(filter.clone()));
            let input = Input::Command {
                connection,
                id: Some(1),
                command,
            };
            self.shard.handle(self.now, input);
            connection
        };
        (0..count).map(join).collect()
    }

    pub(crate) fn publish(&mut self) {
        let publish = Publish::to(self.topic.clone(), self.message.clone());
        let request = Request::Publish(publish);
        self.shard
            .handle(self.now, Input::Request { ticket: 1, request });
    }

    pub(crate) fn vanish(&mut self, connection: ConnectionId) {
        let cause = CloseCause::Lost;
        self.shard
            .handle(self.now, Input::Gone { connection, cause });
    }

    /// Ends the turn: outputs and bytes go to nowhere. Returns how many bytes there were.
    pub(crate) fn transmit(&mut self) -> usize {
        while self.shard.poll_output().is_some() {}
        let mut sent = 0;
        while let Some(slot) = self.shard.poll_transmit(self.now) {
            let mut slices = [IoSlice::new(&[]); 8];
            let used = self.shard.slices(slot, &mut slices);
            let bytes = slices[..used].iter().map(|slice| slice.len()).sum();
            self.shard.wrote(slot, bytes, false);
            sent += bytes;
        }
        self.shard.end_turn(self.now);
        sent
    }
}
