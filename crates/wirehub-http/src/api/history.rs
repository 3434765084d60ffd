//! What was published before.

use axum::{Extension, Json, extract::State};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use wirehub::auth::ApiAccess;
use wirehub_model::{ErrorCode, History, HistoryPage, HistoryQuery, Offset, Position, Publication};

use super::{LIMIT_MAX, is_false, limit, payload, topic};
use crate::{
    admin::Admin,
    body::{Body, Object, missing},
    problem::Problem,
};

/// The largest whole number that every JSON implementation keeps exact (RFC 8259 section 6).
const OFFSET_MAX: f64 = 9_007_199_254_740_991.0;

/// A page of a topic's history, as clients get it.
#[derive(Debug)]
pub(crate) struct Past(History);

#[derive(Serialize)]
struct Document<'a> {
    epoch: String,
    offset: u64,
    messages: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "is_false")]
    more: bool,
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary: Option<String>,
    offset: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<From<'a>>,
}

#[derive(Serialize)]
struct From<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    connection: String,
}

/// `{"topic","limit"?,"after"?|"before"?}`, where `after` and `before` are `{"epoch","offset"}`.
pub(crate) async fn history(
    State(admin): State<Admin>,
    Extension(access): Extension<ApiAccess>,
    body: Body,
) -> Result<Json<Past>, Problem> {
    let object = body.object(&["topic", "limit", "after", "before"])?;
    let query = HistoryQuery {
        topic: topic(&object, &access)?,
        limit: limit(&object, 1..=LIMIT_MAX)?,
        page: page(&object)?,
    };
    let history = admin.ask(admin.hub().history(query)).await;
    let history = history.map_err(|problem| {
        let hint = "set `history.size` of the topic's namespace";
        problem.hint_for(ErrorCode::NotEnabled, hint)
    })?;
    Ok(Json(Past(history)))
}

fn page(object: &Object<'_>) -> Result<HistoryPage, Problem> {
    match (position(object, "after")?, position(object, "before")?) {
        (None, None) => Ok(HistoryPage::Newest),
        (Some(after), None) => Ok(HistoryPage::After(after)),
        (None, Some(before)) => Ok(HistoryPage::Before(before)),
        (Some(_), Some(_)) => Err(Problem::bad(
            "the body must not have both `after` and `before`",
        )),
    }
}

/// The place in a topic that a field names.
pub(super) fn position(object: &Object<'_>, name: &str) -> Result<Option<Position>, Problem> {
    let Some(object) = object.object(name, &["epoch", "offset"])? else {
        return Ok(None);
    };
    let epoch = object.needed_text("epoch")?.parse();
    let epoch = epoch.map_err(|error| Problem::bad(format!("`epoch` is {error}")))?;
    let offset = object.number("offset")?.ok_or_else(|| missing("offset"))?;
    if !(0.0..=OFFSET_MAX).contains(&offset) || offset.fract() != 0.0 {
        return Err(Problem::bad(
            "`offset` must be a whole number from 0 to 2^53-1",
        ));
    }
    let offset = Offset(offset as u64);
    Ok(Some(Position { epoch, offset }))
}

impl Serialize for Past {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let History {
            position,
            publications,
            more,
        } = &self.0;
        let messages = publications.iter();
        let messages: Result<Vec<_>, S::Error> = messages
            .map(|publication| Entry::of::<S>(publication))
            .collect();
        Document {
            epoch: position.epoch.to_string(),
            offset: position.offset.0,
            messages: messages?,
            more: *more,
        }
        .serialize(serializer)
    }
}

impl<'a> Entry<'a> {
    fn of<S: Serializer>(publication: &'a Publication) -> Result<Self, S::Error> {
        let message = &publication.message;
        let (data, binary) = payload::parts::<S::Error>(&message.payload)?;
        let from = publication.from.as_ref();
        Ok(Self {
            event: message.event.as_ref().map(|event| event.as_str()),
            key: publication.key.as_ref().map(|key| key.as_str()),
            data,
            binary,
            offset: publication.position.offset.0,
            from: from.map(|from| From {
                user: from.user.as_ref().map(|user| user.as_str()),
                connection: from.connection.to_string(),
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use wirehub_model::{
        ConnectionId, Epoch, Key, Message, Moment, Payload, Publisher, Topic, UserId,
    };

    use super::*;

    fn publication(offset: u64, payload: Payload) -> Publication {
        Publication {
            topic: Topic::parse("t").unwrap(),
            message: Message::of(payload),
            key: None,
            position: Position {
                epoch: Epoch::new(7),
                offset: Offset(offset),
            },
            from: None,
            accepted_at: Moment::ZERO,
            expires_at: None,
            trace: None,
        }
    }

    #[test]
    fn a_page_has_the_shape_that_clients_get() {
        let plain = publication(8, Payload::Json(Bytes::from_static(b"{\"a\" : 1.0}")));
        let connection = ConnectionId::new(1, 2, 3);
        let full = Publication {
            key: Some(Key::parse("BTC-EUR").unwrap()),
            from: Some(Publisher {
                user: Some(UserId::parse("u1").unwrap()),
                connection,
                info: None,
            }),
            ..publication(9, Payload::Binary(Bytes::from_static(b"\x00\xff")))
        };
        let page = Past(History {
            position: plain.position,
            publications: vec![Arc::new(plain), Arc::new(full)],
            more: true,
        });
        let expected = format!(
            r#"{{"epoch":"{}","offset":8,"messages":[{{"data":{{"a" : 1.0}},"offset":8}},"#,
            Epoch::new(7)
        ) + &format!(
            r#"{{"key":"BTC-EUR","binary":"AP8=","offset":9,"from":{{"user":"u1","connection":"{connection}"}}}}],"more":true}}"#
        );
        assert_eq!(serde_json::to_string(&page).unwrap(), expected);
    }

    #[test]
    fn an_empty_page_says_where_the_topic_stands() {
        let position = Position {
            epoch: Epoch::new(7),
            offset: Offset(120),
        };
        let page = Past(History {
            position,
            publications: Vec::new(),
            more: false,
        });
        let expected = format!(
            r#"{{"epoch":"{}","offset":120,"messages":[]}}"#,
            position.epoch
        );
        assert_eq!(serde_json::to_string(&page).unwrap(), expected);
    }
}
