//! Whether answers are what was promised.

use wirehub_model::{ErrorCode, History, HistoryPage, HistoryQuery, Moment, Offset, Reply};

use super::{
    Judge,
    witness::{Asked, Standing},
};
use crate::{
    feature::Feature,
    letter::number,
    promise::{Promise, Verdict, broken},
};

impl Judge {
    pub(super) fn judge_reply(
        &mut self,
        client: usize,
        now: Moment,
        asked: Asked,
        reply: &Reply,
    ) -> Verdict {
        let Some(witness) = self.witnesses.get_mut(client) else {
            return Ok(());
        };
        match (asked, reply) {
            (
                Asked::Subscribe {
                    filter,
                    since,
                    ack,
                    watch,
                    says,
                },
                Reply::Subscribed(subscribed),
            ) => {
                let standing = Standing {
                    filter,
                    since: now,
                    ack: Some(ack),
                    watch: Some(watch),
                    says: Some(says),
                };
                self.judge_subscribed(client, standing, since, subscribed)
            }
            (Asked::Unsubscribe(filter), Reply::Done) => {
                witness.end(&self.ground, &filter);
                Ok(())
            }
            (Asked::Ack(topic, offset), Reply::Done) => {
                if let Some(topic) = self.ground.number(&topic) {
                    let (sure, _) = &mut witness.topics[topic].acked;
                    *sure = offset.max(*sure);
                }
                Ok(())
            }
            (Asked::Publish { number }, Reply::Published(published)) => {
                let topic = self.record.said(number).map_or(0, |said| said.topic);
                self.record.place(number, topic, published.position)
            }
            (Asked::Send { number }, Reply::Done) => {
                self.direct_accepted(number);
                Ok(())
            }
            (Asked::State(topic, says), Reply::Done) => {
                let mut others = witness.asked.values();
                let is_last = !others.any(|asked| matches!(asked, Asked::State(..)));
                if let Some(standing) = witness.standing_mut(&topic).filter(|_| is_last) {
                    standing.says = Some(says);
                }
                Ok(())
            }
            (Asked::Resume, Reply::Resumed { lost }) => witness.resumed(now, *lost),
            (Asked::History(query), Reply::History(history)) => self.judge_history(&query, history),
            (asked, reply) => {
                let found = format!("{asked:?} was answered with {reply:?}");
                broken(Promise::Answers, found)
            }
        }
    }

    pub(super) fn judge_refusal(
        &mut self,
        client: usize,
        id: Option<u64>,
        code: ErrorCode,
    ) -> Verdict {
        let Some(witness) = self.witnesses.get_mut(client) else {
            return Ok(());
        };
        // The broker was away.
        let away = self.features.has(Feature::BrokerTrouble) && code == ErrorCode::Overloaded;
        let Some(id) = id.or_else(|| away.then_some(u64::MAX)) else {
            let found = format!("a publication was refused: {}", code.name());
            return broken(Promise::Answers, found);
        };
        if id == u64::MAX {
            return Ok(());
        }
        let asked = witness.answered(id)?;
        let same = |standing: &Standing, filter| standing.filter == filter;
        let fair = match (&asked, code) {
            (Asked::Subscribe { filter, .. }, ErrorCode::PermissionDenied) => {
                !self.ground.may_subscribe(witness.user, filter)
            }
            (Asked::Subscribe { .. }, ErrorCode::LimitReached) => self.limited,
            // It was ended before it began.
            (Asked::Subscribe { filter, .. }, ErrorCode::NotSubscribed) => {
                let ends = |asked: &Asked| matches!(asked, Asked::Unsubscribe(it) if it == filter);
                witness.asked.values().any(ends)
            }
            // The session had it, which its client could not know.
            (Asked::Subscribe { filter, .. }, ErrorCode::AlreadySubscribed) => {
                let mut all = witness.returning.iter().chain(&witness.standings);
                witness.names.len() > 1 && all.any(|standing| standing.filter == *filter)
            }
            // Its beginning was refused.
            (Asked::Unsubscribe(filter), ErrorCode::NotSubscribed) => {
                let mut standings = witness.standings.iter();
                !standings.any(|standing| same(standing, filter.clone()))
            }
            (Asked::Send { .. }, ErrorCode::NotFound) => true,
            (Asked::Resume, ErrorCode::NotResumable) => {
                witness.begins_anew();
                true
            }
            (Asked::History(_), ErrorCode::NotEnabled) => !self.keeps_history,
            (Asked::History(query), ErrorCode::PermissionDenied) => {
                let topic = self.ground.number(&query.topic);
                topic.is_some_and(|topic| !self.ground.may_hear(witness.user, topic))
            }
            // A position of an earlier life of the topic.
            (Asked::History(query), ErrorCode::BadRequest) => query.page != HistoryPage::Newest,
            (
                Asked::Subscribe { .. }
                | Asked::Publish { .. }
                | Asked::History(_)
                | Asked::Send { .. },
                _,
            ) => away,
            _ => false,
        };
        if fair {
            return Ok(());
        }
        let code = code.name();
        broken(Promise::Answers, format!("{asked:?} was refused: {code}"))
    }

    fn judge_history(&mut self, query: &HistoryQuery, history: &History) -> Verdict {
        let Some(topic) = self.ground.number(&query.topic) else {
            return Ok(());
        };
        let offsets: Vec<Offset> = history
            .publications
            .iter()
            .map(|publication| publication.position.offset)
            .collect();
        let steady = offsets.windows(2).all(|pair| pair[0].next() == pair[1]);
        let (first, last) = (offsets.first().copied(), offsets.last().copied());
        let within = match query.page {
            HistoryPage::Newest => last.is_none_or(|last| last == history.position.offset),
            HistoryPage::After(place) => first.is_none_or(|first| first > place.offset),
            HistoryPage::Oldest => true,
            HistoryPage::Before(place) => last.is_none_or(|last| last < place.offset),
        };
        if !steady || !within || offsets.len() > query.limit as usize {
            let found = format!("{query:?} was answered with the offsets {offsets:?}");
            return broken(Promise::Answers, found);
        }
        for publication in &history.publications {
            let number = number(&publication.message.payload);
            let number = number.unwrap_or(u32::MAX);
            self.record.place(number, topic, publication.position)?;
        }
        Ok(())
    }
}
