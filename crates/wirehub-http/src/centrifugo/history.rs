//! What was published to a channel before.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use wirehub_model::{
    Epoch, History, HistoryPage, HistoryQuery, Offset, Payload, Position, Publication, Topic,
};
use wirehub_protocol::centrifuge;

use super::{
    failure::Failure,
    params::{Params, StreamPosition, Text, given, topic},
    presence::ClientInfo,
    publish::nothing,
    reply::Outcome,
};
use crate::admin::Admin;

#[derive(Deserialize)]
struct Wish<'a> {
    #[serde(borrow, default)]
    channel: Option<Text<'a>>,
    #[serde(default)]
    limit: Option<i64>,
    #[serde(borrow, default)]
    since: Option<StreamPosition<'a>>,
    #[serde(default)]
    reverse: Option<bool>,
}

#[derive(Serialize)]
struct Past {
    publications: Vec<Entry>,
    epoch: String,
    offset: u64,
}

#[derive(Serialize)]
struct Entry {
    data: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    info: Option<ClientInfo>,
    offset: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
}

/// `{"channel","limit"?,"since"?,"reverse"?}`. Without a limit only where the channel stands; with
/// one below zero everything.
pub(super) async fn history(admin: &Admin, params: Params<'_>) -> Result<Outcome, Failure> {
    let wish: Wish<'_> = params.take()?;
    let topic = topic(wish.channel.as_ref())?;
    let reverse = wish.reverse.unwrap_or_default();
    let limit = match wish.limit.unwrap_or_default() {
        all if all < 0 => u32::MAX,
        limit => u32::try_from(limit).unwrap_or(u32::MAX),
    };
    let top = top(admin, &topic).await?;
    let page = match &wish.since {
        Some(since) if reverse && since.offset.unwrap_or_default() == 0 => {
            return Err(Failure::bad("nothing comes before offset 0"));
        }
        Some(since) => {
            let place = place(since, top);
            if place.epoch != top.epoch {
                return Err(Failure::unrecoverable());
            }
            // Ahead of the channel there is nothing, and before the end of it everything.
            let offset = Offset(place.offset.0.min(top.offset.0 + u64::from(reverse)));
            match (reverse, offset > top.offset) {
                (true, true) => HistoryPage::Newest,
                (true, false) => HistoryPage::Before(Position { offset, ..top }),
                (false, _) => HistoryPage::After(Position { offset, ..top }),
            }
        }
        None if reverse => HistoryPage::Newest,
        None => {
            let offset = Offset(0);
            HistoryPage::After(Position { offset, ..top })
        }
    };
    let History {
        position,
        mut publications,
        ..
    } = ask(admin, topic, limit, page).await?;
    if reverse {
        publications.reverse();
    }
    let publications = publications.iter().map(Entry::of).collect::<Result<_, _>>();
    Outcome::of(&Past {
        publications: publications?,
        epoch: position.epoch.to_string(),
        offset: position.offset.0,
    })
}

/// `{"channel"}`
pub(super) async fn history_remove(admin: &Admin, params: Params<'_>) -> Result<Outcome, Failure> {
    let wish: Wish<'_> = params.take()?;
    let topic = topic(wish.channel.as_ref())?;
    // Where no history is kept, that is to be said.
    top(admin, &topic).await?;
    admin.ask(admin.hub().forget(topic)).await?;
    nothing()
}

/// Where a channel stands that keeps its history.
pub(super) async fn top(admin: &Admin, topic: &Topic) -> Result<Position, Failure> {
    let history = ask(admin, topic.clone(), 0, HistoryPage::Newest).await?;
    Ok(history.position)
}

/// The place that a client names; without an epoch it is of the channel's life as it is now.
pub(super) fn place(since: &StreamPosition<'_>, top: Position) -> Position {
    let epoch = given(since.epoch.as_ref()).map(|epoch| {
        let epoch: Result<Epoch, _> = epoch.parse();
        // What is no epoch of ours is another one than the channel's.
        epoch.unwrap_or_else(|_| Epoch::new(!top.epoch.number()))
    });
    Position {
        epoch: epoch.unwrap_or(top.epoch),
        offset: Offset(since.offset.unwrap_or_default()),
    }
}

async fn ask(
    admin: &Admin,
    topic: Topic,
    limit: u32,
    page: HistoryPage,
) -> Result<History, Failure> {
    let query = HistoryQuery { topic, limit, page };
    Ok(admin.ask(admin.hub().history(query)).await?)
}

impl Entry {
    fn of(publication: &Arc<Publication>) -> Result<Self, Failure> {
        let message = &publication.message;
        let data = match &message.payload {
            Payload::Json(text) => serde_json::from_slice(text),
            Payload::Binary(bytes) => to_raw_value(&STANDARD.encode(bytes)),
        };
        let from = publication.from.as_ref();
        Ok(Self {
            data: data.map_err(|error| Failure::bad(error.to_string()))?,
            info: from.map(ClientInfo::of_publisher),
            offset: publication.position.offset.0,
            tags: centrifuge::tags_in_json(message),
        })
    }
}
