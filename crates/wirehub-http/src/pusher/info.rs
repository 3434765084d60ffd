//! What may be asked about channels.

use serde::Serialize;
use wirehub::TopicsQuery;
use wirehub::pusher::kind_of_topic;
use wirehub_model::{ErrorCode, PresenceQuery, Topic, TopicFilter};

use super::signed::Signed;
use crate::{
    admin::Admin,
    nearest::{nearest, shown},
    problem::Problem,
};

/// Which attributes of a channel are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) user_count: bool,
    pub(super) subscription_count: bool,
}

/// The attributes of a channel.
#[derive(Debug, Default, Serialize)]
pub(super) struct Attributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subscription_count: Option<u64>,
}

impl Wanted {
    /// Reads `info`, names with commas between them.
    pub(super) fn read(info: Option<&str>) -> Result<Self, Problem> {
        let mut wanted = Self::default();
        for name in info.unwrap_or_default().split(',').map(str::trim) {
            match name {
                "" => {}
                "user_count" => wanted.user_count = true,
                "subscription_count" => wanted.subscription_count = true,
                _ => {
                    let problem = Problem::bad(format!("`info` has no `{}`", shown(name)));
                    let known = ["user_count", "subscription_count"];
                    return Err(problem.did_you_mean(nearest(name, known)));
                }
            }
        }
        Ok(wanted)
    }

    /// Users are counted on presence channels alone.
    pub(super) fn check(self, topic: &Topic) -> Result<(), Problem> {
        if self.user_count && !kind_of_topic(topic).has_members() {
            return Err(Problem::bad(
                "`user_count` is known of presence channels alone",
            ));
        }
        Ok(())
    }

    /// Finds out about one channel.
    pub(super) async fn of(self, admin: &Admin, topic: &Topic) -> Result<Attributes, Problem> {
        Ok(Attributes {
            user_count: match self.user_count {
                true => Some(users(admin, topic).await?),
                false => None,
            },
            subscription_count: match self.subscription_count {
                true => Some(subscribers(admin, topic).await?),
                false => None,
            },
        })
    }
}

impl Signed {
    /// The attributes that the query asks for.
    pub(super) fn wanted(&self) -> Result<Wanted, Problem> {
        Wanted::read(self.parameter("info"))
    }
}

/// How many connections subscribe to a channel.
pub(super) async fn subscribers(admin: &Admin, topic: &Topic) -> Result<u64, Problem> {
    let query = TopicsQuery {
        filter: TopicFilter::from(topic),
        after: None,
        limit: 1,
    };
    let found = admin.ask(admin.hub().topics(&query)).await?;
    Ok(found.list.first().map_or(0, |info| info.subscribers))
}

/// How many users are on a channel.
async fn users(admin: &Admin, topic: &Topic) -> Result<u64, Problem> {
    let query = PresenceQuery {
        topic: topic.clone(),
        limit: 0,
        after: None,
    };
    let page = admin.ask(admin.hub().presence(query)).await;
    match page {
        Ok(page) => Ok(page.occupancy.users),
        Err(problem) if problem.is(ErrorCode::NotEnabled) => Ok(0),
        Err(problem) => Err(problem),
    }
}
