//! The client's side of the protocol, written without the crate's own encoders and decoders.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use wirehub_model::{
    Address, Command, HistoryPage, Key, Message, Offset, Payload, Position, Publish, Resume,
    Subscribe, Topic,
};
use wirehub_protocol::{
    Request,
    v1::{self, client_message::Kind},
};

/// The request as a client writes it in JSON. What the application says is spliced in as it is.
pub(crate) fn to_json(request: &Request) -> String {
    let mut fields = Map::new();
    fields.insert("type".into(), request.command.name().into());
    fields.extend(request.id.map(|id| ("id".into(), id.into())));
    let names = match &request.command {
        Command::Subscribe(_) => ("state", "state_binary"),
        _ => ("data", "binary"),
    };
    let payload = add_fields(&mut fields, &request.command);
    let text = Value::Object(fields).to_string();
    match payload {
        None => text,
        Some(payload) => splice(&text, names, payload),
    }
}

/// Adds a command's own fields, and hands out what the application says.
fn add_fields<'a>(fields: &mut Map<String, Value>, command: &'a Command) -> Option<&'a Payload> {
    let mut add = |name: &str, value: Option<Value>| {
        fields.extend(value.map(|value| (name.to_owned(), value)));
    };
    match command {
        Command::Connect { token, resume, .. } => {
            add("token", token.as_ref().map(|token| token.expose().into()));
            add(
                "resume",
                resume.as_ref().map(|wish| resume_fields(wish).into()),
            );
        }
        Command::Resume(wish) => fields.extend(resume_fields(wish)),
        Command::Refresh { token } => add("token", Some(token.expose().into())),
        Command::Subscribe(wish) => {
            add_subscribe(add, wish);
            return wish.state.as_ref();
        }
        Command::Unsubscribe { filter } => add("topic", Some(filter.as_str().into())),
        Command::Ack { topic, offset } => {
            add("topic", Some(topic.as_str().into()));
            add("offset", Some(offset.0.into()));
        }
        Command::Publish(wish) => {
            add_publish(add, wish);
            return Some(&wish.message.payload);
        }
        Command::Send { to, message } => {
            add("to", Some(address(to)));
            add("event", event_name(message));
            return Some(&message.payload);
        }
        Command::Call { method, message } => {
            add("method", Some(method.as_str().into()));
            return Some(&message.payload);
        }
        Command::Presence(query) => {
            add("topic", Some(query.topic.as_str().into()));
            add("limit", Some(query.limit.into()));
            add("after", query.after.map(|id| id.to_string().into()));
        }
        Command::State { topic, state } => {
            add("topic", Some(topic.as_str().into()));
            return state.as_ref();
        }
        Command::History(query) => {
            add("topic", Some(query.topic.as_str().into()));
            add("limit", Some(query.limit.into()));
            match &query.page {
                HistoryPage::Newest | HistoryPage::Oldest => {}
                HistoryPage::After(position) => add("after", Some(place(position))),
                HistoryPage::Before(position) => add("before", Some(place(position))),
            }
        }
        Command::Ping => {}
    }
    None
}

fn add_subscribe(mut add: impl FnMut(&str, Option<Value>), wish: &Subscribe) {
    add("topic", Some(wish.filter.as_str().into()));
    add("since", wish.since.as_ref().map(place));
    add("presence", Some(wish.presence.into()));
    add("ack", Some(wish.ack.into()));
    let pace = wish.pace;
    add("throttle", pace.map(|pace| pace.every.as_secs_f64().into()));
    add("level", pace.and_then(|pace| pace.level).map(Value::from));
}

fn add_publish(mut add: impl FnMut(&str, Option<Value>), wish: &Publish) {
    let key = |key: &Option<Key>| key.as_ref().map(|key| key.as_str().into());
    add("topic", Some(wish.topic.as_str().into()));
    add("event", event_name(&wish.message));
    add("key", key(&wish.key));
    add("idempotency_key", key(&wish.idempotency_key));
    add("ttl", wish.ttl.map(|ttl| ttl.as_secs_f64().into()));
    add("echo", Some(wish.echo.into()));
}

fn resume_fields(wish: &Resume) -> Map<String, Value> {
    let offsets = wish.offsets.iter();
    let topics = offsets.map(|(topic, offset)| (topic.to_string(), offset.0.into()));
    let topics: Map<_, _> = topics.collect();
    let mut fields = Map::new();
    fields.insert("session".into(), wish.session.to_string().into());
    fields.insert("received".into(), wish.received.into());
    fields.insert("topics".into(), topics.into());
    fields
}

fn event_name(message: &Message) -> Option<Value> {
    let event = message.event.as_ref();
    event.map(|event| event.as_str().into())
}

