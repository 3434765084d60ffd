//! Events that own what they say.

use std::time::Duration;

use wirehub_model::{
    Batch, Direct, Event, Occupancy, PresenceChange, Publication, ReconnectAdvice, Refusal, Reply,
    Subscribed, Topic, TopicFilter, Welcome,
};
use wirehub_protocol::Dialect;

/// An event of the hub, as [`Event`] has it, to keep in tables and to generate.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    Welcome(Option<u64>, Welcome),
    Reply(u64, Reply),
    Refused(Option<u64>, Refusal),
    Publication(Publication),
    Retained(Publication),
    /// With what was told before it.
    Delta(Publication, Option<Box<Publication>>),
    Batch(Batch),
    Direct(Direct),
    Subscribed(TopicFilter, Subscribed),
    Unsubscribed(TopicFilter, Refusal),
    Presence(PresenceChange),
    Occupancy(Topic, Occupancy),
    Pong,
    Reconnect(ReconnectAdvice),
    Spread(Duration),
    Renewed(Option<Duration>),
}

impl Said {
    pub(crate) fn event(&self) -> Event<'_> {
        match self {
            Self::Welcome(id, welcome) => Event::Welcome { id: *id, welcome },
            Self::Reply(id, reply) => Event::Reply { id: *id, reply },
            Self::Refused(id, refusal) => Event::Refused { id: *id, refusal },
            Self::Publication(publication) => Event::Publication(publication),
            Self::Retained(publication) => Event::Retained(publication),
            Self::Delta(publication, before) => Event::Delta {
                publication,
                before: before.as_deref(),
            },
            Self::Batch(batch) => Event::Batch(batch),
            Self::Subscribed(filter, subscribed) => Event::Subscribed { filter, subscribed },
            Self::Presence(change) => Event::Presence(change),
            Self::Occupancy(topic, occupancy) => Event::Occupancy {
                topic,
                occupancy: *occupancy,
            },
            Self::Direct(direct) => Event::Direct(direct),
            Self::Unsubscribed(filter, refusal) => Event::Unsubscribed { filter, refusal },
            Self::Pong => Event::Pong,
            Self::Reconnect(advice) => Event::Reconnect(advice),
            Self::Spread(within) => Event::Spread(*within),
            Self::Renewed(expires_in) => Event::Renewed {
                expires_in: *expires_in,
            },
        }
    }

    pub(crate) fn encode(&self, dialect: Dialect) -> Vec<u8> {
        let mut out = Vec::new();
        assert!(dialect.encode(&self.event(), &mut out), "{self:?}");
        out
    }
}
