//! Whether answers and publications are what was promised.

use wirehub_model::{ErrorCode, Moment, Position, Recovery, Reply, Subscribed, TopicFilter};

use super::{
    Judge,
    witness::{Asked, Standing},
};
use crate::{
    letter::Heard,
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
        match (asked, reply) {
            (Asked::Subscribe { filter, since }, Reply::Subscribed(subscribed)) => {
                self.judge_subscribed(client, now, filter, since, subscribed)
            }
            (Asked::Unsubscribe(filter), Reply::Done) => {
                if let Some(witness) = self.witnesses.get_mut(client) {
                    witness.end(&self.ground, &filter);
                }
                Ok(())
            }
            (Asked::Publish { number }, Reply::Published(published)) => {
                let topic = self.record.said(number).map_or(0, |said| said.topic);
                self.record.place(number, topic, published.position)
            }
            (Asked::Send, Reply::Done) => Ok(()),
            (asked, reply) => {
                let found = format!("{asked:?} was answered with {reply:?}");
                broken(Promise::Answers, found)
            }
        }
    }

    fn judge_subscribed(
        &mut self,
        client: usize,
        now: Moment,
        filter: TopicFilter,
        since: Option<Position>,
        subscribed: &Subscribed,
    ) -> Verdict {
        let Some(witness) = self.witnesses.get_mut(client) else {
            return Ok(());
        };
        if !self.ground.may_subscribe(witness.user, &filter) {
            return broken(Promise::Reach, format!("may not subscribe to {filter}"));
        }
        if witness
            .standings
            .iter()
            .any(|standing| standing.filter == filter)
        {
            return broken(Promise::Answers, format!("subscribed to {filter} twice"));
        }
        let topic = filter
            .as_topic()
            .and_then(|topic| self.ground.number(&topic));
        if topic.is_some() != subscribed.position.is_some() {
            return broken(Promise::Answers, format!("a position for {filter}?"));
        }
        witness.standings.push(Standing { filter, since: now });
        let (Some(topic), Some(position)) = (topic, subscribed.position) else {
            return Ok(());
        };
        let from = match (since, subscribed.recovery) {
            (Some(since), Some(Recovery::Complete)) if since.epoch == position.epoch => since,
            (None, Some(_)) | (Some(_), None) => {
                return broken(Promise::Answers, "`recovered` goes with `since`");
            }
            (Some(since), Some(Recovery::Complete)) => {
                let found = format!("{since:?} recovered in another epoch, at {position:?}");
                return broken(Promise::NoGap, found);
            }
            _ => position,
        };
        let thread = &mut witness.threads[topic];
        // A filter with wildcards may have brought it further already.
        match thread {
            Some(thread) if thread.epoch == from.epoch && thread.offset > from.offset => {}
            _ => *thread = Some(from),
        }
        Ok(())
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
        let Some(id) = id else {
            let found = format!("a publication was refused: {}", code.name());
            return broken(Promise::Answers, found);
        };
        let asked = witness.answered(id)?;
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
            // Its beginning was refused.
            (Asked::Unsubscribe(filter), ErrorCode::NotSubscribed) => {
                let same = |standing: &Standing| standing.filter == *filter;
                !witness.standings.iter().any(same)
            }
            (Asked::Send, ErrorCode::NotFound) => true,
            _ => false,
        };
        if fair {
            return Ok(());
        }
        let code = code.name();
        broken(Promise::Answers, format!("{asked:?} was refused: {code}"))
    }

    pub(super) fn judge_publication(&mut self, client: usize, heard: &Heard) -> Verdict {
        let (topic, position) = (&heard.topic, heard.position);
        let number = heard.number.zip(self.ground.number(topic));
        let Some((number, topic)) = number else {
            return broken(Promise::OnePlace, format!("nobody said this on {topic}"));
        };
        self.record.place(number, topic, position)?;
        let Some(witness) = self.witnesses.get_mut(client) else {
            return Ok(());
        };
        let what = || format!("p{number} at {} of {}", position.offset, heard.topic);
        let subscribed = witness.hears_since(&self.ground, topic).is_some();
        if !subscribed || !self.ground.may_hear(witness.user, topic) {
            return broken(Promise::Reach, format!("heard {}", what()));
        }
        let said = self.record.said(number);
        let own = witness.connection.is_some() && heard.from == witness.connection;
        if own && said.is_some_and(|said| !said.echo) {
            return broken(Promise::Reach, format!("{} came back", what()));
        }
        let after =
            |before: Position| before.epoch == position.epoch && before.offset >= position.offset;
        if let Some(before) = witness.last[topic].filter(|before| after(*before)) {
            let found = format!("{} after {}", what(), before.offset);
            return broken(Promise::Order, found);
        }
        witness.heard.insert(number);
        witness.last[topic] = Some(position);
        let thread = witness.threads[topic].replace(position);
        self.judge_thread(client, topic, thread, position)
    }

    /// Looks at what lies between two publications that a client heard one after the other.
    fn judge_thread(
        &mut self,
        client: usize,
        topic: usize,
        thread: Option<Position>,
        position: Position,
    ) -> Verdict {
        let Some(thread) = thread else {
            return Ok(());
        };
        if thread.epoch != position.epoch {
            return broken(Promise::NoGap, "the epoch changed without a word");
        }
        if thread.offset >= position.offset {
            let (known, offset) = (thread.offset, position.offset);
            let found = format!("{offset} was said to be known at {known}");
            return broken(Promise::Order, found);
        }
        let mut missed = thread;
        missed.offset = missed.offset.next();
        while missed.offset < position.offset {
            self.judge_gap(client, topic, missed)?;
            missed.offset = missed.offset.next();
        }
        Ok(())
    }

    /// Whether a client may have missed what is at a place.
    pub(super) fn judge_gap(&mut self, client: usize, topic: usize, missed: Position) -> Verdict {
        let family = self.ground.family(topic);
        let number = self.record.at(topic, missed);
        let said = number.and_then(|number| self.record.said(number));
        let excused = match said {
            _ if family.is_whole() => false,
            Some(said) => said.ttl.is_some() || family.drops() || said.by == Some(client),
            None => {
                self.gaps.push((client, topic, missed));
                true
            }
        };
        if excused {
            return Ok(());
        }
        let name = self.ground.topics.get(topic).map(|(name, _)| name.as_str());
        let (name, offset) = (name.unwrap_or_default(), missed.offset);
        broken(
            Promise::NoGap,
            format!("missed {offset} of {name} ({number:?})"),
        )
    }
}
