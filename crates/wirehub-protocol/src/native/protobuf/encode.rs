//! From events to bytes.

use std::time::Duration;

use prost::Message as _;
use wirehub_model::{
    Audience, Direct, Event, Message, Payload, Position, Publication, Publisher, Recovery, Refusal,
    Reply, Welcome,
};

use crate::v1::{self, message::Address, server_message::Kind};

/// Appends the message for an event; `false` when it is the transport's to say.
pub(crate) fn encode(event: &Event<'_>, out: &mut Vec<u8>) -> bool {
    let (id, kind) = match event {
        Event::Publication(publication) => (None, Kind::Message(of_publication(publication))),
        Event::Direct(direct) => (None, Kind::Message(of_direct(direct))),
        Event::Reply { id, reply } => (Some(*id), Kind::Ok(of_reply(reply))),
        Event::Refused { id, refusal } => (*id, Kind::Error(of_refusal(refusal))),
        Event::Welcome { id, welcome } => (*id, Kind::Welcome(of_welcome(welcome))),
        Event::Unsubscribed { filter, refusal } => {
            let unsubscribed = v1::Unsubscribed {
                topic: filter.as_str().to_owned(),
                reason: refusal.code.name().to_owned(),
                message: refusal.message.to_string(),
            };
            (None, Kind::Unsubscribed(unsubscribed))
        }
        Event::Pong => (None, Kind::Pong(v1::Pong {})),
        Event::Reconnect(advice) => {
            let reconnect = v1::Reconnect {
                reason: advice.reason.to_owned(),
                within: seconds(advice.within),
            };
            (None, Kind::Reconnect(reconnect))
        }
        Event::Retained(_)
        | Event::Batch(_)
        | Event::Subscribed { .. }
        | Event::Presence(_)
        | Event::Occupancy { .. } => return false,
        Event::Heartbeat | Event::HeartbeatReply(_) | Event::Close(_) => return false,
    };
    let message = v1::ServerMessage {
        id,
        kind: Some(kind),
    };
    let encoded = message.encode(out);
    debug_assert!(encoded.is_ok(), "a buffer that grows has room");
    true
}

fn of_publication(publication: &Publication) -> v1::Message {
    v1::Message {
        address: Some(Address::Topic(publication.topic.as_str().to_owned())),
        offset: publication.position.offset.0,
        ..of_message(&publication.message, publication.from.as_ref())
    }
}

fn of_direct(direct: &Direct) -> v1::Message {
    let audience = match direct.to {
        Audience::Everyone => v1::Audience::Everyone,
        Audience::User => v1::Audience::User,
        Audience::Connection => v1::Audience::Connection,
    };
    v1::Message {
        address: Some(Address::To(audience.into())),
        ..of_message(&direct.message, direct.from.as_ref())
    }
}

/// What publications and direct messages share.
fn of_message(message: &Message, from: Option<&Publisher>) -> v1::Message {
    v1::Message {
        address: None,
        event: message
            .event
            .as_ref()
            .map_or_else(String::new, |event| event.as_str().to_owned()),
        data: Some(of_payload(&message.payload)),
        offset: 0,
        from: from.map(|publisher| v1::Publisher {
            user: publisher
                .user
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            connection: publisher.connection.to_string(),
        }),
    }
}

fn of_reply(reply: &Reply) -> v1::Reply {
    match reply {
        Reply::Done => v1::Reply::default(),
        Reply::Subscribed(subscribed) => v1::Reply {
            position: subscribed.position.as_ref().map(of_position),
            recovered: subscribed.recovery.map(|found| found == Recovery::Complete),
            ..v1::Reply::default()
        },
        Reply::Resumed { .. } | Reply::Presence(_) | Reply::History(_) => v1::Reply::default(),
        Reply::Published(published) => v1::Reply {
            position: Some(of_position(&published.position)),
            ..v1::Reply::default()
        },
        Reply::Refreshed { expires_in } => v1::Reply {
            expires_in: expires_in.map(seconds),
            ..v1::Reply::default()
        },
        Reply::Called(payload) => v1::Reply {
            data: Some(of_payload(payload)),
            ..v1::Reply::default()
        },
    }
}

fn of_payload(payload: &Payload) -> v1::Data {
    let kind = match payload.clone() {
        Payload::Json(text) => v1::data::Kind::Json(text),
        Payload::Binary(bytes) => v1::data::Kind::Binary(bytes),
    };
    v1::Data { kind: Some(kind) }
}

fn of_refusal(refusal: &Refusal) -> v1::Refusal {
    v1::Refusal {
        code: refusal.code.name().to_owned(),
        message: refusal.message.to_string(),
        retry: refusal.code.retry(),
    }
}

fn of_welcome(welcome: &Welcome) -> v1::Welcome {
    v1::Welcome {
        connection: welcome.connection.to_string(),
        user: welcome
            .user
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        heartbeat: Some(v1::Heartbeat {
            interval: seconds(welcome.heartbeat.interval),
            timeout: seconds(welcome.heartbeat.timeout),
        }),
        expires_in: welcome.expires_in.map(seconds),
    }
}

fn of_position(position: &Position) -> v1::Position {
    v1::Position {
        epoch: position.epoch.to_string(),
        offset: position.offset.0,
    }
}

/// Seconds, cut to milliseconds as in JSON.
fn seconds(span: Duration) -> f64 {
    Duration::new(span.as_secs(), span.subsec_millis() * 1_000_000).as_secs_f64()
}
