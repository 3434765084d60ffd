//! What a client should read, derived from events by hand and from Protobuf.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use wirehub_model::{Message, Payload, Position, Publisher, Reply, Welcome};
use wirehub_protocol::v1::{self, message::Address, server_message::Kind};

use crate::said::Said;

/// The payload an event carries.
pub(crate) fn payload(said: &Said) -> Option<&Payload> {
    match said {
        Said::Publication(publication) => Some(&publication.message.payload),
        Said::Direct(direct) => Some(&direct.message.payload),
        Said::Reply(_, Reply::Called(payload)) => Some(payload),
        _ => None,
    }
}

/// The JSON message that says it.
pub(crate) fn expected(said: &Said) -> Value {
    match said {
        Said::Welcome(id, welcome) => with_id(*id, expected_welcome(welcome)),
        Said::Reply(id, reply) => with_id(Some(*id), expected_reply(reply)),
        Said::Refused(id, refusal) => with_id(
            *id,
            json!({ "type": "error", "code": refusal.code.name(), "message": refusal.message,
                "retry": refusal.code.retry() }),
        ),
        Said::Publication(publication) => {
            let fields = json!({ "type": "message", "topic": publication.topic.as_str(),
                "offset": publication.position.offset.0 });
            with_message(fields, &publication.message, publication.from.as_ref())
        }
        Said::Direct(direct) => {
            let fields = json!({ "type": "message", "to": direct.to.name() });
            with_message(fields, &direct.message, direct.from.as_ref())
        }
        Said::Unsubscribed(filter, refusal) => json!({ "type": "unsubscribed",
            "topic": filter.as_str(), "reason": refusal.code.name(), "message": refusal.message }),
        Said::Pong => json!({ "type": "pong" }),
        Said::Reconnect(advice) => json!({ "type": "reconnect", "reason": advice.reason,
            "within": seconds(advice.within.as_secs_f64()) }),
    }
}

fn expected_welcome(welcome: &Welcome) -> Value {
    let fields = json!({
        "type": "welcome",
        "connection": welcome.connection.to_string(),
        "heartbeat": {
            "interval": seconds(welcome.heartbeat.interval.as_secs_f64()),
            "timeout": seconds(welcome.heartbeat.timeout.as_secs_f64()),
        },
    });
    let user = welcome.user.as_ref().map(|user| user.as_str().into());
    let expires_in = welcome.expires_in.map(|span| seconds(span.as_secs_f64()));
    with(with(fields, "user", user), "expires_in", expires_in)
}

fn expected_reply(reply: &Reply) -> Value {
    let ok = json!({ "type": "ok" });
    let place = |ok: Value, position: &Position| {
        let ok = with(ok, "epoch", Some(position.epoch.to_string().into()));
        with(ok, "offset", Some(position.offset.0.into()))
    };
    match reply {
        Reply::Done => ok,
        Reply::Subscribed {
            position,
            recovered,
        } => {
            let ok = position.iter().fold(ok, place);
            with(ok, "recovered", recovered.map(Value::from))
        }
        Reply::Published(position) => place(ok, position),
        Reply::Refreshed { expires_in } => {
            let span = expires_in.map(|span| seconds(span.as_secs_f64()));
            with(ok, "expires_in", span)
        }
        Reply::Called(payload) => with_payload(ok, payload),
    }
}

fn with_message(fields: Value, message: &Message, from: Option<&Publisher>) -> Value {
    let event = message.event.as_ref().map(|event| event.as_str().into());
    let from = from.map(|publisher| {
        let user = publisher.user.as_ref().map(|user| user.as_str().into());
        let from = json!({ "connection": publisher.connection.to_string() });
        with(from, "user", user)
    });
    let fields = with(with(fields, "event", event), "from", from);
    with_payload(fields, &message.payload)
}

fn with_payload(fields: Value, payload: &Payload) -> Value {
    match payload {
        Payload::Json(text) => with(fields, "data", Some(serde_json::from_slice(text).unwrap())),
        Payload::Binary(bytes) => with(fields, "binary", Some(STANDARD.encode(bytes).into())),
    }
}

