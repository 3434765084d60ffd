//! What nodes of a cluster answer each other.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use wirehub_core::{ConnectionDetails, ConnectionInfo, Handover, TopicInfo};
use wirehub_model::{ErrorCode, Moment, Refusal, Topic};

use super::{
    NodeInfo,
    carried::Carried,
    seen::{Seen, SeenClosely, SeenDraining},
    text::Text,
};
use crate::Draining;

/// The answer to a [`Word`](super::Word), as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reply(Replied);

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Replied {
    Count(u64),
    Subscribed {
        connections: u64,
        refusal: Option<Refused>,
    },
    Connections {
        list: Vec<Seen>,
        next: Option<(u16, u32)>,
    },
    Connection(Option<Box<SeenClosely>>),
    Topics {
        list: Vec<(Text<Topic>, u64)>,
        more: bool,
    },
    Session(Option<Box<Carried>>),
    Draining(SeenDraining),
    Info(Box<NodeInfo>),
    Refused(Refused),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Refused {
    code: Text<ErrorCode>,
    message: String,
}

/// What one node answers another.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    Count(u64),
    Subscribed(u64, Option<Refusal>),
    Connections(Vec<ConnectionInfo>, Option<(u16, u32)>),
    Connection(Option<Box<ConnectionDetails>>),
    Topics(Vec<TopicInfo>, bool),
    /// What a session takes along, if there is such a session that can go.
    Session(Option<Box<Handover>>),
    Draining(Draining),
    Info(Box<NodeInfo>),
    Refused(Refusal),
}

impl Reply {
    /// Reads what a node answered.
    ///
    /// # Errors
    /// When it is none of the answers that this version knows.
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
        self.clone().given(Moment::ZERO).is_some()
    }

    pub(crate) fn of(given: Given, now: Moment) -> Self {
        Self(match given {
            Given::Count(count) => Replied::Count(count),
            Given::Subscribed(connections, refusal) => Replied::Subscribed {
                connections,
                refusal: refusal.map(Into::into),
            },
            Given::Connections(list, next) => Replied::Connections {
                list: list.iter().map(|info| Seen::of(info, now)).collect(),
                next,
            },
            Given::Connection(found) => {
                let found = found.map(|details| SeenClosely::of(&details, now));
                Replied::Connection(found.map(Box::new))
            }
            Given::Topics(list, more) => {
                let list = list.into_iter();
                Replied::Topics {
                    list: list.map(|it| (Text(it.topic), it.subscribers)).collect(),
                    more,
                }
            }
            Given::Session(found) => {
                let carried = found.and_then(|handover| Carried::of(*handover, now));
                Replied::Session(carried.map(Box::new))
            }
            Given::Draining(draining) => Replied::Draining(SeenDraining::of(&draining)),
            Given::Info(info) => Replied::Info(info),
            Given::Refused(refusal) => Replied::Refused(refusal.into()),
        })
    }

    /// What is answered; `None` when its parts are not what they should be.
    pub(crate) fn given(self, now: Moment) -> Option<Given> {
        Some(match self.0 {
            Replied::Count(count) => Given::Count(count),
            Replied::Subscribed {
                connections,
                refusal,
            } => Given::Subscribed(connections, refusal.map(Into::into)),
            Replied::Connections { list, next } => {
                let list = list.into_iter().map(|seen| seen.info(now));
                Given::Connections(list.collect::<Option<_>>()?, next)
            }
            Replied::Connection(None) => Given::Connection(None),
            Replied::Connection(Some(seen)) => {
                Given::Connection(Some(Box::new(seen.details(now)?)))
            }
            Replied::Topics { list, more } => {
                let list = list.into_iter();
                let list = list.map(|(Text(topic), subscribers)| TopicInfo { topic, subscribers });
                Given::Topics(list.collect(), more)
            }
            Replied::Session(None) => Given::Session(None),
            Replied::Session(Some(carried)) => {
                Given::Session(Some(Box::new(carried.handover(now)?)))
            }
            Replied::Draining(seen) => Given::Draining(seen.draining()?),
            Replied::Info(info) => Given::Info(info),
            Replied::Refused(refused) => Given::Refused(refused.into()),
        })
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: Text(refusal.code),
            message: refusal.message.into_owned(),
        }
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self::new(refused.code.0, refused.message)
    }
}
