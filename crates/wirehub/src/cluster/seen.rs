//! What a node tells others of its connections and of itself.

use std::{num::NonZeroU32, time::Duration};

use serde::{Deserialize, Serialize};
use wirehub_core::{ConnectionDetails, ConnectionInfo, Flavour, Phase};
use wirehub_model::{ConnectionId, Moment, TopicFilter, UserId};

use super::{
    text::Text,
    wish::{moment_in, transpose},
};
use crate::{DrainProgress, Draining};

/// A connection. Times are in seconds before now: clocks differ.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Seen {
    id: Text<ConnectionId>,
    user: Option<Text<UserId>>,
    flavour: u8,
    state: Text<Phase>,
    age: f64,
    silence: f64,
    round_trip: Option<f64>,
    subscriptions: usize,
    waiting_bytes: usize,
}

/// A connection, looked at closely.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SeenClosely {
    seen: Seen,
    info: Option<String>,
    expires_in: Option<f64>,
    subscribed: Vec<Text<TopicFilter>>,
}

impl Seen {
    pub(super) fn of(info: &ConnectionInfo, now: Moment) -> Self {
        Self {
            id: Text(info.id),
            user: info.user.clone().map(Text),
            flavour: info.flavour.index() as u8,
            state: Text(info.phase),
            age: now.since(info.opened_at).as_secs_f64(),
            silence: now.since(info.last_seen).as_secs_f64(),
            round_trip: info.round_trip.map(|span| span.as_secs_f64()),
            subscriptions: info.subscriptions,
            waiting_bytes: info.waiting_bytes,
        }
    }

    /// What is known of the connection; `None` when its parts are not what they should be.
    pub(super) fn info(self, now: Moment) -> Option<ConnectionInfo> {
        let span = |seconds| Duration::try_from_secs_f64(seconds).ok();
        let since = now.since(Moment::ZERO);
        let ago = |seconds| Some(Moment::ZERO + since.saturating_sub(span(seconds)?));
        Some(ConnectionInfo {
            id: self.id.0,
            user: self.user.map(|Text(user)| user),
            flavour: Flavour::new(self.flavour)?,
            phase: self.state.0,
            opened_at: ago(self.age)?,
            last_seen: ago(self.silence)?,
            round_trip: self.round_trip.and_then(span),
            subscriptions: self.subscriptions,
            waiting_bytes: self.waiting_bytes,
        })
    }
}

impl SeenClosely {
    pub(super) fn of(details: &ConnectionDetails, now: Moment) -> Self {
        let subscribed = details.subscriptions.iter();
        Self {
            seen: Seen::of(&details.info, now),
            info: details.said.as_deref().map(str::to_owned),
            expires_in: details.expires_at.map(|end| end.since(now).as_secs_f64()),
            subscribed: subscribed.cloned().map(Text).collect(),
        }
    }

    /// What is known of the connection; `None` when its parts are not what they should be.
    pub(super) fn details(self, now: Moment) -> Option<ConnectionDetails> {
        let subscribed = self.subscribed.into_iter();
        Some(ConnectionDetails {
            info: self.seen.info(now)?,
            said: self.info.map(Into::into),
            expires_at: moment_in(now, self.expires_in)?,
            subscriptions: subscribed.map(|Text(filter)| filter).collect(),
        })
    }
}

/// How far a node is with sending its clients away. Times are in seconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SeenDraining {
    connections: u64,
    drain: Option<SeenDrain>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SeenDrain {
    moves_per_second: Option<NonZeroU32>,
    deadline: f64,
    began_with: u64,
    elapsed: f64,
    is_last: bool,
}

impl SeenDraining {
    pub(super) fn of(draining: &Draining) -> Self {
        Self {
            connections: draining.connections,
            drain: draining.drain.map(|drain| SeenDrain {
                moves_per_second: drain.moves_per_second,
                deadline: drain.deadline.as_secs_f64(),
                began_with: drain.began_with,
                elapsed: drain.elapsed.as_secs_f64(),
                is_last: drain.is_last,
            }),
        }
    }

    /// How far it is; `None` when its parts are not what they should be.
    pub(super) fn draining(self) -> Option<Draining> {
        let drain = self.drain.map(|drain| {
            Some(DrainProgress {
                moves_per_second: drain.moves_per_second,
                deadline: Duration::try_from_secs_f64(drain.deadline).ok()?,
                began_with: drain.began_with,
                elapsed: Duration::try_from_secs_f64(drain.elapsed).ok()?,
                is_last: drain.is_last,
            })
        });
        Some(Draining {
            connections: self.connections,
            drain: transpose(drain)?,
        })
    }
}

/// A node at a glance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeInfo {
    /// The version of Wirehub that runs there.
    pub version: String,
    /// Since it started, in seconds.
    pub uptime: f64,
    /// It sends its clients away.
    pub draining: bool,
    /// How many shards it has.
    pub shards: usize,
    /// Shards that do not answer; the numbers below lack theirs.
    pub silent_shards: Vec<u16>,
    /// Connections in the order of [`Phase::ALL`].
    pub connections: [u64; 3],
    /// Users with connections.
    pub users: u64,
    /// Subscriptions.
    pub subscriptions: u64,
    /// Topics and filters with subscribers, of each shard by itself.
    pub feeds: u64,
    /// Topics that are in its memory.
    pub topics: u64,
    /// Messages that clients sent since it started.
    pub received: u64,
    /// Publications since it started.
    pub published: u64,
    /// What clients were told of them.
    pub delivered: u64,
}
