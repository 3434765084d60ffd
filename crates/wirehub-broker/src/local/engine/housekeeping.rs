//! Looking after topics: loading, forgetting, and catching up with the store.

use std::time::Duration;

use wirehub_model::Topic;

use super::{
    super::stream::{InFlight, Kept, Stream},
    Engine, lock,
};
use crate::{BrokerError, Change, Fault, Retention};

/// Topics in memory looked after at a time, and of the store.
const VISITS: usize = 256;
const STORED_VISITS: usize = 16;

/// Topics told anew in one commit, and of those that remember nothing any more: a full store has
/// little room to forget in.
const ANEW: usize = 64;
const OVER: usize = 8;

/// Topics looked at to find one that may leave the memory.
const SEARCH: usize = 64;

impl Engine {
    /// Loads a topic unless it is in memory; says whether it exists.
    pub(crate) fn find(&mut self, topic: &Topic) -> Result<bool, BrokerError> {
        if self.topics.contains(topic) {
            return Ok(true);
        }
        let stored = match self.storage.load(topic) {
            Ok(stored) => stored,
            Err(Fault::Damaged(reason)) => {
                let topic = topic.clone();
                return Err(BrokerError::Damaged { topic, reason });
            }
            // What is stored of the topic, if anything, is replaced once the store works.
            Err(fault @ Fault::Failed(_)) => {
                let retry_at = self.clock.elapsed() + self.settings.retry_every;
                self.storage.fail(&fault, retry_at);
                None
            }
        };
        let Some(stored) = stored else {
            return Ok(false);
        };
        self.room_for_topic()?;
        let uncertain = stored.is_uncertain;
        let mut stream = Stream::restore(topic.clone(), stored, self.settings.names);
        stream.touched = self.clock.elapsed();
        if uncertain {
            stream.renew(self.storage.draw_epoch());
            self.storage.changes().push(stream.row_change());
        }
        stream.trim(self.clock.wall(), self.storage.changes());
        stream.trim_names(self.clock.wall());
        self.storage.follow(&mut stream);
        self.topics.insert(stream);
        Ok(true)
    }

    /// Loads a topic, or begins it.
    pub(crate) fn find_or_begin(
        &mut self,
        topic: &Topic,
        retention: Retention,
    ) -> Result<(), BrokerError> {
        if self.find(topic)? {
            return Ok(());
        }
        self.room_for_topic()?;
        let stamped = self.stamp.map(|stamp| stamp.epoch);
        let epoch = stamped.unwrap_or_else(|| self.storage.draw_epoch());
        let id = self.storage.next_id();
        let mut stream = Stream::new(topic.clone(), id, epoch, retention);
        stream.touched = self.clock.elapsed();
        self.topics.insert(stream);
        Ok(())
    }

    fn room_for_topic(&mut self) -> Result<(), BrokerError> {
        let bound = self.settings.topics;
        if self.topics.len() >= bound && !self.let_one_go() {
            return Err(BrokerError::TooManyTopics(bound));
        }
        Ok(())
    }

    /// Keeps the memory within its bound after a publication to a topic.
    pub(crate) fn make_room(&mut self, topic: &Topic) {
        let bound = self.settings.bytes;
        if self.topics.weight() <= bound {
            return;
        }
        while self.topics.weight() > bound && self.let_one_go() {}
        let excess = self.topics.weight().saturating_sub(bound);
        if excess > 0 {
            let storage = &mut self.storage;
            let forgotten = self.topics.change(topic, |stream| {
                let weight = stream.weight().saturating_sub(excess);
                let forgotten = stream.shed(weight, storage.changes());
                storage.follow(stream);
                forgotten
            });
            self.stats.forgotten += forgotten.unwrap_or_default();
        }
    }

    /// Looks for a topic that can leave the memory without a loss: it is stored or empty, and was
    /// not used since the last look.
    fn let_one_go(&mut self) -> bool {
        if self.storage.failure().is_some() {
            return false;
        }
        for _ in 0..SEARCH {
            let interests = &self.interests;
            let mut over = false;
            let gone = self.topics.visit_next(|stream| {
                over = true;
                let was_used = std::mem::take(&mut stream.used);
                let idle = stream.in_flight == InFlight::Nothing && !was_used;
                let safe = stream.kept() == Kept::Stored;
                !(idle && safe && !lock(interests).is_open(stream.topic()))
            });
            if gone.is_some() {
                return true;
            }
            if !over {
                return false;
            }
        }
        false
    }

