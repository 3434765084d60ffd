//! Topics whose order a broker gives.

use std::sync::Arc;

use wirehub_model::{ConnectionId, ErrorCode, Moment, Publication, Refusal, Topic, TopicFilter};

use crate::{
    Ask, Encode, Opened, Output, Relay, Shard, Told,
    home::{Question, Rules},
};

/// The shard that speaks with the broker about filters with wildcards, which concern all homes.
const SPEAKER: u16 = 0;

impl<E: Encode> Shard<E> {
    /// Hands on what the broker said.
    pub(super) fn told_by_broker(&mut self, now: Moment, told: Told) {
        match told {
            Told::Appended(origin, result) => {
                let refused = result.as_ref().err().map(|refusal| refusal.code);
                self.stats.not_stored += u64::from(refused == Some(ErrorCode::NotStored));
                self.stats.published += u64::from(result.is_ok());
                self.stats.duplicates +=
                    u64::from(result.as_ref().is_ok_and(|published| published.duplicate));
                self.published(origin, result);
            }
            Told::Opened(topic, result) => self.opened(now, &topic, result),
            Told::Subscribed(filter, result) => {
                let waiting = self.home.filter_answered(&filter);
                match result {
                    Ok(()) => self.filter_known(now, &filter, waiting),
                    Err(refusal) => self.refuse_all(now, waiting, &refusal),
                }
            }
            Told::Forgotten(origin, result) => self.forgotten(origin, result),
            Told::Emptied(topic, position) => self.emptied(&topic, position),
            Told::Publication(publication, exclude) => self.arrived(now, &publication, exclude),
            Told::Presence(change, version) => self.heard_elsewhere(now, change, version),
            Told::Crowd(topic, result) => self.crowd_told(now, &topic, result),
            Told::Listed(origin, result) => self.members_told(now, origin, result),
            Told::Unheard(topic) => self.unheard(now, &topic),
            Told::Missed => self.missed(now),
            Told::UserTold(user, direct, origin, result) => {
                self.user_told(&user, &direct, origin, result);
            }
            Told::ConnectionTold(origin, result) => self.connection_told(origin, result),
            Told::SessionFound(search, handover) => {
                let session = handover.map(|handover| Box::new(handover.session(&search)));
                self.hand_session_over(now, search, session);
            }
        }
    }

    /// Keeps a question for a home until the broker has said what it needs for an answer. Without
    /// a broker every question can be answered.
    pub(super) fn hold_back(&mut self, now: Moment, relay: Relay) -> Option<Relay> {
        if !self.settings.brokered {
            return Some(relay);
        }
        let filter = match &relay {
            Relay::Interest { filter, .. } | Relay::Disinterest { filter, .. } => filter.clone(),
            Relay::Attach { topic, .. } => TopicFilter::from(topic),
            Relay::Recall { query, .. } => TopicFilter::from(&query.topic),
            // What a member says or asks must not overtake its wish to become one.
            Relay::Presence(said) => match said.of_member() {
                Some(topic) => TopicFilter::from(topic),
                None => return Some(relay),
            },
            _ => return Some(relay),
        };
        let (question, ask) = match filter.as_topic() {
            Some(topic) => {
                let rules = Rules {
                    namespace: self.settings.namespaces.of_topic(&topic),
                    limits: &self.settings.limits,
                };
                let crowd = rules.namespace.presence;
                let question = self.home.ask_topic(now, &topic, relay, rules);
                (question, Ask::Open { topic, crowd })
            }
            None if self.settings.index == SPEAKER => {
                let question = self.home.ask_filter(&filter, relay);
                (question, Ask::Subscribe(filter))
            }
            None => return Some(relay),
        };
        match question {
            Question::Answer(relay) => Some(relay),
            Question::Waits => None,
            Question::Ask => {
                if let Ask::Open { topic, crowd: true } = &ask {
                    self.crowds.open(topic);
                }
                self.outputs.push_back(Output::Broker(ask));
                None
            }
        }
    }

