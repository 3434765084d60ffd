//! What a client reads in Protobuf, written as the JSON message that says the same.

use serde_json::{Value, json};
use wirehub_model::Payload;
use wirehub_protocol::v1::{self, message::Address, server_message::Kind};

use super::{seconds, set, with, with_either, with_id};

/// The JSON message that says the same as a Protobuf one.
pub(crate) fn from_protobuf(message: v1::ServerMessage) -> Value {
    let fields = match message.kind.unwrap() {
        Kind::Welcome(welcome) => from_welcome(welcome),
        Kind::Ok(reply) => from_reply(reply),
        Kind::Error(refusal) => json!({ "type": "error", "code": refusal.code,
            "message": refusal.message, "retry": refusal.retry }),
        Kind::Message(message) => from_message(message),
        Kind::Messages(batch) => {
            let entries = batch.messages.into_iter().map(from_publication);
            json!({ "type": "messages", "topic": batch.topic,
                "messages": entries.collect::<Vec<_>>() })
        }
        Kind::Subscribed(begun) => {
            let fields = json!({ "type": "subscribed", "topic": begun.topic });
            let fields = with_place(fields, begun.position);
            let fields = with(fields, "recovered", begun.recovered.map(Value::from));
            let page = begun.presence.map(|page| with_page(json!({}), page));
            with(
                with(fields, "reason", filled(begun.reason)),
                "presence",
                page,
            )
        }
        Kind::Unsubscribed(gone) => json!({ "type": "unsubscribed", "topic": gone.topic,
            "reason": gone.reason, "message": gone.message }),
        Kind::Joined(change) => from_change("joined", change),
        Kind::Changed(change) => from_change("changed", change),
        Kind::Left(change) => from_change("left", change),
        Kind::Occupancy(occupancy) => json!({ "type": "occupancy", "topic": occupancy.topic,
            "connections": occupancy.connections, "users": occupancy.users }),
        Kind::Pong(v1::Pong {}) => json!({ "type": "pong" }),
        Kind::Reconnect(advice) => json!({ "type": "reconnect", "reason": advice.reason,
            "within": seconds(advice.within) }),
        Kind::Spread(v1::Spread { within }) => {
            json!({ "type": "spread", "within": seconds(within) })
        }
    };
    with_id(message.id, fields)
}

fn from_welcome(welcome: v1::Welcome) -> Value {
    let heartbeat = welcome.heartbeat.unwrap();
    let fields = json!({ "type": "welcome", "connection": welcome.connection,
        "heartbeat": { "interval": seconds(heartbeat.interval),
            "timeout": seconds(heartbeat.timeout) } });
    let fields = with(fields, "user", filled(welcome.user));
    let fields = with(fields, "expires_in", welcome.expires_in.map(seconds));
    let fields = with(fields, "session", filled(welcome.session));
    let fields = with(fields, "resume_within", welcome.resume_within.map(seconds));
    with(fields, "spread", welcome.spread.map(seconds))
}

fn from_reply(reply: v1::Reply) -> Value {
    let subscribed = reply.position.is_some();
    let mut ok = with_place(json!({ "type": "ok" }), reply.position);
    ok = with(ok, "recovered", reply.recovered.map(Value::from));
    ok = with(ok, "reason", filled(reply.reason));
    ok = with(ok, "duplicate", set(reply.duplicate));
    ok = with(ok, "resumed", set(reply.resumed));
    ok = with(ok, "lost", (reply.lost > 0).then(|| reply.lost.into()));
    ok = with(ok, "expires_in", reply.expires_in.map(seconds));
    if let Some(page) = reply.presence {
        // Only a topic has presence, and the answer to `subscribe` says where the topic stands.
        ok = if subscribed {
            with(ok, "presence", Some(with_page(json!({}), page)))
        } else {
            with_page(ok, page)
        };
    }
    if let Some(page) = reply.history {
        let messages = page.messages.into_iter().map(from_publication);
        ok = with_place(ok, page.position);
        ok = with(ok, "messages", Some(messages.collect()));
        ok = with(ok, "more", set(page.more));
    }
    match reply.data {
        Some(data) => with_data(ok, data),
        None => ok,
    }
}

fn with_place(fields: Value, position: Option<v1::Position>) -> Value {
    let Some(position) = position else {
        return fields;
    };
    let fields = with(fields, "epoch", Some(position.epoch.into()));
    with(fields, "offset", Some(position.offset.into()))
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
    let fields = with(fields, "event", filled(message.event));
    let fields = with(fields, "key", filled(message.key));
    let fields = with(fields, "from", message.from.map(from_publisher));
    let fields = with(fields, "retained", set(message.retained));
    with_data(fields, message.data.unwrap())
}

fn from_publication(publication: v1::Publication) -> Value {
    let fields = json!({ "offset": publication.offset });
    let fields = with(fields, "topic", filled(publication.topic));
    let fields = with(fields, "event", filled(publication.event));
    let fields = with(fields, "key", filled(publication.key));
    let fields = with(fields, "from", publication.from.map(from_publisher));
    let count = (publication.count > 0).then(|| publication.count.into());
    with_data(with(fields, "count", count), publication.data.unwrap())
}

fn from_publisher(publisher: v1::Publisher) -> Value {
    let fields = json!({ "connection": publisher.connection });
    with(fields, "user", filled(publisher.user))
}

fn from_change(kind: &str, change: v1::PresenceChange) -> Value {
    let fields = json!({ "type": kind, "topic": change.topic,
        "member": from_member(change.member.unwrap()) });
    with(
        with(fields, "edge", set(change.edge)),
        "was",
        filled(change.was),
    )
}

fn with_page(fields: Value, page: v1::PresencePage) -> Value {
    let members = page.members.into_iter().map(from_member);
    let fields = with(fields, "connections", Some(page.connections.into()));
    let fields = with(fields, "users", Some(page.users.into()));
    let fields = with(fields, "members", Some(members.collect()));
    with(fields, "more", set(page.more))
}

fn from_member(member: v1::Member) -> Value {
    let info = (!member.info.is_empty()).then(|| serde_json::from_str(&member.info).unwrap());
    let fields = json!({ "connection": member.connection });
    let fields = with(with(fields, "user", filled(member.user)), "info", info);
    match member.state {
        Some(state) => with_either(fields, ("state", "state_binary"), &payload(state)),
        None => fields,
    }
}

fn with_data(fields: Value, data: v1::Data) -> Value {
    with_either(fields, ("data", "binary"), &payload(data))
}

fn payload(data: v1::Data) -> Payload {
    match data.kind.unwrap() {
        v1::data::Kind::Json(text) => Payload::Json(text),
        v1::data::Kind::Binary(bytes) => Payload::Binary(bytes),
    }
}

/// Proto3 leaves empty strings out.
fn filled(text: String) -> Option<Value> {
    (!text.is_empty()).then(|| text.into())
}