    /// Ages topics, forgets those that are over, and tries a failing store again.
    pub(crate) fn keep_house(&mut self) {
        for _ in 0..VISITS.min(self.topics.len()) {
            self.age_next();
        }
        self.age_stored();
        // At once, so that nobody finds a topic in the store that is about to be forgotten.
        self.commit();
    }

    fn age_next(&mut self) {
        let (wall, elapsed) = (self.clock.wall(), self.clock.elapsed());
        let forget_after = self.settings.forget_after;
        let (interests, storage) = (&self.interests, &mut self.storage);
        let follows_log = self.stamp.is_some();
        let gone = self.topics.visit_next(|stream| {
            stream.trim(wall, storage.changes());
            if !follows_log {
                stream.trim_names(wall);
            }
            storage.follow(stream);
            let idle = elapsed.saturating_sub(stream.touched) >= forget_after;
            let owed = matches!(stream.kept(), Kept::Behind(_));
            !idle || owed || !stream.is_empty() || lock(interests).is_open(stream.topic())
        });
        if let Some(stream) = gone
            && stream.kept() == Kept::Stored
        {
            let forget = Change::Forget(stream.topic().clone(), stream.id());
            self.storage.changes().push(forget);
        }
    }

    /// Ages some topics of the store that are not in memory.
    fn age_stored(&mut self) {
        let after = self.storage.take_cursor();
        let topics = self.storage.topics_after(after.as_ref(), STORED_VISITS);
        self.storage.set_cursor(topics.last().cloned());
        for topic in topics {
            if self.topics.contains(&topic) {
                continue;
            }
            // A damaged one stays as it is, and says so to whoever asks for it.
            if let Ok(Some(stored)) = self.storage.load(&topic) {
                let mut stream = Stream::restore(topic, stored, self.settings.names);
                if stream.is_empty() {
                    let forget = Change::Forget(stream.topic().clone(), stream.id());
                    self.storage.changes().push(forget);
                } else {
                    stream.trim(self.clock.wall(), self.storage.changes());
                    stream.trim_names(self.clock.wall());
                }
            }
        }
    }

    /// Makes safe what has waited long enough, or tries a failing store again.
    pub(crate) fn commit_when_due(&mut self) {
        let now = self.clock.elapsed();
        if self.storage.due().is_none_or(|due| due > now) {
            return;
        }
        if self.storage.failure().is_some() {
            self.catch_up(now);
        } else {
            self.commit();
        }
    }

    /// Tries to tell the store everything it missed.
    fn catch_up(&mut self, now: Duration) {
        if let Err(fault) = self.try_to_catch_up() {
            let retry_at = now + self.settings.retry_every;
            self.storage.fail_again(&fault, retry_at);
        }
    }

    fn try_to_catch_up(&mut self) -> Result<(), Fault> {
        self.storage.recover()?;
        let behind = self.storage.behind();
        let (over, others): (Vec<_>, Vec<_>) = behind.into_iter().partition(|topic| {
            let is_over = self.topics.change(topic, |stream| stream.is_empty());
            is_over.unwrap_or(true)
        });
        // What makes room comes first, for the store may be full.
        for (topics, together) in [(over, OVER), (others, ANEW)] {
            for some in topics.chunks(together) {
                self.tell_anew(some)?;
            }
        }
        self.storage.work_again();
        Ok(())
    }

    fn tell_anew(&mut self, topics: &[Topic]) -> Result<(), Fault> {
        let mut wholes = Vec::with_capacity(topics.len());
        for topic in topics {
            let whole = self.topics.change(topic, |stream| stream.whole());
            wholes.extend(whole.map(|whole| (topic.clone(), whole)));
        }
        self.storage.tell_anew(&wholes)?;
        for topic in topics {
            self.storage.caught_up(topic);
            self.topics.change(topic, Stream::caught_up);
        }
        Ok(())
    }
}
