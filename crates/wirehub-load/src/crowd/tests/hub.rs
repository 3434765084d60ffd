//! A hub of a few lines around one crowd, in a time of its own.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::{Value, json};
use wirehub_websocket::{CloseCode, Decoder, Encoder, Inflater, Item, Limits, Role};

use crate::{
    board::Board,
    crowd::{Crowd, Findings, Input, Output, Plan},
    opening::Opening,
    outcome::{CloseKind, FailureCause, Row},
    scenario::Scenario,
    target::Target,
};

/// What the hub does to publications on their way to subscribers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mischief {
    #[default]
    None,
    /// Every so many-eth is lost to everybody.
    Loses(u64),
    /// Every so many-eth arrives twice.
    Repeats(u64),
    /// Every so many-eth arrives behind the next one.
    Swaps(u64),
}

/// A publication as it is remembered.
#[derive(Clone)]
struct Kept {
    topic: String,
    offset: u64,
    data: Value,
}

/// One connection on the hub's side.
struct Peer {
    decoder: Decoder,
    is_open: bool,
    name: String,
    topics: Vec<String>,
}

/// The hub and the crowd.
pub(super) struct World {
    pub(super) crowd: Crowd,
    pub(super) now: Duration,
    pub(super) rows: Vec<Row>,
    pub(super) mischief: Mischief,
    /// Whether it forgets everything of connections that are lost.
    pub(super) forgets: bool,
    /// Whether nobody listens.
    pub(super) is_down: bool,
    /// Moments of attempts to connect.
    pub(super) arrivals: Vec<Duration>,
    accept: String,
    peers: BTreeMap<u32, Peer>,
    sessions: BTreeMap<String, Vec<String>>,
    offsets: BTreeMap<String, u64>,
    kept: Vec<Kept>,
    held: Vec<(u32, Value)>,
    named: u32,
    is_done: bool,
}

impl World {
    pub(super) fn new(scenario: Scenario) -> Self {
        Self::of_nodes(1, scenario)
    }

    /// A hub of several nodes, which are all the same here.
    pub(super) fn of_nodes(nodes: usize, scenario: Scenario) -> Self {
        scenario.check().expect("a scenario within its bounds");
        let target = Target::parse("ws://hub/ws").expect("a URL");
        let nonce = [7; 16];
        let key = wirehub_websocket::handshake::client_key(nonce);
        let plan = Plan {
            openings: (0..nodes)
                .map(|_| Opening::new(&target, Some("wirehub.v1.json"), false, nonce))
                .collect(),
            tokens: Some(Arc::new(|client| format!("token {client}"))),
            run: 0xabc,
            crowds: 1,
            board: Board::new(scenario.topics()),
            scenario,
        };
        Self {
            crowd: Crowd::new(Arc::new(plan), 0),
            now: Duration::ZERO,
            rows: Vec::new(),
            mischief: Mischief::None,
            forgets: false,
            is_down: false,
            arrivals: Vec::new(),
            accept: wirehub_websocket::handshake::accept_key(&key),
            peers: BTreeMap::new(),
            sessions: BTreeMap::new(),
            offsets: BTreeMap::new(),
            kept: Vec::new(),
            held: Vec::new(),
            named: 0,
            is_done: false,
        }
    }

    /// Runs until a moment, or to the end.
    pub(super) fn until(&mut self, end: Duration) {
        while !self.is_done && self.now < end {
            self.crowd.handle_timeout(self.now);
            while let Some(output) = self.crowd.poll_output() {
                self.perform(output);
            }
            let next = self.crowd.poll_timeout();
            self.now = next.max(self.now).min(end);
        }
    }

    pub(super) fn run(mut self) -> Findings {
        self.until(Duration::from_secs(3_600));
        assert!(self.is_done, "the run has no end");
        self.crowd.into_findings()
    }

    /// The hub dies: every connection is reset, and nobody listens.
    pub(super) fn die(&mut self) {
        self.is_down = true;
        for link in std::mem::take(&mut self.peers).into_keys() {
            let input = Input::Gone {
                link,
                failed: FailureCause::Reset,
                closed: CloseKind::ServerReset,
            };
            self.crowd.handle(self.now, input);
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Connect { link, .. } => {
                self.arrivals.push(self.now);
                if self.is_down {
                    let input = Input::Gone {
                        link,
                        failed: FailureCause::Refused,
                        closed: CloseKind::Other,
                    };
                    return self.crowd.handle(self.now, input);
                }
                let peer = Peer {
                    decoder: Decoder::new(Role::Server, false),
                    is_open: false,
                    name: String::new(),
                    topics: Vec::new(),
                };
                self.peers.insert(link, peer);
                self.crowd.handle(self.now, Input::Connected { link });
            }
            Output::Write { link, bytes } => self.take(link, bytes),
            Output::Close { link, .. } | Output::Abandon { link } => {
                self.leave(link);
            }
            Output::Second { row, .. } => self.rows.push(*row),
            Output::Done => self.is_done = true,
            Output::Pause { .. } | Output::Resume { .. } | Output::Sip { .. } => {}
        }
    }

    fn leave(&mut self, link: u32) {
        let Some(peer) = self.peers.remove(&link) else {
            return;
        };
        if !self.forgets {
            self.sessions.insert(peer.name, peer.topics);
        }
    }

