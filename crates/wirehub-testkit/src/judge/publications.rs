//! Whether publications arrive as was promised.

use wirehub_model::{Offset, Position};

use super::Judge;
use crate::{
    letter::Heard,
    promise::{Promise, Verdict, broken},
};

impl Judge {
    /// One of several publications that came together, and how many it stands for.
    pub(super) fn judge_entry(&mut self, client: usize, heard: &Heard, count: u32) -> Verdict {
        let topic = self.ground.number(&heard.topic);
        let drops = topic.is_some_and(|topic| self.ground.family(topic).drops());
        if count == 0 || (count > 1 && !drops) {
            let found = format!("one of {} stands for {count}", heard.topic);
            return broken(Promise::NoGap, found);
        }
        self.judge_publication(client, heard)
    }

    pub(super) fn judge_publication(&mut self, client: usize, heard: &Heard) -> Verdict {
        let (number, topic) = self.judge_place(heard)?;
        let position = heard.position;
        let Some(witness) = self.witnesses.get_mut(client) else {
            return Ok(());
        };
        let what = || format!("p{number} at {} of {}", position.offset, heard.topic);
        let subscribed = witness.hears_since(&self.ground, topic).is_some();
        if !subscribed || !self.ground.may_hear(witness.user, topic) {
            return broken(Promise::Reach, format!("heard {}", what()));
        }
        witness.heard.insert(number);
        let known = &mut witness.topics[topic];
        let (last, thread) = (known.last, known.thread);
        let is_before = |known: Option<Position>| {
            known.filter(|known| known.epoch == position.epoch && known.offset >= position.offset)
        };
        let in_run = known.run.filter(|run| {
            let offset = position.offset;
            run.epoch == position.epoch && run.low <= offset && offset <= run.end
        });
        if is_before(last).is_none() {
            known.last = Some(position);
        }
        if let Some(run) = in_run {
            if let Some(last) = is_before(last).filter(|_| !run.again) {
                let found = format!("{} after {}", what(), last.offset);
                return broken(Promise::Order, found);
            }
            let rest = known.run.insert(run);
            rest.low = position.offset.next();
            rest.next = rest.low.max(run.next);
            known.run = known.run.filter(|run| run.low <= run.end);
            return self.judge_between(client, topic, run.next, position);
        }
        if let Some(last) = is_before(last) {
            let found = format!("{} after {}", what(), last.offset);
            return broken(Promise::Order, found);
        }
        known.thread = Some(position);
        let own = witness.connection.is_some() && heard.from == witness.connection;
        let said = self.record.said(number);
        if own && said.is_some_and(|said| !said.echo) {
            return broken(Promise::Reach, format!("{} came back", what()));
        }
        self.end_run(client, topic)?;
        match thread {
            None => Ok(()),
            Some(thread) if thread.epoch != position.epoch => {
                broken(Promise::NoGap, "the epoch changed without a word")
            }
            Some(thread) if thread.offset >= position.offset => {
                let found = format!("{} was said to be known at {}", what(), thread.offset);
                broken(Promise::Order, found)
            }
            Some(thread) => self.judge_between(client, topic, thread.offset.next(), position),
        }
    }

    /// Checks that a publication is the one that everybody else was told is there.
    pub(super) fn judge_place(
        &mut self,
        heard: &Heard,
    ) -> Result<(u32, usize), crate::promise::Breach> {
        let number = heard.number.zip(self.ground.number(&heard.topic));
        let Some((number, topic)) = number else {
            let found = format!("nobody said this on {}", heard.topic);
            return broken(Promise::OnePlace, found);
        };
        self.record.place(number, topic, heard.position)?;
        let said = self.record.said(number).and_then(|said| said.key);
        let key = said.map(|key| format!("k{key}"));
        if heard.key.as_ref().map(|key| key.as_str()) != key.as_deref() {
            return broken(Promise::OnePlace, format!("p{number} has another key"));
        }
        Ok((number, topic))
    }

    /// What is left of a run never came.
    pub(super) fn end_run(&mut self, client: usize, topic: usize) -> Verdict {
        let witness = self.witnesses.get_mut(client);
        let run = witness.and_then(|witness| witness.topics[topic].run.take());
        let Some(run) = run else {
            return Ok(());
        };
        let end = Position {
            epoch: run.epoch,
            offset: run.end.next(),
        };
        self.judge_between(client, topic, run.next, end)
    }

    /// Looks at what a client did not hear from `next` on, up to what it heard then.
    fn judge_between(
        &mut self,
        client: usize,
        topic: usize,
        next: Offset,
        heard: Position,
    ) -> Verdict {
        let mut missed = Position {
            epoch: heard.epoch,
            offset: next,
        };
        while missed.offset < heard.offset {
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
        // A filter with wildcards has no position: who comes by one may be told of something that
        // waited in a window, and of nothing else that was before it.
        let witness = self.witnesses.get(client);
        let came = witness.and_then(|witness| witness.came_widely(&self.ground, topic));
        let excused = match said {
            Some(said) if came.is_some_and(|came| said.at <= came) => true,
            None if came.is_some() => true,
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
        let number = number
            .map(|number| format!(", p{number}"))
            .unwrap_or_default();
        broken(
            Promise::NoGap,
            format!("c{client} missed {offset} of {name}{number}"),
        )
    }
}
