//! What the client says.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use prost::Message as _;
use serde::Deserialize;
use serde_json::Value;
use wirehub_protocol::v1::{
    self, ClientMessage, Data, Position, TopicOffset, client_message::Kind, data, history::Page,
    send::To,
};

/// Any request, with the fields that it has in JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fields {
    #[serde(rename = "type")]
    kind: String,
    id: Option<u64>,
    token: Option<String>,
    resume: Option<ResumeFields>,
    session: String,
    received: u64,
    topics: std::collections::BTreeMap<String, u64>,
    topic: String,
    since: Option<Place>,
    presence: bool,
    state: Option<Value>,
    state_binary: Option<String>,
    ack: bool,
    throttle: Option<f64>,
    level: Option<u32>,
    offset: u64,
    event: String,
    key: String,
    idempotency_key: String,
    ttl: Option<f64>,
    echo: Option<bool>,
    data: Option<Value>,
    binary: Option<String>,
    to: Recipient,
    method: String,
    limit: Option<u32>,
    after: Option<Value>,
    before: Option<Place>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ResumeFields {
    session: String,
    received: u64,
    topics: std::collections::BTreeMap<String, u64>,
}

#[derive(Debug, Default, Deserialize)]
struct Place {
    epoch: String,
    offset: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Recipient {
    user: Option<String>,
    connection: Option<String>,
}

/// Writes one message; an error when it is none that the protocol has.
pub(crate) fn encode(message: Value) -> Result<Vec<u8>, String> {
    let fields = Fields::deserialize(message).map_err(|error| error.to_string())?;
    let message = ClientMessage {
        id: fields.id,
        kind: Some(kind(fields)?),
    };
    Ok(message.encode_to_vec())
}

fn kind(mut fields: Fields) -> Result<Kind, String> {
    let said = data(fields.data.take(), fields.binary.take());
    Ok(match fields.kind.as_str() {
        "connect" => Kind::Connect(v1::Connect {
            token: fields.token,
            resume: fields
                .resume
                .map(|it| resume(it.session, it.received, it.topics)),
        }),
        "resume" => Kind::Resume(resume(fields.session, fields.received, fields.topics)),
        "refresh" => Kind::Refresh(v1::Refresh {
            token: fields.token.unwrap_or_default(),
        }),
        "subscribe" => Kind::Subscribe(subscribe(fields)?),
        "unsubscribe" => Kind::Unsubscribe(v1::Unsubscribe {
            topic: fields.topic,
        }),
        "ack" => Kind::Ack(v1::Ack {
            topic: fields.topic,
            offset: fields.offset,
        }),
        "publish" => Kind::Publish(v1::Publish {
            topic: fields.topic,
            event: fields.event,
            data: said?,
            ttl: fields.ttl,
            echo: fields.echo,
            key: fields.key,
            idempotency_key: fields.idempotency_key,
        }),
        "send" => Kind::Send(v1::Send {
            event: fields.event,
            data: said?,
            to: fields
                .to
                .user
                .map(To::User)
                .or(fields.to.connection.map(To::Connection)),
        }),
        "call" => Kind::Call(v1::Call {
            method: fields.method,
            data: said?,
        }),
        "presence" => Kind::Presence(v1::Presence {
            topic: fields.topic,
            limit: fields.limit,
            after: fields
                .after
                .as_ref()
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        }),
        "state" => Kind::State(v1::State {
            topic: fields.topic,
            data: said?,
        }),
        "history" => Kind::History(v1::History {
            topic: fields.topic,
            limit: fields.limit,
            page: page(fields.after, fields.before),
        }),
        "ping" => Kind::Ping(v1::Ping {}),
        other => return Err(format!("there is no request `{other}`")),
    })
}

fn subscribe(fields: Fields) -> Result<v1::Subscribe, String> {
    Ok(v1::Subscribe {
        topic: fields.topic,
        since: fields.since.map(Position::from),
        presence: fields.presence,
        state: data(fields.state, fields.state_binary)?,
        ack: fields.ack,
        throttle: fields.throttle,
        level: fields.level,
    })
}

impl From<Place> for Position {
    fn from(Place { epoch, offset }: Place) -> Self {
        Self { epoch, offset }
    }
}

fn page(after: Option<Value>, before: Option<Place>) -> Option<Page> {
    let after = after.and_then(|after| Place::deserialize(after).ok());
    let after = after.map(|place| Page::After(place.into()));
    after.or(before.map(|place| Page::Before(place.into())))
}

fn resume(
    session: String,
    received: u64,
    topics: std::collections::BTreeMap<String, u64>,
) -> v1::Resume {
    let topics = topics.into_iter();
    v1::Resume {
        session,
        received,
        topics: topics
            .map(|(topic, offset)| TopicOffset { topic, offset })
            .collect(),
    }
}

fn data(json: Option<Value>, binary: Option<String>) -> Result<Option<Data>, String> {
    let kind = match (json, binary) {
        (None, None) => return Ok(None),
        (_, Some(text)) => {
            let bytes = STANDARD.decode(text).map_err(|error| error.to_string())?;
            data::Kind::Binary(bytes.into())
        }
        (Some(value), None) => data::Kind::Json(value.to_string().into_bytes().into()),
    };
    Ok(Some(Data { kind: Some(kind) }))
}
