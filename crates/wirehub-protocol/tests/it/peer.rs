//! The client's side of the protocol, written without the crate's own encoders and decoders.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use wirehub_model::{Address, Command, Message, Payload, Position};
use wirehub_protocol::{Request, v1};

/// The request as a client writes it in JSON. The text of `data` is spliced in as it is.
pub(crate) fn to_json(request: &Request) -> String {
    let mut fields = Map::new();
    fields.insert("type".into(), request.command.name().into());
    fields.extend(request.id.map(|id| ("id".into(), id.into())));
    let mut payload = None;
    let mut message = |fields: &mut Map<String, Value>, message: &Message| {
        let event = message.event.as_ref();
        fields.extend(event.map(|event| ("event".into(), event.as_str().into())));
        payload = Some(message.payload.clone());
    };
    match &request.command {
        Command::Connect { token } => {
            let token = token.as_ref();
            fields.extend(token.map(|token| ("token".into(), token.expose().into())));
        }
        Command::Refresh { token } => {
            fields.insert("token".into(), token.expose().into());
        }
        Command::Subscribe(subscribe) => {
            fields.insert("topic".into(), subscribe.filter.as_str().into());
            let since = subscribe.since.as_ref().map(place);
            fields.extend(since.map(|since| ("since".into(), since)));
        }
        Command::Unsubscribe { filter } => {
            fields.insert("topic".into(), filter.as_str().into());
        }
        Command::Publish {
            topic,
            message: said,
            ttl,
            echo,
        } => {
            fields.insert("topic".into(), topic.as_str().into());
            message(&mut fields, said);
            fields.extend(ttl.map(|ttl| ("ttl".into(), ttl.as_secs_f64().into())));
            fields.insert("echo".into(), (*echo).into());
        }
        Command::Send { to, message: said } => {
            fields.insert("to".into(), address(to));
            message(&mut fields, said);
        }
        Command::Call {
            method,
            message: said,
        } => {
            fields.insert("method".into(), method.as_str().into());
            message(&mut fields, said);
        }
        Command::Presence { topic } => {
            fields.insert("topic".into(), topic.as_str().into());
        }
        Command::History { topic, limit } => {
            fields.insert("topic".into(), topic.as_str().into());
            fields.insert("limit".into(), (*limit).into());
        }
        Command::Ping => {}
    }
    let text = Value::Object(fields).to_string();
    match payload {
        None => text,
        Some(payload) => splice(&text, &payload),
    }
}

/// Adds a payload as the last field of an object.
fn splice(object: &str, payload: &Payload) -> String {
    let rest = object.strip_suffix('}').unwrap();
    match payload {
        Payload::Json(text) => {
            let text = str::from_utf8(text).unwrap();
            format!("{rest},\"data\":{text}}}")
        }
        Payload::Binary(bytes) => {
            format!("{rest},\"binary\":\"{}\"}}", STANDARD.encode(bytes))
        }
    }
}

fn place(position: &Position) -> Value {
    json!({ "epoch": position.epoch.to_string(), "offset": position.offset.0 })
}

fn address(to: &Address) -> Value {
    match to {
        Address::User(user) => json!({ "user": user.as_str() }),
        Address::Connection(connection) => json!({ "connection": connection.to_string() }),
    }
}

/// The request as a client writes it in Protobuf.
pub(crate) fn to_protobuf(request: &Request) -> v1::ClientMessage {
    use v1::client_message::Kind;
    let event = |message: &Message| {
        let event = message.event.as_ref();
        event.map_or_else(String::new, |event| event.as_str().to_owned())
    };
    let kind = match &request.command {
        Command::Connect { token } => Kind::Connect(v1::Connect {
            token: token.as_ref().map(|token| token.expose().to_owned()),
        }),
        Command::Refresh { token } => Kind::Refresh(v1::Refresh {
            token: token.expose().to_owned(),
        }),
        Command::Subscribe(subscribe) => Kind::Subscribe(v1::Subscribe {
            topic: subscribe.filter.to_string(),
            since: subscribe.since.map(|since| v1::Position {
                epoch: since.epoch.to_string(),
                offset: since.offset.0,
            }),
        }),
        Command::Unsubscribe { filter } => Kind::Unsubscribe(v1::Unsubscribe {
            topic: filter.to_string(),
        }),
        Command::Publish {
            topic,
            message,
            ttl,
            echo,
        } => Kind::Publish(v1::Publish {
            topic: topic.to_string(),
            event: event(message),
            data: Some(data(message)),
            ttl: ttl.map(|ttl| ttl.as_secs_f64()),
            echo: (!echo).then_some(false),
        }),
        Command::Send { to, message } => Kind::Send(v1::Send {
            to: Some(match to {
                Address::User(user) => v1::send::To::User(user.to_string()),
                Address::Connection(id) => v1::send::To::Connection(id.to_string()),
            }),
            event: event(message),
            data: Some(data(message)),
        }),
        Command::Call { method, message } => Kind::Call(v1::Call {
            method: method.clone(),
            data: Some(data(message)),
        }),
        Command::Presence { topic } => Kind::Presence(v1::Presence {
            topic: topic.to_string(),
        }),
        Command::History { topic, limit } => Kind::History(v1::History {
            topic: topic.to_string(),
            limit: Some(*limit),
        }),
        Command::Ping => Kind::Ping(v1::Ping {}),
    };
    v1::ClientMessage {
        id: request.id,
        kind: Some(kind),
    }
}

fn data(message: &Message) -> v1::Data {
    let kind = match message.payload.clone() {
        Payload::Json(text) => v1::data::Kind::Json(text),
        Payload::Binary(bytes) => v1::data::Kind::Binary(bytes),
    };
    v1::Data { kind: Some(kind) }
}