/// Adds a payload as the last field of an object, under the name for its kind.
fn splice(object: &str, (json, binary): (&str, &str), payload: &Payload) -> String {
    let rest = object.strip_suffix('}').unwrap();
    match payload {
        Payload::Json(text) => {
            let text = str::from_utf8(text).unwrap();
            format!("{rest},\"{json}\":{text}}}")
        }
        Payload::Binary(bytes) => {
            format!("{rest},\"{binary}\":\"{}\"}}", STANDARD.encode(bytes))
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
    v1::ClientMessage {
        id: request.id,
        kind: Some(kind(&request.command)),
    }
}

fn kind(command: &Command) -> Kind {
    match command {
        Command::Connect { token, resume, .. } => Kind::Connect(v1::Connect {
            token: token.as_ref().map(|token| token.expose().to_owned()),
            resume: resume.as_deref().map(resume_message),
        }),
        Command::Resume(wish) => Kind::Resume(resume_message(wish)),
        Command::Refresh { token } => Kind::Refresh(v1::Refresh {
            token: token.expose().to_owned(),
        }),
        Command::Subscribe(wish) => Kind::Subscribe(subscribe_message(wish)),
        Command::Unsubscribe { filter } => Kind::Unsubscribe(v1::Unsubscribe {
            topic: filter.to_string(),
        }),
        Command::Ack { topic, offset } => Kind::Ack(v1::Ack {
            topic: topic.to_string(),
            offset: offset.0,
        }),
        Command::Publish(wish) => Kind::Publish(publish_message(wish)),
        Command::Send { to, message } => Kind::Send(v1::Send {
            to: Some(match to {
                Address::User(user) => v1::send::To::User(user.to_string()),
                Address::Connection(id) => v1::send::To::Connection(id.to_string()),
            }),
            event: event(message),
            data: Some(data(&message.payload)),
        }),
        Command::Call { method, message } => Kind::Call(v1::Call {
            method: method.clone(),
            data: Some(data(&message.payload)),
        }),
        Command::Presence(query) => Kind::Presence(v1::Presence {
            topic: query.topic.to_string(),
            limit: Some(query.limit),
            after: query.after.map_or_else(String::new, |id| id.to_string()),
        }),
        Command::State { topic, state } => Kind::State(v1::State {
            topic: topic.to_string(),
            data: state.as_ref().map(data),
        }),
        Command::History(query) => Kind::History(v1::History {
            topic: query.topic.to_string(),
            limit: Some(query.limit),
            page: match &query.page {
                HistoryPage::Newest | HistoryPage::Oldest => None,
                HistoryPage::After(place) => Some(v1::history::Page::After(position(place))),
                HistoryPage::Before(place) => Some(v1::history::Page::Before(position(place))),
            },
        }),
        Command::Ping => Kind::Ping(v1::Ping {}),
    }
}

fn resume_message(wish: &Resume) -> v1::Resume {
    let topic = |(topic, offset): &(Topic, Offset)| v1::TopicOffset {
        topic: topic.to_string(),
        offset: offset.0,
    };
    v1::Resume {
        session: wish.session.to_string(),
        received: wish.received,
        topics: wish.offsets.iter().map(topic).collect(),
    }
}

fn subscribe_message(wish: &Subscribe) -> v1::Subscribe {
    let pace = wish.pace;
    v1::Subscribe {
        topic: wish.filter.to_string(),
        since: wish.since.as_ref().map(position),
        presence: wish.presence,
        state: wish.state.as_ref().map(data),
        ack: wish.ack,
        throttle: pace.map(|pace| pace.every.as_secs_f64()),
        level: pace.and_then(|pace| pace.level).map(u32::from),
    }
}

fn publish_message(wish: &Publish) -> v1::Publish {
    let key = |key: &Option<Key>| {
        let key = key.as_ref();
        key.map_or_else(String::new, |key| key.as_str().to_owned())
    };
    v1::Publish {
        topic: wish.topic.to_string(),
        event: event(&wish.message),
        data: Some(data(&wish.message.payload)),
        ttl: wish.ttl.map(|ttl| ttl.as_secs_f64()),
        echo: (!wish.echo).then_some(false),
        key: key(&wish.key),
        idempotency_key: key(&wish.idempotency_key),
    }
}

fn position(position: &Position) -> v1::Position {
    v1::Position {
        epoch: position.epoch.to_string(),
        offset: position.offset.0,
    }
}

fn event(message: &Message) -> String {
    let event = message.event.as_ref();
    event.map_or_else(String::new, |event| event.as_str().to_owned())
}

fn data(payload: &Payload) -> v1::Data {
    let kind = match payload.clone() {
        Payload::Json(text) => v1::data::Kind::Json(text),
        Payload::Binary(bytes) => v1::data::Kind::Binary(bytes),
    };
    v1::Data { kind: Some(kind) }
}