    fn take(&mut self, link: u32, mut bytes: Vec<u8>) {
        let Some(peer) = self.peers.get_mut(&link) else {
            return;
        };
        if !peer.is_open {
            peer.is_open = true;
            self.named += 1;
            peer.name = format!("s{}", self.named);
            let name = peer.name.clone();
            let head = format!(
                "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: {}\r\n\r\n",
                self.accept
            );
            let mut bytes = head.into_bytes();
            let bytes = &mut bytes;
            self.crowd.handle(self.now, Input::Bytes { link, bytes });
            let heartbeat = json!({"interval": 1e6, "timeout": 1.0});
            let welcome = json!({"type": "welcome", "session": name, "heartbeat": heartbeat});
            return self.say(link, &welcome);
        }
        let mut decoder = std::mem::replace(&mut peer.decoder, Decoder::new(Role::Server, false));
        let (limits, mut inflater) = (Limits::default(), Inflater::new());
        let mut requests = Vec::new();
        let mut says_goodbye = false;
        let mut reader = decoder.read(&mut bytes, &limits, &mut inflater);
        while let Some(item) = reader.next().expect("a client that keeps the rules") {
            match item {
                Item::Text(text) => requests.push(serde_json::from_str(text).expect("JSON")),
                Item::Close(_) => says_goodbye = true,
                Item::Binary(_) | Item::Ping(_) | Item::Pong(_) => {}
            }
        }
        for request in &requests {
            self.answer(link, request);
        }
        if says_goodbye {
            self.peers.remove(&link);
            let mut bytes = Vec::new();
            Encoder::server().close(&mut bytes, Some(CloseCode::NORMAL), "");
            let bytes = &mut bytes;
            self.crowd.handle(self.now, Input::Bytes { link, bytes });
            let input = Input::Gone {
                link,
                failed: FailureCause::Ended,
                closed: CloseKind::ServerEnded,
            };
            self.crowd.handle(self.now, input);
        }
    }

    fn answer(&mut self, link: u32, request: &Value) {
        let id = &request["id"];
        let topic = request["topic"].as_str().unwrap_or_default().to_owned();
        match request["type"].as_str() {
            Some("subscribe") => {
                let offset = self.offsets.get(&topic).copied().unwrap_or(0);
                let since = request["since"]["offset"].as_u64();
                let mut ok = json!({"type": "ok", "id": id, "epoch": "e", "offset": offset});
                if since.is_some() {
                    ok["recovered"] = json!(false);
                }
                if let Some(peer) = self.peers.get_mut(&link) {
                    peer.topics.push(topic);
                }
                self.say(link, &ok);
            }
            Some("resume") => self.resume(link, request),
            Some("publish") => self.publish(link, id, &topic, &request["data"]),
            other => panic!("a request {other:?}"),
        }
    }

    fn resume(&mut self, link: u32, request: &Value) {
        let id = &request["id"];
        let name = request["session"].as_str().unwrap_or_default();
        let Some(topics) = self.sessions.remove(name) else {
            return self.say(
                link,
                &json!({"type": "error", "id": id, "code": "not_resumable"}),
            );
        };
        self.say(link, &json!({"type": "ok", "id": id, "resumed": true}));
        for topic in topics {
            let has = request["topics"][&topic].as_u64().unwrap_or(0);
            let offset = self.offsets.get(&topic).copied().unwrap_or(0);
            self.say(
                link,
                &json!({
                    "type": "subscribed", "topic": topic, "epoch": "e", "offset": offset,
                    "recovered": true,
                }),
            );
            let missed = self.kept.clone().into_iter();
            for kept in missed.filter(|kept| kept.topic == topic && kept.offset > has) {
                self.say(link, &message(&kept));
            }
            if let Some(peer) = self.peers.get_mut(&link) {
                peer.topics.push(topic);
            }
        }
    }

    fn publish(&mut self, link: u32, id: &Value, topic: &str, data: &Value) {
        let offset = self.offsets.entry(topic.to_owned()).or_default();
        *offset += 1;
        let kept = Kept {
            topic: topic.to_owned(),
            offset: *offset,
            data: data.clone(),
        };
        self.kept.push(kept.clone());
        let ok = json!({"type": "ok", "id": id, "epoch": "e", "offset": kept.offset});
        self.say(link, &ok);
        let subscribers = self.peers.iter();
        let subscribers = subscribers.filter(|(_, peer)| peer.topics.contains(&kept.topic));
        let subscribers: Vec<u32> = subscribers.map(|(link, _)| *link).collect();
        let held = std::mem::take(&mut self.held);
        let is_struck = |every: u64| kept.offset.is_multiple_of(every);
        for subscriber in subscribers {
            match self.mischief {
                Mischief::Loses(every) if is_struck(every) => {}
                Mischief::Repeats(every) if is_struck(every) => {
                    self.say(subscriber, &message(&kept));
                    self.say(subscriber, &message(&kept));
                }
                Mischief::Swaps(every) if is_struck(every) => {
                    self.held.push((subscriber, message(&kept)));
                }
                _ => self.say(subscriber, &message(&kept)),
            }
        }
        for (subscriber, message) in held {
            self.say(subscriber, &message);
        }
    }

    fn say(&mut self, link: u32, message: &Value) {
        let mut bytes = Vec::new();
        Encoder::server().text(&mut bytes, &message.to_string());
        let bytes = &mut bytes;
        self.crowd.handle(self.now, Input::Bytes { link, bytes });
    }
}

fn message(kept: &Kept) -> Value {
    json!({
        "type": "message", "topic": kept.topic, "offset": kept.offset, "data": kept.data,
    })
}
