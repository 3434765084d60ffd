//! What was said on one connection.

mod asking;

use std::collections::BTreeMap;

use wirehub_model::{CloseReason, ConnectionId, ErrorCode, Event, Refusal, Reply, UserId, Welcome};

use self::asking::Ask;
use super::{
    codes,
    connecting::Gathering,
    decode::{self, Asked, NotCommands},
    emulation::Emulation,
    encode::{self, Codec},
    proto,
    question::Question,
    rules::Rules,
    wish::SubscribeWish,
};
use crate::{Dialect, Frame, Goodbye, Heard};

/// Commands, and bytes of their messages, that are kept of a client until it is let in. Libraries
/// send what they want to subscribe to together with their token.
const HELD: (usize, usize) = (256, 256 * 1024);

/// Subscriptions that may wait for their answer at once. It is far more than a connection may have.
const WISHES: usize = 4 * 1024;

/// A connection of one of Centrifugo's clients.
#[derive(Debug)]
pub(crate) struct Conversation {
    codec: Codec,
    /// How it speaks, where it only hears on its connection.
    emulation: Option<Emulation>,
    rules: Rules,
    phase: Phase,
    /// Subscriptions that wait for their answer, by the client's number.
    wishes: BTreeMap<u32, SubscribeWish>,
    /// A ping was sent whose answer has not come.
    pinged: bool,
    /// Says more than the reason for which the hub closes.
    goodbye: Option<Goodbye>,
}

/// Where the connection is in its life.
#[derive(Debug)]
enum Phase {
    /// It has not said who it is.
    Silent,
    /// It has, and what it says further is kept until that is checked.
    Connecting {
        held: Vec<proto::Command>,
        bytes: usize,
        /// Subscriptions that the server began.
        gathering: Gathering,
    },
    /// It is in, under this name.
    Open {
        id: ConnectionId,
        user: Option<UserId>,
        /// What was held back and has not been fetched yet.
        held: Vec<proto::Command>,
    },
    /// It will not be let in, or broke the rules.
    Over,
}

impl Conversation {
    pub(crate) fn begin(dialect: Dialect, emulation: Option<Emulation>) -> Self {
        Self {
            codec: Codec::of(dialect),
            emulation,
            rules: Rules::default(),
            phase: Phase::Silent,
            wishes: BTreeMap::new(),
            pinged: false,
            goodbye: None,
        }
    }

