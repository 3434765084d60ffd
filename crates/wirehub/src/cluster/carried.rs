//! Sessions on their way between nodes.

use serde::{Deserialize, Serialize};
use wirehub_core::{Handover, Kept, Terms};
use wirehub_model::{ConnectionId, Epoch, Moment, TopicFilter};

use super::{
    letter::Letter,
    text::Text,
    wish::{Allowed, Place, Slowly, transpose},
};

/// What a session takes along.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Carried {
    connection: Text<ConnectionId>,
    subscriptions: Vec<Subscription>,
    letters: Vec<Letter>,
    sent: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Subscription {
    filter: Text<TopicFilter>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    epoch: Option<Text<Epoch>>,
    #[serde(default)]
    acks: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acked: Option<Place>,
    #[serde(default)]
    watches: bool,
    #[serde(default)]
    ended: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pace: Option<Slowly>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grant: Option<Allowed>,
}

impl Carried {
    /// What can be said of a session; `None` when one of its subscriptions chooses by tags, of
    /// which nodes do not speak. No client that chooses by tags comes back to its session.
    pub(super) fn of(handover: Handover, now: Moment) -> Option<Self> {
        let subscriptions = handover.subscriptions.into_iter();
        let letters = handover.letters.iter();
        Some(Self {
            connection: Text(handover.connection),
            subscriptions: subscriptions
                .map(|kept| Subscription::of(kept, now))
                .collect::<Option<_>>()?,
            letters: letters.map(|direct| Letter::of(direct, None)).collect(),
            sent: handover.sent,
        })
    }

    /// The session; `None` when its parts are not what they should be.
    pub(super) fn handover(self, now: Moment) -> Option<Handover> {
        let subscriptions = self.subscriptions.into_iter();
        let letters = self.letters.into_iter();
        Some(Handover {
            connection: self.connection.0,
            subscriptions: subscriptions
                .map(|subscription| subscription.kept(now))
                .collect::<Option<_>>()?,
            letters: letters
                .map(|letter| letter.direct(None).map(Into::into))
                .collect::<Option<_>>()?,
            sent: self.sent,
        })
    }
}

impl Subscription {
    fn of(kept: Kept, now: Moment) -> Option<Self> {
        let (pace, grant) = match kept.terms.as_deref() {
            Some(Terms { tags: Some(_), .. }) => return None,
            Some(terms) => (terms.pace, terms.grant.as_ref()),
            None => (None, None),
        };
        Some(Self {
            epoch: kept.epoch.map(Text),
            acks: kept.acks,
            acked: kept.acked.map(Into::into),
            watches: kept.watches,
            ended: kept.ended,
            pace: pace.map(Into::into),
            grant: grant.map(|grant| Allowed::of(grant, now)),
            filter: Text(kept.filter),
        })
    }

    fn kept(self, now: Moment) -> Option<Kept> {
        let pace = transpose(self.pace.map(Slowly::pace))?;
        let grant = transpose(self.grant.map(|grant| grant.grant(now)))?;
        Some(Kept {
            filter: self.filter.0,
            epoch: self.epoch.map(|Text(epoch)| epoch),
            acks: self.acks,
            acked: self.acked.map(Into::into),
            member: false,
            watches: self.watches,
            ended: self.ended,
            terms: Terms::of(pace, None, grant),
        })
    }
}
