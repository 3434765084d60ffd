//! How the messages of a case look to one kind of server.

mod native;
mod nats;
mod pusher;
mod redis;
mod socket_io;

use clap::ValueEnum;

use super::client_frame::{push_binary, push_text};
use super::framing::Framing;
use crate::case::Comeback;
pub(super) use native::Place;

/// What a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WireKind {
    /// The message is the application data. Paths `/echo`, `/pub` and `/sub` say what a
    /// connection does.
    Plain,
    /// Wirehub's native protocol in JSON, `wirehub.v1.json`.
    Native,
    /// Pusher Channels, protocol 7: client events on a private channel.
    Pusher,
    /// Socket.IO 4.
    SocketIo,
    /// NATS over WebSocket.
    Nats,
    /// NATS as its own clients speak to it.
    NatsTcp,
    /// The same, and what is published is stored by JetStream before it is heard.
    JetStream,
    /// Redis.
    Redis,
    /// The same, and what is published is added to a stream before.
    RedisStream,
}

/// What a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Echo,
    Publisher,
    Subscriber,
}

/// A wire with what it needs to know.
#[derive(Debug, Clone)]
pub struct Wire {
    kind: WireKind,
    token: String,
    topic: String,
}

/// What is next on a connection that is on its way to be of use.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is.
    Open,
    /// Something is to be sent: frames, ready for the socket.
    Say(Vec<u8>),
    /// The server has to speak.
    Wait,
    /// The server does not want to, in its own words.
    Refused(String),
}

impl Wire {
    /// A wire. `token` and `topic` matter to those that have such: a token of the hub and its
    /// topic, an app's secret and its channel.
    pub fn new(kind: WireKind, token: &str, topic: &str) -> Self {
        Self {
            kind,
            token: token.to_owned(),
            topic: topic.to_owned(),
        }
    }

    /// Path and query of the upgrade request.
    pub(super) fn path(&self, role: Role) -> String {
        match (self.kind, role) {
            (WireKind::Plain, Role::Echo) => "/echo".to_owned(),
            (WireKind::Plain, Role::Publisher) => "/pub".to_owned(),
            (WireKind::Plain, Role::Subscriber) => "/sub".to_owned(),
            (WireKind::Native, _) => format!("/ws?token={}", self.token),
            (WireKind::Pusher, _) => pusher::PATH.to_owned(),
            (WireKind::SocketIo, _) => socket_io::PATH.to_owned(),
            (WireKind::Nats, _) => nats::PATH.to_owned(),
            (
                WireKind::NatsTcp | WireKind::JetStream | WireKind::Redis | WireKind::RedisStream,
                _,
            ) => String::new(),
        }
    }

    /// How messages are told apart.
    pub(super) const fn framing(&self) -> Framing {
        match self.kind {
            WireKind::NatsTcp | WireKind::JetStream => Framing::Nats,
            WireKind::Redis | WireKind::RedisStream => Framing::Resp,
            _ => Framing::WebSocket,
        }
    }

    /// What is next once a connection is upgraded, or connected where there is no upgrade.
    pub(super) fn upgraded(&self, role: Role) -> Next {
        match self.kind {
            WireKind::Plain => Next::Open,
            WireKind::Native if role != Role::Subscriber => Next::Open,
            WireKind::Native => Next::Say(framed(&native::subscribe(&self.topic))),
            WireKind::Redis | WireKind::RedisStream => redis::connected(&self.topic, role),
            WireKind::Pusher
            | WireKind::SocketIo
            | WireKind::Nats
            | WireKind::NatsTcp
            | WireKind::JetStream => Next::Wait,
        }
    }

    /// What is next once the server said something.
    pub(super) fn heard(&self, role: Role, message: &[u8]) -> Next {
        match self.kind {
            WireKind::Plain => Next::Wait,
            WireKind::Native => native::heard(message),
            WireKind::Pusher => pusher::heard(message, &self.token, &self.topic),
            WireKind::SocketIo => socket_io::heard(message, role),
            WireKind::Nats => match nats::heard(message, role, false) {
                Next::Say(words) => Next::Say(in_binary(&words)),
                next => next,
            },
            WireKind::NatsTcp => nats::heard(message, role, false),
            WireKind::JetStream => nats::heard(message, role, true),
            WireKind::Redis | WireKind::RedisStream => redis::heard(message),
        }
    }

    /// Whether this is a message to subscribers, not something else that the server has to say.
    pub(super) fn is_message(&self, frame: &[u8]) -> bool {
        match self.kind {
            WireKind::Native => native::is_message(frame),
            WireKind::NatsTcp | WireKind::JetStream => nats::is_message(frame),
            WireKind::Redis | WireKind::RedisStream => redis::is_message(frame),
            WireKind::Plain | WireKind::Pusher | WireKind::SocketIo | WireKind::Nats => true,
        }
    }

    /// The frame that subscribes to what came after a position, or goes on with a session.
    pub(super) fn come_back(&self, by: Comeback, from: &Place<'_>) -> Vec<u8> {
        framed(&native::come_back(&self.topic, by, from))
    }

    /// Appends the frame that publishes (or, to an echo server, sends) the payload.
    pub(super) fn push_message(&self, out: &mut Vec<u8>, text: &mut Vec<u8>, payload: &[u8]) {
        match self.kind {
            WireKind::Plain => push_text(out, payload),
            WireKind::Native => self.push_publish(out, text, payload, false),
            WireKind::Pusher => {
                pusher::write_event(text, &self.topic, payload);
                push_text(out, text);
            }
            WireKind::SocketIo => {
                socket_io::write_event(text, payload);
                push_text(out, text);
            }
            WireKind::Nats => {
                text.clear();
                nats::push_publish(text, payload, false);
                push_binary(out, text);
            }
            WireKind::NatsTcp => nats::push_publish(out, payload, false),
            WireKind::JetStream => nats::push_publish(out, payload, true),
            WireKind::Redis => redis::push_publish(out, text, &self.topic, payload, false),
            WireKind::RedisStream => redis::push_publish(out, text, &self.topic, payload, true),
        }
    }

    /// Appends the native frame that publishes the payload; its answer comes when it is wanted.
    pub(super) fn push_publish(
        &self,
        out: &mut Vec<u8>,
        text: &mut Vec<u8>,
        payload: &[u8],
        answer: bool,
    ) {
        native::write_publish(text, &self.topic, payload, answer);
        push_text(out, text);
    }
}

fn in_binary(words: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    push_binary(&mut frame, words);
    frame
}

fn framed(text: &str) -> Vec<u8> {
    let mut frame = Vec::new();
    push_text(&mut frame, text.as_bytes());
    frame
}

#[cfg(test)]
mod tests;
