//! A subscription that the application makes for clients of other nodes.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wirehub_model::{Epoch, Grant, Moment, Offset, Pace, Position, Subscribe, TopicFilter, UserId};

use super::{letter::Data, text::Text};

/// A wish, as far as it can be said. Times are in seconds from now: clocks differ.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Wish {
    filter: Text<TopicFilter>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Place>,
    #[serde(default)]
    presence: bool,
    #[serde(default)]
    presence_if_allowed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<Data>,
    #[serde(default)]
    ack: bool,
    #[serde(default)]
    deltas: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pace: Option<Slowly>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grant: Option<Allowed>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Place {
    epoch: Text<Epoch>,
    offset: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Slowly {
    every: f64,
    level: Option<u8>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Allowed {
    expires_in: Option<f64>,
    presence: bool,
    publish: bool,
    user: Option<Text<UserId>>,
    info: Option<String>,
}

impl Wish {
    /// What a wish says; `None` for one that chooses by tags, of which nodes do not speak.
    pub(super) fn of(wish: &Subscribe, now: Moment) -> Option<Self> {
        let Subscribe {
            filter,
            since,
            presence,
            presence_if_allowed,
            state,
            ack,
            pace,
            deltas,
            tags: None,
            grant,
        } = wish
        else {
            return None;
        };
        Some(Self {
            filter: Text(filter.clone()),
            since: since.map(|since| Place {
                epoch: Text(since.epoch),
                offset: since.offset.0,
            }),
            presence: *presence,
            presence_if_allowed: *presence_if_allowed,
            state: state.as_ref().map(Into::into),
            ack: *ack,
            deltas: *deltas,
            pace: pace.map(|pace| Slowly {
                every: pace.every.as_secs_f64(),
                level: pace.level,
            }),
            grant: grant.as_ref().map(|grant| Allowed {
                expires_in: grant.expires_at.map(|end| end.since(now).as_secs_f64()),
                presence: grant.presence,
                publish: grant.publish,
                user: grant.user.clone().map(Text),
                info: grant.info.as_deref().map(str::to_owned),
            }),
        })
    }

    /// The wish; `None` when its parts are not what they should be.
    pub(super) fn subscribe(self, now: Moment) -> Option<Subscribe> {
        let pace = self.pace.map(|pace| {
            Some(Pace {
                every: Duration::try_from_secs_f64(pace.every).ok()?,
                level: pace.level,
            })
        });
        let grant = self.grant.map(|grant| {
            Some(Box::new(Grant {
                expires_at: moment_in(now, grant.expires_in)?,
                presence: grant.presence,
                publish: grant.publish,
                user: grant.user.map(|Text(user)| user),
                info: grant.info.map(Into::into),
            }))
        });
        let state = self.state.map(Data::payload);
        Some(Subscribe {
            since: self.since.map(|since| Position {
                epoch: since.epoch.0,
                offset: Offset(since.offset),
            }),
            presence: self.presence,
            presence_if_allowed: self.presence_if_allowed,
            state: transpose(state)?,
            ack: self.ack,
            pace: transpose(pace)?,
            deltas: self.deltas,
            grant: transpose(grant)?,
            ..Subscribe::to(self.filter.0)
        })
    }
}

/// The moment so many seconds from now, if there is to be one; `None` when that is no span.
pub(super) fn moment_in(now: Moment, seconds: Option<f64>) -> Option<Option<Moment>> {
    Some(span_of(seconds)?.map(|span| now + span))
}

/// The span of so many seconds, if there is to be one; `None` when that is no span.
pub(super) fn span_of(seconds: Option<f64>) -> Option<Option<Duration>> {
    transpose(seconds.map(|seconds| Duration::try_from_secs_f64(seconds).ok()))
}

/// Nothing for what could not be read, and nothing within for what is not there.
pub(super) fn transpose<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(None) => None,
        Some(read) => Some(read),
    }
}