    pub(crate) const fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
    }

    /// Reads one message of the client. Which kind of WebSocket message it is says nothing here:
    /// the protocol was agreed on in the handshake.
    pub(crate) fn hear(&mut self, frame: Frame<'_>, heard: &mut Vec<Heard>) {
        let mut commands = Vec::new();
        let each = |command| commands.push(command);
        let read = match (self.codec, frame) {
            (Codec::Json | Codec::Pushes, Frame::Text(text)) => decode::json::commands(text, each),
            (Codec::Json | Codec::Pushes, Frame::Binary(bytes)) => std::str::from_utf8(bytes)
                .map_err(|_| NotCommands)
                .and_then(|text| decode::json::commands(text, each)),
            (Codec::Protobuf, Frame::Binary(bytes)) => decode::protobuf::commands(bytes, each),
            (Codec::Protobuf, Frame::Text(text)) => {
                decode::protobuf::commands(text.as_bytes(), each)
            }
        };
        let length = match frame {
            Frame::Text(text) => text.len(),
            Frame::Binary(bytes) => bytes.len(),
        };
        if let Phase::Connecting { bytes, .. } = &mut self.phase {
            *bytes += length;
        }
        for command in commands {
            self.take(command, heard);
        }
        if read.is_err() {
            self.violate(heard);
        }
    }

    fn take(&mut self, command: proto::Command, heard: &mut Vec<Heard>) {
        match &mut self.phase {
            Phase::Over => {}
            Phase::Silent => match command.connect {
                Some(connect) if command.id > 0 => {
                    self.phase = Phase::Connecting {
                        held: Vec::new(),
                        bytes: 0,
                        gathering: Gathering::new(&connect.subs),
                    };
                    heard.push(asking::connect(command.id, connect));
                }
                _ => self.violate(heard),
            },
            Phase::Connecting { held, bytes, .. } => {
                if held.len() < HELD.0 && *bytes <= HELD.1 {
                    held.push(command);
                } else {
                    self.violate(heard);
                }
            }
            Phase::Open { .. } => self.ask(command, heard),
        }
    }

    /// What a client that is in asks.
    fn ask(&mut self, command: proto::Command, heard: &mut Vec<Heard>) {
        let Phase::Open { user, .. } = &self.phase else {
            return;
        };
        let id = command.id;
        let asked = command.asked();
        match (&asked, id) {
            (Asked::Pong, 0) if self.pinged => {
                self.pinged = false;
                return;
            }
            (Asked::Send, _) => {
                // Nobody listens to messages that are no request.
                self.goodbye = Some(codes::NOT_AVAILABLE);
                return self.violate(heard);
            }
            (_, 0) | (Asked::Pong | Asked::Connect, _) => return self.violate(heard),
            _ => {}
        }
        match asking::ask(id, asked, user.as_ref(), self.rules) {
            Ask::Heard(one) => heard.push(one),
            Ask::Subscribe(wish, one) => {
                if self.wishes.len() >= WISHES {
                    return self.violate(heard);
                }
                self.wishes.insert(id, wish);
                heard.push(one);
            }
            Ask::Violation => self.violate(heard),
        }
    }

    fn violate(&mut self, heard: &mut Vec<Heard>) {
        if !matches!(self.phase, Phase::Over) {
            self.phase = Phase::Over;
            heard.push(Heard::Violation(CloseReason::BadMessages));
        }
    }

    pub(crate) fn take_released(&mut self, heard: &mut Vec<Heard>) {
        if let Phase::Open { held, .. } = &mut self.phase {
            for command in std::mem::take(held) {
                self.take(command, heard);
            }
        }
    }

    pub(crate) fn has_released(&self) -> bool {
        matches!(&self.phase, Phase::Open { held, .. } if !held.is_empty())
    }

    pub(crate) fn tell(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        match event {
            Event::Welcome { id, welcome } => self.open(*id, welcome, start, out),
            Event::Subscribed { filter, subscribed } => match &mut self.phase {
                Phase::Connecting { gathering, .. } => gathering.add(filter, subscribed),
                _ => return encode::encode(self.codec, event, out),
            },
            Event::Reply { id, reply } => self.answer(*id, reply, start, out),
            Event::Refused { id, refusal } => self.refuse(*id, refusal, start, out),
            Event::Heartbeat => {
                self.pinged = true;
                return encode::encode(self.codec, event, out);
            }
            _ => return encode::encode(self.codec, event, out),
        }
        out.len() > start
    }

    /// The client is in.
    fn open(&mut self, id: Option<u64>, welcome: &Welcome, start: usize, out: &mut Vec<u8>) {
        let (held, gathering) = match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Connecting {
                held, gathering, ..
            } => (held, gathering),
            _ => Default::default(),
        };
        self.phase = Phase::Open {
            id: welcome.connection,
            user: welcome.user.clone(),
            held,
        };
        let mut said = encode::connect(welcome, gathering.finish());
        said.pong = true;
        if let Some(emulation) = &self.emulation {
            emulation.tell(&mut said);
        }
        let said = proto::Reply {
            id: id.and_then(Question::read).map_or(0, |(_, id)| id),
            connect: Some(said),
            ..proto::Reply::default()
        };
        self.say(&said, start, out);
    }

    fn answer(&mut self, number: u64, reply: &Reply, start: usize, out: &mut Vec<u8>) {
        let Some((question, id)) = Question::read(number) else {
            return;
        };
        let Reply::Subscribed(subscribed) = reply else {
            let said = encode::reply(self.codec, question, id, reply);
            self.say(&said, start, out);
            return;
        };
        let wish = self.wishes.remove(&id);
        let result = encode::subscribed(wish.as_ref(), subscribed);
        let said = proto::Reply {
            id,
            subscribe: Some(result),
            ..proto::Reply::default()
        };
        self.say(&said, start, out);
        // Who watches is told of itself as of others; the list of who is there has it.
        let (Phase::Open { id, .. }, Some(wish), Some(page)) =
            (&self.phase, wish, &subscribed.presence)
        else {
            return;
        };
        let itself = page.members.iter().find(|member| member.connection == *id);
        if let Some(member) = itself.filter(|_| wish.join_leave) {
            let joined = encode::joined(wish.channel, self.codec, member);
            self.say(&encode::pushed(joined), start, out);
        }
    }

    fn refuse(&mut self, number: Option<u64>, refusal: &Refusal, start: usize, out: &mut Vec<u8>) {
        // What no request asked for has no reply to be said in.
        let Some((question, id)) = number.and_then(Question::read) else {
            return;
        };
        self.wishes.remove(&id);
        match (question, refusal.code) {
            // Centrifugo's clients end what they may not have.
            (Question::Unsubscribe, ErrorCode::NotSubscribed) => {
                let said = encode::reply(self.codec, question, id, &Reply::Done);
                self.say(&said, start, out);
                return;
            }
            (Question::Connect, _) => {
                self.phase = Phase::Over;
                // The close code says that the token is not valid; an error would be another
                // answer.
                if refusal.code == ErrorCode::Unauthorized {
                    return;
                }
            }
            _ => {}
        }
        self.say(&encode::error(question, id, refusal), start, out);
    }

    fn say(&self, reply: &proto::Reply, start: usize, out: &mut Vec<u8>) {
        self.codec.append(reply, start, out);
    }

    pub(crate) fn goodbye(&self, reason: CloseReason) -> Goodbye {
        let silent = matches!(self.phase, Phase::Silent);
        match (self.goodbye, reason) {
            (Some(goodbye), CloseReason::BadMessages) => goodbye,
            (_, CloseReason::Unauthorized) if silent => codes::STALE,
            _ => codes::goodbye(reason),
        }
    }
}
