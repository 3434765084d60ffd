//! Which channels there are.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use wirehub::{TopicInfo, TopicList, TopicsQuery, pusher::channel_of};
use wirehub_model::{Topic, TopicFilter};

use super::{
    info::{Attributes, subscribers},
    signed::Signed,
};
use crate::{admin::Admin, problem::Problem};

/// Channels in one answer; it has no pages.
const CHANNELS_MAX: usize = 10_000;
/// Topics that the hub is asked for at once.
const PAGE: usize = 1_000;

/// All channels that somebody subscribes to.
#[derive(Debug, Serialize)]
pub(super) struct Channels {
    channels: BTreeMap<String, Attributes>,
}

/// One channel.
#[derive(Debug, Serialize)]
pub(super) struct Channel {
    occupied: bool,
    #[serde(flatten)]
    attributes: Attributes,
}

/// How many connections an app has.
#[derive(Debug, Serialize)]
pub(super) struct Connections {
    connections: usize,
}

/// `?filter_by_prefix=&info=`
pub(super) async fn list(
    State(admin): State<Admin>,
    signed: Signed,
) -> Result<Json<Channels>, Problem> {
    let wanted = signed.wanted()?;
    let prefix = signed.parameter("filter_by_prefix").unwrap_or_default();
    if wanted.user_count && !prefix.starts_with("presence-") {
        return Err(
            Problem::bad("`user_count` is known of presence channels alone")
                .hint("add `filter_by_prefix=presence-`"),
        );
    }
    let found = find(&admin, &signed, prefix).await?;
    let mut channels = BTreeMap::new();
    for (channel, TopicInfo { topic, subscribers }) in found {
        // The list has this number already.
        let known = wanted.subscription_count.then_some(subscribers);
        let unknown = super::info::Wanted {
            subscription_count: false,
            ..wanted
        };
        let attributes = Attributes {
            subscription_count: known,
            ..unknown.of(&admin, &topic).await?
        };
        channels.insert(channel, attributes);
    }
    Ok(Json(Channels { channels }))
}

/// `?info=`
pub(super) async fn one(
    State(admin): State<Admin>,
    Path((_, channel)): Path<(String, String)>,
    signed: Signed,
) -> Result<Json<Channel>, Problem> {
    let topic = signed.topic(&channel)?;
    let wanted = signed.wanted()?;
    wanted.check(&topic)?;
    let subscribers = subscribers(&admin, &topic).await?;
    Ok(Json(Channel {
        occupied: subscribers > 0,
        attributes: Attributes {
            subscription_count: wanted.subscription_count.then_some(subscribers),
            ..super::info::Wanted {
                subscription_count: false,
                ..wanted
            }
            .of(&admin, &topic)
            .await?
        },
    }))
}

/// How many connections the app has, as Laravel Reverb answers it.
pub(super) async fn connections(signed: Signed) -> Json<Connections> {
    let connections = signed.app.connections();
    Json(Connections { connections })
}

/// The app's channels whose names begin so.
async fn find(
    admin: &Admin,
    signed: &Signed,
    prefix: &str,
) -> Result<Vec<(String, TopicInfo)>, Problem> {
    let scope = &signed.app.settings().scope;
    let filter = match scope.name() {
        Some(scope) => TopicFilter::parse(&format!("~{scope}/#")),
        None => TopicFilter::parse("#"),
    };
    let filter = filter.map_err(|error| Problem::bad(error.to_string()))?;
    let mut found = Vec::new();
    let mut after: Option<Topic> = None;
    loop {
        let query = TopicsQuery {
            filter: filter.clone(),
            after,
            limit: PAGE,
        };
        let TopicList { list, more, .. } = admin.ask(admin.hub().topics(&query)).await?;
        after = list.last().map(|info| info.topic.clone());
        for info in list {
            let Some(channel) = channel_of(&info.topic) else {
                continue;
            };
            // Among the topics of the whole hub are those of other apps.
            if channel.starts_with(prefix)
                && signed
                    .topic(&channel)
                    .is_ok_and(|topic| topic == info.topic)
            {
                found.push((channel, info));
            }
        }
        if found.len() > CHANNELS_MAX {
            return Err(
                Problem::bad(format!("there are more than {CHANNELS_MAX} such channels"))
                    .hint("ask for fewer with `filter_by_prefix`"),
            );
        }
        if !more {
            return Ok(found);
        }
    }
}
