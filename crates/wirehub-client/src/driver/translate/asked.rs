//! What the application asks for, as the fields of a request (`docs/protocol.md`).

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    Payload, Position,
    ask::{Ask, Call, Page, Publish, Recipient, Send, Wish},
    session::{Input, Object},
};

/// A request of the application's.
pub(crate) fn request(ticket: u64, ask: Ask, timeout: Option<Duration>) -> Input {
    Input::Request {
        ticket,
        request: fields(ask),
        timeout: timeout.map(|span| span.as_secs_f64() * 1_000.0),
    }
}

/// A subscription of the application's.
pub(crate) fn subscribe(topic: String, wish: &Wish) -> Input {
    let mut options = Object::new();
    put(&mut options, "since", wish.since.as_ref().map(position));
    put(&mut options, "presence", wish.presence.then_some(true));
    if let Some(state) = &wish.state {
        payload(&mut options, "state", "state_binary", state);
    }
    put(&mut options, "ack", wish.ack.then_some(true));
    put(
        &mut options,
        "throttle",
        wish.throttle.map(|span| span.as_secs_f64()),
    );
    put(&mut options, "level", wish.level);
    Input::Subscribe { topic, options }
}

fn fields(ask: Ask) -> Object {
    match ask {
        Ask::Publish(ask) => publish(&ask),
        Ask::Send(Send { to, event, data }) => {
            let mut request = kind("send");
            let to = match to {
                Recipient::User(user) => json!({ "user": user }),
                Recipient::Connection(connection) => json!({ "connection": connection }),
            };
            put(&mut request, "to", Some(to));
            put(&mut request, "event", event);
            payload(&mut request, "data", "binary", &data);
            request
        }
        Ask::Call(Call { method, data }) => {
            let mut request = kind("call");
            put(&mut request, "method", Some(method));
            payload(&mut request, "data", "binary", &data);
            request
        }
        Ask::Presence {
            topic,
            limit,
            after,
        } => {
            let mut request = kind("presence");
            put(&mut request, "topic", Some(topic));
            put(&mut request, "limit", limit);
            put(&mut request, "after", after);
            request
        }
        Ask::History { topic, limit, page } => {
            let mut request = kind("history");
            put(&mut request, "topic", Some(topic));
            put(&mut request, "limit", limit);
            match page {
                Page::Newest => {}
                Page::After(place) => put(&mut request, "after", Some(position(&place))),
                Page::Before(place) => put(&mut request, "before", Some(position(&place))),
            }
            request
        }
        Ask::State { topic, data } => {
            let mut request = kind("state");
            put(&mut request, "topic", Some(topic));
            payload(&mut request, "data", "binary", &data);
            request
        }
    }
}

fn publish(ask: &Publish) -> Object {
    let mut request = kind("publish");
    put(&mut request, "topic", Some(ask.topic.as_str()));
    put(&mut request, "event", ask.event.as_deref());
    payload(&mut request, "data", "binary", &ask.data);
    put(&mut request, "key", ask.key.as_deref());
    put(
        &mut request,
        "idempotency_key",
        ask.idempotency_key.as_deref(),
    );
    put(&mut request, "ttl", ask.ttl.map(|ttl| ttl.as_secs_f64()));
    put(&mut request, "echo", ask.echo);
    request
}

fn kind(name: &str) -> Object {
    Object::from_iter([("type".to_owned(), name.into())])
}

fn put(request: &mut Object, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        request.insert(name.to_owned(), value.into());
    }
}

fn payload(request: &mut Object, json: &str, binary: &str, payload: &Payload) {
    put(request, json, payload.as_json().cloned());
    put(
        request,
        binary,
        payload.as_binary().map(|bytes| STANDARD.encode(bytes)),
    );
}

fn position(position: &Position) -> Value {
    json!({"epoch": position.epoch, "offset": position.offset})
}
