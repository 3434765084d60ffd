//! Who is on a channel.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use wirehub_model::{
    ConnectionId, Member, Payload, PresencePage, PresenceQuery, Publisher, Topic, UserId,
};

use super::{
    failure::Failure,
    params::{Params, Text, topic},
    reply::Outcome,
};
use crate::admin::Admin;

/// The most members in one answer; a list of more is nothing that anybody looks at.
const MEMBERS_MAX: usize = 10_000;
/// How many are asked for at once.
const PAGE: u32 = 1_000;

#[derive(Deserialize)]
struct Wish<'a> {
    #[serde(borrow, default)]
    channel: Option<Text<'a>>,
}

#[derive(Serialize)]
struct Presence {
    presence: BTreeMap<String, ClientInfo>,
}

#[derive(Serialize)]
struct PresenceStats {
    num_clients: u64,
    num_users: u64,
}

/// A client, as channels see it.
#[derive(Debug, Serialize)]
pub(super) struct ClientInfo {
    pub(super) user: String,
    pub(super) client: String,
    /// What its token says about the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) conn_info: Option<Box<RawValue>>,
    /// What it says about itself on this channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) chan_info: Option<Box<RawValue>>,
}

/// `{"channel"}`
pub(super) async fn presence(admin: &Admin, params: Params<'_>) -> Result<Outcome, Failure> {
    let wish: Wish<'_> = params.take()?;
    let topic = topic(wish.channel.as_ref())?;
    let mut presence = BTreeMap::new();
    let mut after = None;
    loop {
        let page = page(admin, &topic, PAGE, after).await?;
        after = page.members.last().map(|member| member.connection);
        for member in &page.members {
            presence.insert(member.connection.to_string(), ClientInfo::of(member));
        }
        if !page.more {
            return Outcome::of(&Presence { presence });
        }
        if presence.len() >= MEMBERS_MAX {
            let what = format!("there are more than {MEMBERS_MAX} clients; use presence_stats");
            return Err(Failure::not_available(&what));
        }
    }
}

/// `{"channel"}`
pub(super) async fn presence_stats(admin: &Admin, params: Params<'_>) -> Result<Outcome, Failure> {
    let wish: Wish<'_> = params.take()?;
    let topic = topic(wish.channel.as_ref())?;
    let occupancy = page(admin, &topic, 0, None).await?.occupancy;
    Outcome::of(&PresenceStats {
        num_clients: occupancy.connections,
        num_users: occupancy.users,
    })
}

async fn page(
    admin: &Admin,
    topic: &Topic,
    limit: u32,
    after: Option<ConnectionId>,
) -> Result<PresencePage, Failure> {
    let query = PresenceQuery {
        topic: topic.clone(),
        limit,
        after,
    };
    Ok(admin.ask(admin.hub().presence(query)).await?)
}

impl ClientInfo {
    fn of(member: &Member) -> Self {
        let chan_info = match &member.state {
            Some(Payload::Json(text)) => serde_json::from_slice(text).ok(),
            Some(Payload::Binary(_)) | None => None,
        };
        let user = member.user.as_ref();
        Self {
            chan_info,
            ..Self::new(user, member.connection, member.info.as_deref())
        }
    }

    pub(super) fn of_publisher(from: &Publisher) -> Self {
        Self::new(from.user.as_ref(), from.connection, from.info.as_deref())
    }

    fn new(user: Option<&UserId>, connection: ConnectionId, info: Option<&str>) -> Self {
        Self {
            user: user.map(ToString::to_string).unwrap_or_default(),
            client: connection.to_string(),
            conn_info: info.and_then(|info| serde_json::from_str(info).ok()),
            chan_info: None,
        }
    }
}
