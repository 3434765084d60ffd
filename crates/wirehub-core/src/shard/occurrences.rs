//! What is told to those who watch the hub.

use wirehub_model::{ConnectionId, ErrorCode, Topic, TopicFilter, UserId};

use crate::{Encode, Occurrence, OccurrenceKind, OccurrenceKinds, Output, Shard};

impl<E: Encode> Shard<E> {
    /// Tells what happened, where anybody wants to know of its kind.
    pub(super) fn occurred(
        &mut self,
        kind: OccurrenceKind,
        make: impl FnOnce(&Self) -> Option<Occurrence>,
    ) {
        if self.settings.occurrences.has(kind)
            && let Some(occurrence) = make(self)
        {
            let occurrence = Box::new(occurrence);
            self.outputs.push_back(Output::Occurred(occurrence));
        }
    }

    /// Other things are wanted from now on.
    pub(super) fn watch(&mut self, wanted: OccurrenceKinds) {
        self.settings.occurrences = wanted;
        self.rosters
            .set_watched(wanted.meets(OccurrenceKinds::PRESENCE));
    }

    /// Who a connection is.
    pub(super) fn user_of(&self, id: ConnectionId) -> Option<UserId> {
        self.connections.get(id)?.principal.user.clone()
    }

    /// A client's subscription ended, and not with its connection.
    pub(super) fn unsubscribed(
        &mut self,
        connection: ConnectionId,
        filter: &TopicFilter,
        code: Option<ErrorCode>,
    ) {
        self.occurred(OccurrenceKind::Unsubscribed, |shard| {
            Some(Occurrence::Unsubscribed {
                connection,
                user: shard.user_of(connection),
                filter: filter.clone(),
                code,
            })
        });
    }

    /// A subscriber came or went.
    pub(super) fn counted(&mut self, feed: u32) {
        self.occurred(OccurrenceKind::Counted, |shard| {
            let feed = shard.feeds.get(feed)?;
            Some(Occurrence::Counted {
                topic: feed.filter.as_topic()?,
                shard: shard.settings.index,
                subscribers: feed.len() as u64,
            })
        });
    }

    /// A subscriber was given nothing of a topic.
    pub(super) fn found_empty(&mut self, topic: &Topic) {
        self.occurred(OccurrenceKind::FoundEmpty, |shard| {
            let retained = shard.settings.namespaces.of_topic(topic).retained;
            retained.then(|| Occurrence::FoundEmpty(topic.clone()))
        });
    }

    /// A client ran into a bound.
    pub(super) fn limited(&mut self, connection: ConnectionId, code: ErrorCode) {
        if matches!(code, ErrorCode::LimitReached | ErrorCode::RateLimited) {
            self.occurred(OccurrenceKind::Limited, |shard| {
                Some(Occurrence::Limited {
                    connection,
                    user: shard.user_of(connection),
                    code,
                })
            });
        }
    }

    /// As a home: does something to who wants a topic, and tells when that were none before or are
    /// none after.
    pub(super) fn watching_interest<R>(
        &mut self,
        topic: &Topic,
        change: impl FnOnce(&mut Self) -> R,
    ) -> R {
        if !self.settings.occurrences.meets(OccurrenceKinds::OCCUPANCY) {
            return change(self);
        }
        let before = self.home.has_subscribers(topic);
        let result = change(self);
        let after = self.home.has_subscribers(topic);
        match (before, after) {
            (false, true) => self.occurred(OccurrenceKind::Occupied, |_| {
                Some(Occurrence::Occupied(topic.clone()))
            }),
            (true, false) => self.occurred(OccurrenceKind::Vacated, |_| {
                Some(Occurrence::Vacated(topic.clone()))
            }),
            _ => {}
        }
        result
    }
}
