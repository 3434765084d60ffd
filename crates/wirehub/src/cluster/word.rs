//! What nodes of a cluster say to each other.

use std::num::NonZeroU32;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use wirehub_core::{Presented, Recipient, Renewal, TopicsQuery};
use wirehub_model::{
    CloseReason, ConnectionId, Direct, Moment, Subscribe, Topic, TopicFilter, UserId,
};

use super::{
    letter::{Letter, Who},
    text::Text,
    wish::{Wish, moment_in, span_of},
};
use crate::DrainWish;

/// Something that a node says to another, or asks it, as JSON. A node that is older does not know
/// words that came later, and says so; fields that it does not know it passes over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Word(Said);

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Tell {
        who: Who,
        letter: Letter,
    },
    Disconnect {
        who: Who,
        reason: Text<CloseReason>,
    },
    Subscribe {
        who: Who,
        wish: Box<Wish>,
    },
    Unsubscribe {
        who: Who,
        filter: Text<TopicFilter>,
    },
    Renew {
        who: Who,
        expires_in: Option<f64>,
        info: Option<String>,
    },
    Connections {
        shard: u16,
        from: u32,
        limit: usize,
    },
    ConnectionsOf(Text<UserId>),
    Connection(Text<ConnectionId>),
    TakeSession {
        session: String,
        user: Option<Text<UserId>>,
        by: Text<ConnectionId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Text<ConnectionId>>,
    },
    Topics {
        filter: Text<TopicFilter>,
        after: Option<Text<Topic>>,
        limit: usize,
    },
    Drain {
        moves_per_second: Option<NonZeroU32>,
        deadline: Option<f64>,
    },
    Stay,
    Draining,
    Info,
}

/// What one node wants of another.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    /// Tell these connections something; the answer is a count.
    Tell(Recipient, std::sync::Arc<Direct>),
    /// Close them; the answer is a count.
    Disconnect(Recipient, CloseReason),
    /// Subscribe them.
    Subscribe(Recipient, Box<Subscribe>),
    /// End their subscription; the answer is a count.
    Unsubscribe(Recipient, TopicFilter),
    /// Change how long they may stay; the answer is a count.
    Renew(Recipient, Renewal),
    /// List connections from a slot of a shard on.
    Connections((u16, u32), usize),
    /// List those of a user.
    ConnectionsOf(UserId),
    /// Look closer at one.
    Connection(ConnectionId),
    /// Hand over a session that its client presents here.
    TakeSession(Presented),
    /// List topics.
    Topics(TopicsQuery),
    /// Send your clients away; the answer is how far that is.
    Drain(DrainWish),
    /// Send nobody away any more; the same.
    Stay,
    /// Say how far that is.
    Draining,
    /// Say how it goes.
    Info,
}

impl Word {
    /// Reads what a node said.
    ///
    /// # Errors
    /// When it is none of the words that this version knows.
    pub fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// As it is said.
    #[must_use]
    pub fn written(&self) -> Bytes {
        serde_json::to_vec(self).unwrap_or_default().into()
    }

    /// Whether its parts are what they should be, as a node looks at them that takes it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.clone().wanted(Moment::ZERO).is_some()
    }

    /// The word for what is wanted; `None` when there is none.
    pub(crate) fn of(wanted: &Wanted, now: Moment) -> Option<Self> {
        Some(Self(match wanted {
            Wanted::Tell(who, direct) => Said::Tell {
                who: who.into(),
                letter: Letter::of(direct, Some(who)),
            },
            Wanted::Disconnect(who, reason) => Said::Disconnect {
                who: who.into(),
                reason: Text(*reason),
            },
            Wanted::Subscribe(who, wish) => Said::Subscribe {
                who: who.into(),
                wish: Box::new(Wish::of(wish, now)?),
            },
            Wanted::Unsubscribe(who, filter) => Said::Unsubscribe {
                who: who.into(),
                filter: Text(filter.clone()),
            },
            Wanted::Renew(who, renewal) => Said::Renew {
                who: who.into(),
                expires_in: renewal.expires_at.map(|end| end.since(now).as_secs_f64()),
                info: renewal.info.as_deref().map(str::to_owned),
            },
            Wanted::Connections((shard, from), limit) => Said::Connections {
                shard: *shard,
                from: *from,
                limit: *limit,
            },
            Wanted::ConnectionsOf(user) => Said::ConnectionsOf(Text(user.clone())),
            Wanted::Connection(id) => Said::Connection(Text(*id)),
            Wanted::TakeSession(presented) => Said::TakeSession {
                session: presented.token.to_string(),
                user: presented.user.clone().map(Text),
                by: Text(presented.by),
                at: presented.at.map(Text),
            },
            Wanted::Topics(query) => Said::Topics {
                filter: Text(query.filter.clone()),
                after: query.after.clone().map(Text),
                limit: query.limit,
            },
            Wanted::Drain(wish) => Said::Drain {
                moves_per_second: wish.moves_per_second,
                deadline: wish.deadline.map(|span| span.as_secs_f64()),
            },
            Wanted::Stay => Said::Stay,
            Wanted::Draining => Said::Draining,
            Wanted::Info => Said::Info,
        }))
    }

    /// What is wanted; `None` when its parts are not what they should be.
    pub(crate) fn wanted(self, now: Moment) -> Option<Wanted> {
        Some(match self.0 {
            Said::Tell { who, letter } => {
                let who = who.into();
                let direct = letter.direct(Some(&who))?;
                Wanted::Tell(who, direct.into())
            }
            Said::Disconnect { who, reason } => Wanted::Disconnect(who.into(), reason.0),
            Said::Subscribe { who, wish } => {
                Wanted::Subscribe(who.into(), Box::new(wish.subscribe(now)?))
            }
            Said::Unsubscribe { who, filter } => Wanted::Unsubscribe(who.into(), filter.0),
            Said::Renew {
                who,
                expires_in,
                info,
            } => {
                let renewal = Renewal {
                    expires_at: moment_in(now, expires_in)?,
                    info: info.map(Into::into),
                };
                Wanted::Renew(who.into(), renewal)
            }
            Said::Connections { shard, from, limit } => Wanted::Connections((shard, from), limit),
            Said::ConnectionsOf(user) => Wanted::ConnectionsOf(user.0),
            Said::Connection(id) => Wanted::Connection(id.0),
            Said::TakeSession {
                session,
                user,
                by,
                at,
            } => Wanted::TakeSession(Presented {
                token: session.parse().ok()?,
                user: user.map(|Text(user)| user),
                by: by.0,
                at: at.map(|Text(at)| at),
            }),
            Said::Topics {
                filter,
                after,
                limit,
            } => Wanted::Topics(TopicsQuery {
                filter: filter.0,
                after: after.map(|Text(topic)| topic),
                limit,
            }),
            Said::Drain {
                moves_per_second,
                deadline,
            } => Wanted::Drain(DrainWish {
                moves_per_second,
                deadline: span_of(deadline)?,
            }),
            Said::Stay => Wanted::Stay,
            Said::Draining => Wanted::Draining,
            Said::Info => Wanted::Info,
        })
    }
}
