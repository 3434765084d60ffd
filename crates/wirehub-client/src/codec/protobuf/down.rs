//! What the server says.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use prost::Message as _;
use serde_json::{Map, Value, json};
use wirehub_protocol::v1::{
    self, Audience, Data, Publication, Reply, data, message::Address, server_message::Kind,
};

type Object = Map<String, Value>;

/// Reads one message; `None` for a kind that this version does not know.
pub(crate) fn decode(bytes: &[u8]) -> Result<Option<Value>, String> {
    let message = v1::ServerMessage::decode(bytes).map_err(|error| error.to_string())?;
    let Some(kind) = message.kind else {
        return Ok(None);
    };
    let (name, mut object) = body(kind)?;
    object.insert("type".to_owned(), name.into());
    put(&mut object, "id", message.id);
    Ok(Some(Value::Object(object)))
}

fn body(kind: Kind) -> Result<(&'static str, Object), String> {
    Ok(match kind {
        Kind::Welcome(welcome) => ("welcome", self::welcome(welcome)),
        Kind::Ok(reply) => ("ok", self::reply(reply)?),
        Kind::Error(refusal) => {
            let mut object = Object::new();
            put(&mut object, "code", refusal.code);
            put(&mut object, "message", refusal.message);
            put(&mut object, "retry", refusal.retry);
            ("error", object)
        }
        Kind::Message(message) => ("message", self::message(message)?),
        Kind::Messages(messages) => {
            let list = messages.messages.into_iter().map(publication);
            let list: Vec<Value> = list.collect::<Result<_, _>>()?;
            let mut object = Object::new();
            put(&mut object, "topic", messages.topic);
            put(&mut object, "messages", list);
            ("messages", object)
        }
        Kind::Subscribed(subscribed) => ("subscribed", self::subscribed(subscribed)?),
        Kind::Unsubscribed(unsubscribed) => {
            let mut object = Object::new();
            put(&mut object, "topic", unsubscribed.topic);
            put(&mut object, "reason", unsubscribed.reason);
            put(&mut object, "message", unsubscribed.message);
            ("unsubscribed", object)
        }
        Kind::Joined(change) => ("joined", self::change(change)?),
        Kind::Changed(change) => ("changed", self::change(change)?),
        Kind::Left(change) => ("left", self::change(change)?),
        Kind::Occupancy(occupancy) => {
            let mut object = Object::new();
            put(&mut object, "topic", occupancy.topic);
            put(&mut object, "connections", occupancy.connections);
            put(&mut object, "users", occupancy.users);
            ("occupancy", object)
        }
        Kind::Pong(_) => ("pong", Object::new()),
        Kind::Reconnect(reconnect) => {
            let mut object = Object::new();
            put(&mut object, "reason", reconnect.reason);
            put(&mut object, "within", reconnect.within);
            ("reconnect", object)
        }
        Kind::Spread(spread) => {
            let mut object = Object::new();
            put(&mut object, "within", spread.within);
            ("spread", object)
        }
    })
}

fn welcome(welcome: v1::Welcome) -> Object {
    let mut object = Object::new();
    put(&mut object, "connection", welcome.connection);
    some(&mut object, "user", welcome.user);
    let heartbeat = welcome.heartbeat.unwrap_or_default();
    let heartbeat = json!({"interval": heartbeat.interval, "timeout": heartbeat.timeout});
    put(&mut object, "heartbeat", heartbeat);
    put(&mut object, "expires_in", welcome.expires_in);
    some(&mut object, "session", welcome.session);
    put(&mut object, "resume_within", welcome.resume_within);
    put(&mut object, "spread", welcome.spread);
    object
}

fn reply(reply: Reply) -> Result<Object, String> {
    let mut object = Object::new();
    position(&mut object, reply.position);
    put(&mut object, "recovered", reply.recovered);
    put(&mut object, "expires_in", reply.expires_in);
    data(&mut object, "data", "binary", reply.data)?;
    some(&mut object, "reason", reply.reason);
    if let Some(page) = reply.presence {
        // `presence` has them beside each other, `subscribe` within; whoever reads takes what it
        // asked for.
        let page = presence(page)?;
        object.extend(page.clone());
        put(&mut object, "presence", page);
    }
    put(&mut object, "duplicate", reply.duplicate.then_some(true));
    put(&mut object, "resumed", reply.resumed.then_some(true));
    put(&mut object, "lost", (reply.lost > 0).then_some(reply.lost));
    if let Some(history) = reply.history {
        position(&mut object, history.position);
        let list = history.messages.into_iter().map(publication);
        let list: Vec<Value> = list.collect::<Result<_, _>>()?;
        put(&mut object, "messages", list);
        put(&mut object, "more", history.more.then_some(true));
    }
    Ok(object)
}

