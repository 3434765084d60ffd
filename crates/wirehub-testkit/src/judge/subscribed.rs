//! Whether subscriptions begin, and go on, as was promised.

use wirehub_model::{Epoch, Moment, Offset, Position, Recovery, Subscribed, TopicFilter};

use super::{
    Judge,
    witness::{Greeting, Knowledge, Run, Standing},
};
use crate::promise::{Promise, Verdict, broken};

/// From where on a subscriber has to be given everything.
struct Place {
    epoch: Epoch,
    /// No earlier than here, because it said that it has everything before,
    low: Offset,
    /// and no later than here.
    next: Offset,
}

impl Place {
    /// After a position that the client named itself.
    fn after(since: Position) -> Self {
        let next = since.offset.next();
        Self {
            epoch: since.epoch,
            low: next,
            next,
        }
    }

    /// Whether a topic at this position has been there.
    fn is_before(&self, position: Position) -> bool {
        self.epoch == position.epoch && self.low <= position.offset.next()
    }
}

impl Knowledge {
    /// A subscription begins at a position, and what followed `from` is still to come.
    fn begin(&mut self, position: Position, from: Option<Place>, ack: bool) {
        let run = from.map(|from| Run {
            epoch: position.epoch,
            low: from.low,
            next: from.next,
            end: position.offset,
            // A filter with wildcards may have brought some of it already.
            again: ack || self.has(from.next, position.epoch),
        });
        if ack {
            let before = |offset: Offset| Offset(offset.0.saturating_sub(1));
            self.acked = match run {
                Some(run) => (before(run.low), before(run.next)),
                None => (position.offset, position.offset),
            };
        }
        self.run = run.filter(|run| run.low <= run.end);
        // A filter with wildcards may have brought it further already.
        let further =
            |known: &Position| known.epoch == position.epoch && known.offset >= position.offset;
        self.thread = self.thread.filter(further).or(Some(position));
    }
}

impl Judge {
    /// A client that asked is subscribed.
    pub(super) fn judge_subscribed(
        &mut self,
        client: usize,
        standing: Standing,
        since: Option<Position>,
        subscribed: &Subscribed,
    ) -> Verdict {
        if since.is_some() != subscribed.recovery.is_some() {
            return broken(Promise::Answers, "`recovered` goes with `since`");
        }
        self.begin(client, standing, since.map(Place::after), subscribed)
    }

    /// A session brings a subscription back.
    pub(super) fn judge_returned(
        &mut self,
        client: usize,
        now: Moment,
        filter: &TopicFilter,
        subscribed: &Subscribed,
    ) -> Verdict {
        let Some(witness) = self.witnesses.get_mut(client) else {
            return Ok(());
        };
        let mut returning = witness.returning.iter();
        let Some(place) = returning.position(|standing| standing.filter == *filter) else {
            return broken(Promise::Answers, format!("nobody asked for {filter}"));
        };
        let mut standing = witness.returning.swap_remove(place);
        let answered = standing.since <= now;
        if subscribed.recovery != Some(Recovery::Complete) || !answered {
            standing.since = now;
        }
        let topic = filter.as_topic();
        let number = topic.as_ref().and_then(|topic| self.ground.number(topic));
        if let Some(topic) = number.filter(|_| !answered) {
            witness.cut_short.insert(topic);
        }
        let named = witness
            .named
            .iter()
            .find(|(named, _)| Some(named) == topic.as_ref());
        let from = match (number, subscribed.position) {
            (Some(topic), Some(position)) => {
                let (sure, perhaps) = witness.topics[topic].acked;
                let (low, next) = match named {
                    _ if standing.ack == Some(true) && answered => (sure.next(), perhaps.next()),
                    // It does not know where it began, since the answer never came.
                    _ if standing.ack != Some(false) => (Offset(1), position.offset.next()),
                    Some((_, offset)) => (offset.next(), offset.next()),
                    None => return self.begin(client, standing, None, subscribed),
                };
                let epoch = position.epoch;
                Some(Place { epoch, low, next })
            }
            _ => None,
        };
        self.begin(client, standing, from, subscribed)
    }

    fn begin(
        &mut self,
        client: usize,
        standing: Standing,
        from: Option<Place>,
        subscribed: &Subscribed,
    ) -> Verdict {
        let Some(witness) = self.witnesses.get_mut(client) else {
            return Ok(());
        };
        let filter = standing.filter.clone();
        if !self.ground.may_subscribe(witness.user, &filter) {
            return broken(Promise::Reach, format!("may not subscribe to {filter}"));
        }
        let same = |known: &Standing| known.filter == filter;
        if witness.standings.iter().any(same) {
            return broken(Promise::Answers, format!("subscribed to {filter} twice"));
        }
        let topic = filter.as_topic();
        let topic = topic.and_then(|topic| self.ground.number(&topic));
        if topic.is_some() != subscribed.position.is_some() {
            return broken(Promise::Answers, format!("a position for {filter}?"));
        }
        let ack = standing.ack != Some(false);
        let watch = standing.watch;
        // It had ended it before its session went on, and now begins it anew.
        witness.returning.retain(|known| known.filter != filter);
        witness.standings.push(standing);
        let (Some(topic), Some(position)) = (topic, subscribed.position) else {
            return Ok(());
        };
        witness.begin_roster(topic, watch, subscribed.presence.as_ref())?;
        let complete = subscribed.recovery == Some(Recovery::Complete);
        let from = match from {
            None if complete => return broken(Promise::NoGap, "recovered from nowhere"),
            Some(from) if complete && !from.is_before(position) => {
                let found = format!("recovered {filter} from elsewhere, at {position:?}");
                return broken(Promise::NoGap, found);
            }
            from => from.filter(|_| complete),
        };
        let known = match &from {
            Some(Place { low, next, .. }) => (low.0.saturating_sub(1), next.0.saturating_sub(1)),
            None => (position.offset.0, position.offset.0),
        };
        witness.topics[topic].begin(position, from, ack);
        let greeted = self.has_values(topic);
        if greeted && let Some(witness) = self.witnesses.get_mut(client) {
            witness.cut_short.remove(&topic);
            witness.greeting = Some(Greeting {
                client,
                topic,
                position,
                known,
                values: Vec::new(),
            });
        }
        Ok(())
    }
}
