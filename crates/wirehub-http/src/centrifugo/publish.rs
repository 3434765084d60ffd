//! Saying something to channels.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use wirehub_model::{EventName, Key, Message, Payload, Publish, Published, Tags, Topic};
use wirehub_protocol::centrifuge::EVENT;

use super::{
    failure::Failure,
    params::{Params, Text, given, raw, topic},
    reply::{Nothing, Outcome},
};
use crate::admin::{AT_ONCE, Admin};

/// How long a publication that is not for the history is worth delivering. It takes a place in the
/// history, because offsets have no gaps, but nobody who comes later is given it.
const SKIPPED_TTL: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Wish<'a> {
    #[serde(borrow, default)]
    channel: Option<Text<'a>>,
    #[serde(borrow, default)]
    channels: Option<Vec<Text<'a>>>,
    #[serde(borrow, default, deserialize_with = "raw")]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    b64data: Option<Text<'a>>,
    #[serde(default)]
    skip_history: Option<bool>,
    #[serde(borrow, default)]
    tags: Option<BTreeMap<Text<'a>, Text<'a>>>,
    #[serde(borrow, default)]
    idempotency_key: Option<Text<'a>>,
    #[serde(default)]
    version: Option<u64>,
}

/// Where a publication stands.
#[derive(Serialize)]
struct Placed {
    offset: u64,
    epoch: String,
}

#[derive(Serialize)]
struct Responses {
    responses: Vec<Response>,
}

/// What became of one publication.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Response {
    Result(Placed),
    Error(Failure),
}

/// `{"channel","data"|"b64data","tags"?,"idempotency_key"?,"skip_history"?}`
pub(super) async fn publish(admin: &Admin, params: Params<'_>) -> Result<Outcome, Failure> {
    let wish: Wish<'_> = params.take()?;
    let topic = topic(wish.channel.as_ref())?;
    let publish = wish.to(topic)?;
    Outcome::of(&placed(admin, publish).await?)
}

/// As [`publish`], with `channels` in place of `channel`.
pub(super) async fn broadcast(admin: &Admin, params: Params<'_>) -> Result<Outcome, Failure> {
    let wish: Wish<'_> = params.take()?;
    let channels = wish.channels.as_deref().unwrap_or_default();
    if channels.is_empty() {
        return Err(Failure::bad("channels required"));
    }
    let placing = channels.iter().map(async |channel| {
        let publish = wish.to(topic(Some(channel))?)?;
        placed(admin, publish).await
    });
    let placing: Vec<_> = placing.collect();
    let responses = stream::iter(placing)
        .buffered(AT_ONCE)
        .map(|placed| match placed {
            Ok(placed) => Response::Result(placed),
            Err(failure) => Response::Error(failure),
        })
        .collect()
        .await;
    Outcome::of(&Responses { responses })
}

async fn placed(admin: &Admin, publish: Publish) -> Result<Placed, Failure> {
    let Published { position, .. } = admin.ask(admin.hub().publish(publish)).await?;
    Ok(Placed {
        offset: position.offset.0,
        epoch: position.epoch.to_string(),
    })
}

impl Wish<'_> {
    /// The publication to one of the channels.
    fn to(&self, topic: Topic) -> Result<Publish, Failure> {
        if self.version.is_some_and(|version| version > 0) {
            return Err(Failure::not_available("publications have no `version`"));
        }
        let message = Message {
            event: self.event()?,
            payload: self.payload()?,
            tags: self.tags()?,
        };
        let key = given(self.idempotency_key.as_ref()).map(|key| {
            Key::parse(key).map_err(|_| {
                let most = Key::BYTES_MAX;
                Failure::bad(format!("idempotency_key has more than {most} bytes"))
            })
        });
        let skips = self.skip_history.unwrap_or_default();
        Ok(Publish {
            idempotency_key: key.transpose()?,
            ttl: skips.then_some(SKIPPED_TTL),
            ..Publish::to(topic, message)
        })
    }

    fn payload(&self) -> Result<Payload, Failure> {
        if let Some(text) = given(self.b64data.as_ref()) {
            let bytes = STANDARD.decode(text);
            return bytes
                .map(|bytes| Payload::Binary(bytes.into()))
                .map_err(|error| Failure::bad(format!("b64data is not base64: {error}")));
        }
        let data = self.data.ok_or_else(|| Failure::bad("data required"))?;
        Ok(Payload::Json(Bytes::copy_from_slice(data.get().as_bytes())))
    }

    /// The name of the event, which is a tag.
    fn event(&self) -> Result<Option<EventName>, Failure> {
        let mut tags = self.tags.iter().flatten();
        let event = tags.find(|(Text(tag), _)| tag == EVENT);
        let event = event.map(|(_, Text(value))| {
            EventName::parse(value).ok_or_else(|| {
                let most = EventName::BYTES_MAX;
                Failure::bad(format!("tag `{EVENT}` must have 1 to {most} bytes"))
            })
        });
        event.transpose()
    }

    /// All other tags.
    fn tags(&self) -> Result<Tags, Failure> {
        let tags = self.tags.iter().flatten();
        let tags = tags.map(|(Text(name), Text(value))| (&**name, &**value));
        Tags::new(tags.filter(|(name, _)| *name != EVENT))
            .map_err(|error| Failure::bad(error.to_string()))
    }
}

/// The result of a command that has nothing to say.
pub(super) fn nothing() -> Result<Outcome, Failure> {
    Outcome::of(&Nothing {})
}
