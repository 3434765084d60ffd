//! From events to bytes.

mod presence;

use std::time::Duration;

use prost::Message as _;
use wirehub_model::{
    Audience, Batch, BatchEntry, Direct, Event, History, Key, Message, Payload, Position,
    Publication, Publisher, Recovery, Refusal, Reply, Subscribed, TopicFilter, UserId, Welcome,
};

use self::presence::{of_change, of_occupancy, of_page};
use crate::v1::{self, message::Address, server_message::Kind};

/// Appends the message for an event; `false` when it is the transport's to say.
pub(crate) fn encode(event: &Event<'_>, out: &mut Vec<u8>) -> bool {
    let (id, kind) = match event {
        Event::Publication(publication) | Event::Delta { publication, .. } => {
            (None, Kind::Message(of_publication(publication, false)))
        }
        Event::Retained(publication) => (None, Kind::Message(of_publication(publication, true))),
        Event::Batch(batch) => (None, Kind::Messages(of_batch(batch))),
        Event::Direct(direct) => (None, Kind::Message(of_direct(direct))),
        Event::Reply { id, reply } => (Some(*id), Kind::Ok(of_reply(reply))),
        Event::Refused { id, refusal } => (*id, Kind::Error(of_refusal(refusal))),
        Event::Welcome { id, welcome } => (*id, Kind::Welcome(of_welcome(welcome))),
        Event::Subscribed { filter, subscribed } => {
            (None, Kind::Subscribed(of_subscribed(filter, subscribed)))
        }
        Event::Unsubscribed { filter, refusal } => {
            (None, Kind::Unsubscribed(of_unsubscribed(filter, refusal)))
        }
        Event::Pong => (None, Kind::Pong(v1::Pong {})),
        Event::Reconnect(advice) => {
            let reconnect = v1::Reconnect {
                reason: advice.reason.to_owned(),
                within: seconds(advice.within),
            };
            (None, Kind::Reconnect(reconnect))
        }
        Event::Spread(within) => {
            let within = seconds(*within);
            (None, Kind::Spread(v1::Spread { within }))
        }
        Event::Presence(change) => (None, of_change(change)),
        Event::Occupancy { topic, occupancy } => (None, of_occupancy(topic, *occupancy)),
        // A client that renews its token does so in time all the same, and none has a watchlist.
        Event::Heartbeat
        | Event::HeartbeatReply(_)
        | Event::Close(_)
        | Event::Renewed { .. }
        | Event::Watchlist { .. } => {
            return false;
        }
    };
    let message = v1::ServerMessage {
        id,
        kind: Some(kind),
    };
    let encoded = message.encode(out);
    debug_assert!(encoded.is_ok(), "a buffer that grows has room");
    true
}

fn of_publication(publication: &Publication, retained: bool) -> v1::Message {
    v1::Message {
        address: Some(Address::Topic(publication.topic.as_str().to_owned())),
        offset: publication.position.offset.0,
        key: of_key(publication.key.as_ref()),
        retained,
        ..of_message(&publication.message, publication.from.as_ref())
    }
}

fn of_batch(batch: &Batch) -> v1::Messages {
    let around = batch.filter.as_str();
    let entry = |entry: &BatchEntry| {
        let topic = entry.publication.topic.as_str();
        let topic = if topic == around { "" } else { topic };
        v1::Publication {
            topic: topic.to_owned(),
            count: if entry.count > 1 { entry.count } else { 0 },
            ..of_entry(&entry.publication)
        }
    };
    v1::Messages {
        topic: around.to_owned(),
        messages: batch.entries.iter().map(entry).collect(),
    }
}

/// A publication among others of its topic.
fn of_entry(publication: &Publication) -> v1::Publication {
    let message = &publication.message;
    v1::Publication {
        topic: String::new(),
        event: of_event(message),
        key: of_key(publication.key.as_ref()),
        data: Some(of_payload(&message.payload)),
        offset: publication.position.offset.0,
        from: publication.from.as_ref().map(of_publisher),
        count: 0,
    }
}

fn of_key(key: Option<&Key>) -> String {
    key.map_or_else(String::new, |key| key.as_str().to_owned())
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
        event: of_event(message),
        data: Some(of_payload(&message.payload)),
        from: from.map(of_publisher),
        ..v1::Message::default()
    }
}

fn of_event(message: &Message) -> String {
    let event = message.event.as_ref();
    event.map_or_else(String::new, |event| event.as_str().to_owned())
}

fn of_publisher(publisher: &Publisher) -> v1::Publisher {
    v1::Publisher {
        user: of_user(publisher.user.as_ref()),
        connection: publisher.connection.to_string(),
    }
}

fn of_user(user: Option<&UserId>) -> String {
    user.map_or_else(String::new, ToString::to_string)
}

fn of_reply(reply: &Reply) -> v1::Reply {
    match reply {
        Reply::Done => v1::Reply::default(),
        Reply::Subscribed(subscribed) => {
            let (recovered, reason) = of_recovery(subscribed.recovery);
            v1::Reply {
                position: subscribed.position.as_ref().map(of_position),
                recovered,
                reason,
                presence: subscribed.presence.as_ref().map(of_page),
                ..v1::Reply::default()
            }
        }
        Reply::Published(published) => v1::Reply {
            position: Some(of_position(&published.position)),
            duplicate: published.duplicate,
            ..v1::Reply::default()
        },
        Reply::Resumed { lost } => v1::Reply {
            resumed: true,
            lost: *lost,
            ..v1::Reply::default()
        },
        Reply::Presence(page) => v1::Reply {
            presence: Some(of_page(page)),
            ..v1::Reply::default()
        },
        Reply::History(history) => v1::Reply {
            history: Some(of_history(history)),
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

fn of_history(history: &History) -> v1::HistoryPage {
    let publications = history.publications.iter();
    v1::HistoryPage {
        position: Some(of_position(&history.position)),
        messages: publications
            .map(|publication| of_entry(publication))
            .collect(),
        more: history.more,
    }
}

fn of_subscribed(filter: &TopicFilter, subscribed: &Subscribed) -> v1::Subscribed {
    let (recovered, reason) = of_recovery(subscribed.recovery);
    v1::Subscribed {
        topic: filter.as_str().to_owned(),
        position: subscribed.position.as_ref().map(of_position),
        recovered,
        reason,
        presence: subscribed.presence.as_ref().map(of_page),
    }
}

/// Whether a subscriber got what it missed, and why not.
fn of_recovery(recovery: Option<Recovery>) -> (Option<bool>, String) {
    match recovery {
        None => (None, String::new()),
        Some(Recovery::Complete) => (Some(true), String::new()),
        Some(Recovery::Incomplete(gap)) => (Some(false), gap.name().to_owned()),
    }
}

fn of_unsubscribed(filter: &TopicFilter, refusal: &Refusal) -> v1::Unsubscribed {
    v1::Unsubscribed {
        topic: filter.as_str().to_owned(),
        reason: refusal.code.name().to_owned(),
        message: refusal.message.to_string(),
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
        user: of_user(welcome.user.as_ref()),
        heartbeat: Some(v1::Heartbeat {
            interval: seconds(welcome.heartbeat.interval),
            timeout: seconds(welcome.heartbeat.timeout),
        }),
        expires_in: welcome.expires_in.map(seconds),
        session: welcome
            .session
            .map_or_else(String::new, |offer| offer.token.to_string()),
        resume_within: welcome.session.map(|offer| seconds(offer.within)),
        spread: welcome.spread.map(seconds),
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
