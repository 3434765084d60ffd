//! What the application does for clients: it subscribes them, and lets them stay.

use wirehub_model::{ErrorCode, Event, Moment, Refusal, Subscribe, TopicFilter};

use crate::{Answer, Encode, Phase, Recipient, Renewal, Session, Shard, feeds::Announce};

impl<E: Encode> Shard<E> {
    /// Subscribes connections to something. The application answers for that, so no permission is
    /// needed; bounds hold.
    pub(super) fn subscribe_for(
        &mut self,
        now: Moment,
        who: &Recipient,
        wish: &Subscribe,
    ) -> Answer {
        // What stands in place of capabilities also outlives new tokens and lost connections.
        let wish = &Subscribe {
            grant: Some(wish.grant.clone().unwrap_or_default()),
            ..wish.clone()
        };
        let mut connections = 0;
        let mut refusal = self.check_wish(wish).err();
        if refusal.is_some() {
            return Answer::Subscribed {
                connections,
                refusal,
            };
        }
        for id in self.concerned(who, |phase| phase == Phase::Open) {
            match self.enter_feed(now, id, wish, Announce::Event) {
                Ok(_) => connections += 1,
                Err(refused) if refused.code == ErrorCode::AlreadySubscribed => connections += 1,
                Err(refused) => refusal = Some(refused),
            }
        }
        Answer::Subscribed {
            connections,
            refusal,
        }
    }

    /// Ends a subscription of connections; returns how many had it. Clients that are away come back
    /// without it, and are not counted.
    pub(super) fn unsubscribe_for(
        &mut self,
        now: Moment,
        who: &Recipient,
        filter: &TopicFilter,
    ) -> u64 {
        self.end_in_sessions(now, who, filter);
        let Some(feed) = self.feeds.find(filter) else {
            return 0;
        };
        let ended = ended_by_application();
        let mut count = 0;
        for id in self.concerned(who, |phase| phase == Phase::Open) {
            let connection = self.connections.get(id);
            if connection.is_some_and(|connection| connection.subscription(feed).is_some()) {
                self.revoke(now, id, feed, filter, &ended);
                count += 1;
            }
        }
        count
    }

    /// Ends a subscription in the sessions of those who are away.
    fn end_in_sessions(&mut self, now: Moment, who: &Recipient, filter: &TopicFilter) {
        let mut members = Vec::new();
        let mut end = |session: &mut Session| {
            let mut all = session.subscriptions.iter_mut();
            if let Some(kept) = all.find(|kept| kept.filter == *filter) {
                kept.ended = true;
                if std::mem::take(&mut kept.member) {
                    members.push(session.connection);
                }
            }
        };
        match who {
            Recipient::Everyone => self.sessions.each(end),
            Recipient::User(user) => self.sessions.each_of(user, end),
            Recipient::Connection(id) => {
                if let Some(session) = self.sessions.get_mut(*id) {
                    end(session);
                }
            }
        }
        if let Some(topic) = filter.as_topic() {
            for connection in members {
                self.let_go_one(&topic);
                self.leave_home(now, topic.clone(), connection);
            }
        }
    }

    /// Lets connections stay for longer, or not so long; returns how many.
    pub(super) fn renew(&mut self, now: Moment, who: &Recipient, renewal: &Renewal) -> u64 {
        let concerned = self.concerned(who, |phase| phase == Phase::Open);
        for id in &concerned {
            let Some(connection) = self.connections.get_mut(*id) else {
                continue;
            };
            let principal = &mut connection.principal;
            principal.expires_at = renewal.expires_at;
            if renewal.info.is_some() && renewal.info != principal.info {
                principal.info.clone_from(&renewal.info);
                self.info_changed(now, *id);
            }
            self.schedule(now, *id);
            let expires_in = renewal.expires_at.map(|end| end.since(now));
            let event = Event::Renewed { expires_in };
            self.outbound.tell(id.slot(), &event, &mut self.stats);
        }
        concerned.len() as u64
    }
}

/// Why a subscription ended that nobody else ended.
pub(super) fn ended_by_application() -> Refusal {
    Refusal::new(
        ErrorCode::NotSubscribed,
        "the application ended the subscription",
    )
}
