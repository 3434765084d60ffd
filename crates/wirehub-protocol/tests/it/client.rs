//! What a client should read, derived from events by hand and from Protobuf.

mod protobuf;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use wirehub_model::{
    Batch, Member, Message, Payload, Position, PresenceChange, PresencePage, Publication,
    Publisher, Recovery, Reply, Subscribed, Welcome,
};

pub(crate) use self::protobuf::from_protobuf;
use crate::said::Said;

/// The payload an event carries.
pub(crate) fn payload(said: &Said) -> Option<&Payload> {
    match said {
        Said::Publication(publication) | Said::Retained(publication) => {
            Some(&publication.message.payload)
        }
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
        Said::Publication(publication) | Said::Delta(publication, _) => {
            expected_publication(publication)
        }
        Said::Retained(publication) => with(
            expected_publication(publication),
            "retained",
            Some(true.into()),
        ),
        Said::Batch(batch) => expected_batch(batch),
        Said::Direct(direct) => {
            let fields = json!({ "type": "message", "to": direct.to.name() });
            with_message(fields, &direct.message, direct.from.as_ref())
        }
        Said::Subscribed(filter, subscribed) => {
            let fields = json!({ "type": "subscribed", "topic": filter.as_str() });
            with_standing(fields, subscribed)
        }
        Said::Presence(change) => expected_change(change),
        Said::Occupancy(topic, occupancy) => json!({ "type": "occupancy",
            "topic": topic.as_str(), "connections": occupancy.connections,
            "users": occupancy.users }),
        Said::Unsubscribed(filter, refusal) => json!({ "type": "unsubscribed",
            "topic": filter.as_str(), "reason": refusal.code.name(), "message": refusal.message }),
        Said::Pong => json!({ "type": "pong" }),
        Said::Reconnect(advice) => json!({ "type": "reconnect", "reason": advice.reason,
            "within": seconds(advice.within.as_secs_f64()) }),
        Said::Spread(within) => {
            json!({ "type": "spread", "within": seconds(within.as_secs_f64()) })
        }
        Said::Renewed(_) => panic!("clients of the native dialects are not told that"),
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
    let fields = with(with(fields, "user", user), "expires_in", expires_in);
    let spread = welcome.spread.map(|span| seconds(span.as_secs_f64()));
    let fields = with(fields, "spread", spread);
    let Some(offer) = welcome.session else {
        return fields;
    };
    let within = seconds(offer.within.as_secs_f64());
    let fields = with(fields, "session", Some(offer.token.to_string().into()));
    with(fields, "resume_within", Some(within))
}

fn expected_publication(publication: &Publication) -> Value {
    let fields = json!({ "type": "message", "topic": publication.topic.as_str() });
    with_publication(fields, publication)
}

fn with_publication(fields: Value, publication: &Publication) -> Value {
    let key = publication.key.as_ref().map(|key| key.as_str().into());
    let offset = publication.position.offset.0;
    let fields = with(with(fields, "key", key), "offset", Some(offset.into()));
    with_message(fields, &publication.message, publication.from.as_ref())
}

fn expected_batch(batch: &Batch) -> Value {
    let around = batch.filter.as_str();
    let entries = batch.entries.iter().map(|entry| {
        let topic = entry.publication.topic.as_str();
        let topic = (topic != around).then(|| topic.into());
        let count = (entry.count > 1).then(|| entry.count.into());
        let fields = with(with(json!({}), "topic", topic), "count", count);
        with_publication(fields, &entry.publication)
    });
    json!({ "type": "messages", "topic": around, "messages": entries.collect::<Vec<_>>() })
}

fn expected_change(change: &PresenceChange) -> Value {
    let fields = json!({ "type": change.kind.name(), "topic": change.topic.as_str(),
        "member": expected_member(&change.member) });
    let was = change.was.map(|was| was.to_string().into());
    with(with(fields, "edge", set(change.edge)), "was", was)
}

fn expected_member(member: &Member) -> Value {
    let user = member.user.as_ref().map(|user| user.as_str().into());
    let info = member.info.as_ref();
    let info = info.map(|info| serde_json::from_str(info).unwrap());
    let fields = json!({ "connection": member.connection.to_string() });
    let fields = with(with(fields, "user", user), "info", info);
    match &member.state {
        Some(state) => with_either(fields, ("state", "state_binary"), state),
        None => fields,
    }
}

fn with_page(fields: Value, page: &PresencePage) -> Value {
    let members = page.members.iter().map(|member| expected_member(member));
    let fields = with(
        fields,
        "connections",
        Some(page.occupancy.connections.into()),
    );
    let fields = with(fields, "users", Some(page.occupancy.users.into()));
    let fields = with(fields, "members", Some(members.collect()));
    with(fields, "more", set(page.more))
}

fn with_standing(fields: Value, subscribed: &Subscribed) -> Value {
    let fields = subscribed.position.iter().fold(fields, with_place);
    let recovered = subscribed
        .recovery
        .map(|recovery| Value::from(recovery == Recovery::Complete));
    let reason = match subscribed.recovery {
        Some(Recovery::Incomplete(gap)) => Some(gap.name().into()),
        Some(Recovery::Complete) | None => None,
    };
    let page = subscribed.presence.as_ref();
    let page = page.map(|page| with_page(json!({}), page));
    let fields = with(with(fields, "recovered", recovered), "reason", reason);
    with(fields, "presence", page)
}

fn with_place(fields: Value, position: &Position) -> Value {
    let fields = with(fields, "epoch", Some(position.epoch.to_string().into()));
    with(fields, "offset", Some(position.offset.0.into()))
}

fn expected_reply(reply: &Reply) -> Value {
    let ok = json!({ "type": "ok" });
    match reply {
        Reply::Done => ok,
        Reply::Subscribed(subscribed) => with_standing(ok, subscribed),
        Reply::Published(published) => {
            let ok = with_place(ok, &published.position);
            with(ok, "duplicate", set(published.duplicate))
        }
        Reply::Resumed { lost } => {
            let lost = (*lost > 0).then(|| Value::from(*lost));
            with(with(ok, "resumed", Some(true.into())), "lost", lost)
        }
        Reply::Presence(page) => with_page(ok, page),
        Reply::History(history) => {
            let publications = history.publications.iter();
            let messages = publications.map(|publication| with_publication(json!({}), publication));
            let ok = with_place(ok, &history.position);
            let ok = with(ok, "messages", Some(messages.collect()));
            with(ok, "more", set(history.more))
        }
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
    with_either(fields, ("data", "binary"), payload)
}

fn with_either(fields: Value, (json, binary): (&str, &str), payload: &Payload) -> Value {
    match payload {
        Payload::Json(text) => with(fields, json, Some(serde_json::from_slice(text).unwrap())),
        Payload::Binary(bytes) => with(fields, binary, Some(STANDARD.encode(bytes).into())),
    }
}

/// Flags are left out unless they are set.
fn set(flag: bool) -> Option<Value> {
    flag.then(|| true.into())
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