/// The JSON message that says the same as a Protobuf one.
pub(crate) fn from_protobuf(message: v1::ServerMessage) -> Value {
    let fields = match message.kind.unwrap() {
        Kind::Welcome(welcome) => {
            let heartbeat = welcome.heartbeat.unwrap();
            let fields = json!({ "type": "welcome", "connection": welcome.connection,
                "heartbeat": { "interval": seconds(heartbeat.interval),
                    "timeout": seconds(heartbeat.timeout) } });
            let fields = with(fields, "user", filled(welcome.user));
            with(fields, "expires_in", welcome.expires_in.map(seconds))
        }
        Kind::Ok(reply) => from_reply(reply),
        Kind::Error(refusal) => json!({ "type": "error", "code": refusal.code,
            "message": refusal.message, "retry": refusal.retry }),
        Kind::Message(message) => from_message(message),
        Kind::Unsubscribed(gone) => json!({ "type": "unsubscribed", "topic": gone.topic,
            "reason": gone.reason, "message": gone.message }),
        Kind::Pong(v1::Pong {}) => json!({ "type": "pong" }),
        Kind::Reconnect(advice) => json!({ "type": "reconnect", "reason": advice.reason,
            "within": seconds(advice.within) }),
    };
    with_id(message.id, fields)
}

fn from_reply(reply: v1::Reply) -> Value {
    let mut ok = json!({ "type": "ok" });
    if let Some(position) = reply.position {
        ok = with(ok, "epoch", Some(position.epoch.into()));
        ok = with(ok, "offset", Some(position.offset.into()));
    }
    ok = with(ok, "recovered", reply.recovered.map(Value::from));
    ok = with(ok, "expires_in", reply.expires_in.map(seconds));
    match reply.data {
        Some(data) => with_data(ok, data),
        None => ok,
    }
}

fn from_message(message: v1::Message) -> Value {
    let fields = match message.address.unwrap() {
        Address::Topic(topic) => {
            json!({ "type": "message", "topic": topic, "offset": message.offset })
        }
        Address::To(audience) => {
            let name = v1::Audience::try_from(audience).unwrap().as_str_name();
            let name = name.strip_prefix("AUDIENCE_").unwrap().to_lowercase();
            json!({ "type": "message", "to": name })
        }
    };
    let from = message.from.map(|from| {
        let user = filled(from.user);
        with(json!({ "connection": from.connection }), "user", user)
    });
    let fields = with(with(fields, "event", filled(message.event)), "from", from);
    with_data(fields, message.data.unwrap())
}

fn with_data(fields: Value, data: v1::Data) -> Value {
    match data.kind.unwrap() {
        v1::data::Kind::Json(text) => with_payload(fields, &Payload::Json(text)),
        v1::data::Kind::Binary(bytes) => with_payload(fields, &Payload::Binary(bytes)),
    }
}

/// Proto3 leaves empty strings out.
fn filled(text: String) -> Option<Value> {
    (!text.is_empty()).then(|| text.into())
}

/// A time as JSON spells it: whole milliseconds, without a fraction where there is none.
fn seconds(span: f64) -> Value {
    let millis = (span * 1_000.0).round();
    let whole = millis % 1_000.0 == 0.0;
    if whole {
        Value::from((millis / 1_000.0) as u64)
    } else {
        Value::from(millis / 1_000.0)
    }
}

fn with_id(id: Option<u64>, fields: Value) -> Value {
    with(fields, "id", id.map(Value::from))
}

fn with(fields: Value, name: &str, value: Option<Value>) -> Value {
    let Value::Object(mut map) = fields else {
        panic!("not an object: {fields}");
    };
    map.extend(
        value
            .map(|value| (name.to_owned(), value))
            .into_iter()
            .collect::<Map<_, _>>(),
    );
    Value::Object(map)
}
