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

/// A position.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Place {
    epoch: Text<Epoch>,
    offset: u64,
}

/// How publications are held back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Slowly {
    every: f64,
    level: Option<u8>,
}

/// What stands in place of the client's capabilities.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Allowed {
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
            since: since.map(Into::into),
            presence: *presence,
            presence_if_allowed: *presence_if_allowed,
            state: state.as_ref().map(Into::into),
            ack: *ack,
            deltas: *deltas,
            pace: pace.map(Into::into),
            grant: grant.as_deref().map(|grant| Allowed::of(grant, now)),
        })
    }

    /// The wish; `None` when its parts are not what they should be.
    pub(super) fn subscribe(self, now: Moment) -> Option<Subscribe> {
        let grant = self.grant.map(|grant| grant.grant(now).map(Box::new));
        let state = self.state.map(Data::payload);
        Some(Subscribe {
            since: self.since.map(Into::into),
            presence: self.presence,
            presence_if_allowed: self.presence_if_allowed,
            state: transpose(state)?,
            ack: self.ack,
            pace: transpose(self.pace.map(Slowly::pace))?,
            deltas: self.deltas,
            grant: transpose(grant)?,
            ..Subscribe::to(self.filter.0)
        })
    }
}

impl From<Position> for Place {
    fn from(position: Position) -> Self {
        Self {
            epoch: Text(position.epoch),
            offset: position.offset.0,
        }
    }
}

impl From<Place> for Position {
    fn from(place: Place) -> Self {
        Self {
            epoch: place.epoch.0,
            offset: Offset(place.offset),
        }
    }
}

impl From<Pace> for Slowly {
    fn from(pace: Pace) -> Self {
        Self {
            every: pace.every.as_secs_f64(),
            level: pace.level,
        }
    }
}

impl Slowly {
    /// The pace; `None` when its parts are not what they should be.
    pub(super) fn pace(self) -> Option<Pace> {
        Some(Pace {
            every: Duration::try_from_secs_f64(self.every).ok()?,
            level: self.level,
        })
    }
}

impl Allowed {
    pub(super) fn of(grant: &Grant, now: Moment) -> Self {
        Self {
            expires_in: grant.expires_at.map(|end| end.since(now).as_secs_f64()),
            presence: grant.presence,
            publish: grant.publish,
            user: grant.user.clone().map(Text),
            info: grant.info.as_deref().map(str::to_owned),
        }
    }

    /// The grant; `None` when its parts are not what they should be.
    pub(super) fn grant(self, now: Moment) -> Option<Grant> {
        Some(Grant {
            expires_at: moment_in(now, self.expires_in)?,
            presence: self.presence,
            publish: self.publish,
            user: self.user.map(|Text(user)| user),
            info: self.info.map(Into::into),
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
