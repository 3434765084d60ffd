//! Which channels there are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wirehub::{TopicList, TopicsQuery};
use wirehub_model::TopicFilter;
use wirehub_protocol::centrifuge;

use super::{
    failure::Failure,
    glob::Glob,
    params::{Params, Text, given},
    reply::Outcome,
};
use crate::admin::Admin;

/// The most channels in one answer.
const CHANNELS_MAX: usize = 10_000;
/// How many are asked for at once.
const PAGE: usize = 5_000;

#[derive(Deserialize)]
struct Wish<'a> {
    #[serde(borrow, default)]
    pattern: Option<Text<'a>>,
}

#[derive(Serialize)]
struct Channels {
    channels: BTreeMap<String, Channel>,
}

#[derive(Serialize)]
struct Channel {
    num_clients: u64,
}

/// `{"pattern"?}`
pub(super) async fn channels(admin: &Admin, params: Params<'_>) -> Result<Outcome, Failure> {
    let wish: Wish<'_> = params.take()?;
    let glob = given(wish.pattern.as_ref()).map(Glob::parse).transpose();
    let glob = glob.map_err(|error| Failure::bad(format!("pattern {error}")))?;
    let mut channels = BTreeMap::new();
    let mut query = TopicsQuery {
        filter: TopicFilter::everything(),
        after: None,
        limit: PAGE,
    };
    loop {
        let TopicList { list, more, .. } = admin.ask(admin.hub().topics(&query)).await?;
        query.after = list.last().map(|info| info.topic.clone());
        for info in list {
            let channel = centrifuge::channel_of_topic(&info.topic);
            let wanted = |channel: &String| glob.as_ref().is_none_or(|glob| glob.matches(channel));
            if let Some(channel) = channel.filter(wanted) {
                let num_clients = info.subscribers;
                channels.insert(channel, Channel { num_clients });
            }
        }
        if channels.len() > CHANNELS_MAX {
            let what = format!("more than {CHANNELS_MAX} channels match; use a narrower pattern");
            return Err(Failure::not_available(&what));
        }
        if !more {
            return Outcome::of(&Channels { channels });
        }
    }
}
