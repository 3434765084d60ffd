//! Subscriptions by a proof that came with them.

use wirehub_model::{ConnectionId, ErrorCode, Grant, Moment, Refusal, Reply, TopicFilter};

use crate::{Encode, Shard, connection::State};

impl<E: Encode> Shard<E> {
    /// A client's proof does not hold. It costs what a subscription costs, so that nobody can have
    /// signatures checked at any rate.
    pub(super) fn declined(
        &mut self,
        now: Moment,
        id: ConnectionId,
        request: Option<u64>,
        refusal: &Refusal,
    ) {
        if self.may_ask(now, id, request) {
            self.refuse(id, request, refusal);
        }
    }

    /// A client brought a newer proof for a subscription it has.
    pub(super) fn renewed(
        &mut self,
        now: Moment,
        id: ConnectionId,
        request: Option<u64>,
        filter: &TopicFilter,
        grant: Grant,
    ) {
        if !self.may_ask(now, id, request) {
            return;
        }
        let feed = self.feeds.find(filter);
        let connection = self.connections.get_mut(id);
        let renewed = feed.zip(connection).and_then(|(feed, connection)| {
            connection.subscription(feed)?;
            let expires_in = grant.expires_at.map(|end| end.since(now));
            connection.carry().grants.insert(feed, grant);
            Some(Reply::Refreshed { expires_in })
        });
        let result = renewed.ok_or_else(|| {
            Refusal::new(
                ErrorCode::NotSubscribed,
                "the connection has no such subscription",
            )
        });
        self.schedule(now, id);
        self.reply(id, request, result);
    }

    /// Takes what a subscription costs, and says so when it comes too fast.
    fn may_ask(&mut self, now: Moment, id: ConnectionId, request: Option<u64>) -> bool {
        let limits = &self.settings.limits;
        let Some(connection) = self.connections.get_mut(id) else {
            return false;
        };
        if connection.state != State::Open {
            return false;
        }
        let rates = &mut connection.rates;
        let within = rates.messages.take(now, limits.messages_per_second)
            && rates
                .subscriptions
                .take(now, limits.subscriptions_per_second);
        if !within {
            self.too_fast(now, id, request);
        }
        within
    }

    /// Ends the subscriptions of a client whose proofs expired.
    pub(super) fn end_grants(&mut self, now: Moment, id: ConnectionId) {
        let grace = self.settings.expiry_grace;
        let Some(carried) = self.connections.get(id).and_then(|it| it.carried()) else {
            return;
        };
        let over = |grant: &Grant| grant.expires_at.is_some_and(|at| at + grace <= now);
        let ended: Vec<_> = carried
            .grants
            .iter()
            .filter(|(_, grant)| over(grant))
            .filter_map(|(feed, _)| Some((*feed, self.feeds.get(*feed)?.filter.clone())))
            .collect();
        let refusal = Refusal::new(
            ErrorCode::TokenExpired,
            "the proof for this topic expired; subscribe with a new one",
        );
        for (feed, filter) in ended {
            self.revoke(now, id, feed, &filter, &refusal);
        }
    }
}