    /// The broker said how a topic stands, or why it does not.
    fn opened(&mut self, now: Moment, topic: &Topic, result: Result<Opened, Refusal>) {
        let rules = Rules {
            namespace: self.settings.namespaces.of_topic(topic),
            limits: &self.settings.limits,
        };
        match result {
            Ok(mut opened) => {
                let crowd = opened.crowd.take();
                let waiting = self.home.opened(now, topic, opened, rules);
                if let Some(crowd) = crowd {
                    self.crowd_told(now, topic, Ok(crowd));
                }
                self.answer_all(now, waiting);
            }
            Err(refusal) => {
                let waiting = self.home.not_opened(topic);
                self.crowds.close(topic);
                self.refuse_all(now, waiting, &refusal);
            }
        }
    }

    /// Something was published, here or elsewhere.
    fn arrived(
        &mut self,
        now: Moment,
        publication: &Arc<Publication>,
        exclude: Option<ConnectionId>,
    ) {
        let rules = Rules {
            namespace: self.settings.namespaces.of_topic(&publication.topic),
            limits: &self.settings.limits,
        };
        if let Some(arrival) = self.home.arrived(now, publication, rules) {
            let shards = arrival.shards;
            if let Some(gap) = arrival.gap {
                self.spread_gap(now, publication, shards, gap);
            }
            self.spread(now, publication, shards, exclude);
            let waiting = self.home.caught_up(&publication.topic);
            self.answer_all(now, waiting);
        }
    }

    /// Answers those who wait for publications that do not come.
    pub(super) fn end_waiting(&mut self, now: Moment) {
        let waiting = self.home.never_caught_up(now);
        self.answer_all(now, waiting);
    }

    /// The broker knows of a filter. Where the last who wanted it has left again among those who
    /// waited, the broker was told so, and the next one has to ask anew.
    fn filter_known(&mut self, now: Moment, filter: &TopicFilter, waiting: Vec<Relay>) {
        for (place, relay) in waiting.into_iter().enumerate() {
            let known = place == 0 || self.home.wants(filter);
            let relay = if known {
                Some(relay)
            } else {
                self.hold_back(now, relay)
            };
            if let Some(relay) = relay {
                self.act_on(now, relay);
            }
        }
    }

    fn answer_all(&mut self, now: Moment, waiting: Vec<Relay>) {
        for relay in waiting {
            self.act_on(now, relay);
        }
    }

    fn refuse_all(&mut self, now: Moment, waiting: Vec<Relay>, refusal: &Refusal) {
        for relay in waiting {
            let refusal = refusal.clone();
            match relay {
                Relay::Interest {
                    from,
                    filter,
                    ticket,
                } => {
                    let result = Err(refusal);
                    let answer = Relay::Interested {
                        filter,
                        ticket,
                        result,
                    };
                    self.tell_shard(now, from, answer);
                }
                Relay::Attach {
                    subscriber,
                    ticket,
                    topic,
                    entrance,
                    ..
                } => {
                    let result = match entrance {
                        Some(entrance) => self.enter(now, &topic, *entrance, Err(refusal)),
                        None => Err(refusal),
                    };
                    self.answer_attach(now, subscriber, ticket, topic, result);
                }
                Relay::Recall { origin, .. } => self.recalled(origin, Err(refusal)),
                // It may be of one who was a member before the broker was asked again.
                Relay::Presence(_) => self.act_on(now, relay),
                // Whoever leaves needs no answer.
                _ => {}
            }
        }
    }

    /// Topics that are idle are not followed any longer.
    pub(super) fn unfollow(&mut self) {
        while let Some(topic) = self.home.next_unfollowed() {
            self.crowds.close(&topic);
            self.rosters.forget_elsewhere(&topic);
            self.outputs.push_back(Output::Broker(Ask::Close(topic)));
        }
    }

    /// As a home: a shard wants something no longer.
    pub(super) fn disinterest(&mut self, now: Moment, from: u16, filter: TopicFilter) {
        let leave = |this: &mut Self| {
            let namespaces = &this.settings.namespaces;
            this.home.unsubscribe(now, &filter, from, namespaces);
        };
        let topic = filter.as_topic();
        match &topic {
            Some(topic) => self.watching_interest(topic, leave),
            None => leave(self),
        }
        let wild = topic.is_none();
        let speaks = self.settings.brokered && self.settings.index == SPEAKER;
        if wild && speaks && !self.home.wants(&filter) {
            let ask = Ask::Unsubscribe(filter);
            self.outputs.push_back(Output::Broker(ask));
        }
    }
}