fn subscribed(subscribed: v1::Subscribed) -> Result<Object, String> {
    let mut object = Object::new();
    put(&mut object, "topic", subscribed.topic);
    position(&mut object, subscribed.position);
    put(&mut object, "recovered", subscribed.recovered);
    some(&mut object, "reason", subscribed.reason);
    if let Some(page) = subscribed.presence {
        put(&mut object, "presence", presence(page)?);
    }
    Ok(object)
}

fn message(message: v1::Message) -> Result<Object, String> {
    let mut object = Object::new();
    match message.address {
        Some(Address::Topic(topic)) => put(&mut object, "topic", topic),
        Some(Address::To(audience)) => {
            let to = match Audience::try_from(audience) {
                Ok(Audience::Everyone) => "everyone",
                Ok(Audience::Connection) => "connection",
                Ok(Audience::User) => "user",
                Ok(Audience::Unspecified) | Err(_) => return Err("it is for nobody".to_owned()),
            };
            put(&mut object, "to", to);
        }
        None => return Err("it says neither `topic` nor `to`".to_owned()),
    }
    some(&mut object, "event", message.event);
    some(&mut object, "key", message.key);
    said(&mut object, message.data)?;
    put(
        &mut object,
        "offset",
        (message.offset > 0).then_some(message.offset),
    );
    put(&mut object, "from", message.from.map(publisher));
    put(&mut object, "retained", message.retained.then_some(true));
    Ok(object)
}

fn publication(publication: Publication) -> Result<Value, String> {
    let mut object = Object::new();
    some(&mut object, "topic", publication.topic);
    some(&mut object, "event", publication.event);
    some(&mut object, "key", publication.key);
    said(&mut object, publication.data)?;
    put(&mut object, "offset", publication.offset);
    put(&mut object, "from", publication.from.map(publisher));
    put(
        &mut object,
        "count",
        (publication.count > 0).then_some(publication.count),
    );
    Ok(Value::Object(object))
}

fn publisher(publisher: v1::Publisher) -> Value {
    let mut object = Object::new();
    some(&mut object, "user", publisher.user);
    put(&mut object, "connection", publisher.connection);
    Value::Object(object)
}

fn change(change: v1::PresenceChange) -> Result<Object, String> {
    let mut object = Object::new();
    put(&mut object, "topic", change.topic);
    put(
        &mut object,
        "member",
        member(change.member.unwrap_or_default())?,
    );
    put(&mut object, "edge", change.edge.then_some(true));
    some(&mut object, "was", change.was);
    Ok(object)
}

fn presence(page: v1::PresencePage) -> Result<Object, String> {
    let members: Vec<Value> = page
        .members
        .into_iter()
        .map(member)
        .collect::<Result<_, _>>()?;
    let mut object = Object::new();
    put(&mut object, "connections", page.connections);
    put(&mut object, "users", page.users);
    put(&mut object, "members", members);
    put(&mut object, "more", page.more.then_some(true));
    Ok(object)
}

fn member(member: v1::Member) -> Result<Value, String> {
    let mut object = Object::new();
    put(&mut object, "connection", member.connection);
    some(&mut object, "user", member.user);
    if !member.info.is_empty() {
        put(&mut object, "info", parse(member.info.as_bytes())?);
    }
    if member.state.is_some() {
        data(&mut object, "state", "state_binary", member.state)?;
    }
    Ok(Value::Object(object))
}

fn position(object: &mut Object, position: Option<v1::Position>) {
    if let Some(v1::Position { epoch, offset }) = position {
        put(object, "epoch", epoch);
        put(object, "offset", offset);
    }
}

fn data(object: &mut Object, json: &str, binary: &str, data: Option<Data>) -> Result<(), String> {
    match data.and_then(|data| data.kind) {
        None => {}
        // `null` is said, not left out.
        Some(data::Kind::Json(text)) => {
            object.insert(json.to_owned(), parse(&text)?);
        }
        Some(data::Kind::Binary(bytes)) => put(object, binary, STANDARD.encode(bytes)),
    }
    Ok(())
}

/// What a message says; without it: `null`.
fn said(object: &mut Object, said: Option<Data>) -> Result<(), String> {
    if said.as_ref().is_none_or(|said| said.kind.is_none()) {
        object.insert("data".to_owned(), Value::Null);
    }
    data(object, "data", "binary", said)
}

fn parse(text: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(text).map_err(|error| format!("data is not JSON: {error}"))
}

/// A field that has a value; `None` leaves it out.
fn put(object: &mut Object, name: &str, value: impl serde::Serialize) {
    match serde_json::to_value(value) {
        Ok(Value::Null) | Err(_) => {}
        Ok(value) => {
            object.insert(name.to_owned(), value);
        }
    }
}

/// A string that is absent when it is empty.
fn some(object: &mut Object, name: &str, text: String) {
    if !text.is_empty() {
        object.insert(name.to_owned(), text.into());
    }
}
