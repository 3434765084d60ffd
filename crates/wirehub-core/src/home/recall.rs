//! What a home remembers of its topics, and gives to those who missed it.

use std::sync::Arc;

use wirehub_model::{
    ErrorCode, Gap, History, HistoryPage, HistoryQuery, Moment, Namespaces, Position, PresencePage,
    Publication, Recovery, Refusal, Topic,
};

use super::{Home, Rules};
use crate::{
    ledger::Holding,
    random::Random,
    stream::{Receipt, Stream, compare},
};

/// What a subscriber is given when it begins.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Where the topic stands: everything after it will be delivered.
    pub(crate) position: Position,
    /// Whether anything was missed, for a subscriber that said where it was.
    pub(crate) recovery: Option<Recovery>,
    /// What it missed, in order.
    pub(crate) missed: Vec<Arc<Publication>>,
    /// What was said last, as far as it is not among that. Whoever comes back gets it too: its
    /// connection may have been lost between the answer and the values.
    pub(crate) values: Vec<Arc<Publication>>,
    /// Who is there, once it has become a member itself.
    pub(crate) presence: Option<PresencePage>,
}

impl Home {
    /// Remembers a publication that has its place, as far as the rules want it.
    pub(super) fn remember(
        &mut self,
        now: Moment,
        publication: &Arc<Publication>,
        receipt: Option<Receipt>,
        rules: Rules<'_>,
    ) {
        let topic = &publication.topic;
        let Some(entry) = self.topics.get_mut(topic) else {
            return;
        };
        let stream = entry.stream.get_or_insert_default();
        let before = Holding::of(stream);
        stream.push(now, publication, rules.namespace);
        if let Some(receipt) = receipt {
            let end = now + rules.namespace.idempotency_ttl;
            let most = rules.limits.idempotency_keys;
            stream
                .receipts
                .push(end, receipt, publication.position, most);
        }
        self.ledger.book(before, Holding::of(stream));
        if !stream.log.is_empty() {
            self.ledger.logged(topic, publication.position.offset);
        }
        self.look_again(topic, rules.namespace);
        self.keep_within(rules.limits.remembered_bytes);
        if self.ledger.bytes() > rules.limits.remembered_bytes {
            self.forget_values(topic, rules.limits.remembered_bytes);
        }
    }

    /// Forgets a topic's oldest values, where even without any history there is too much.
    fn forget_values(&mut self, topic: &Topic, limit: usize) {
        let entry = self.topics.get_mut(topic);
        let Some(stream) = entry.and_then(|entry| entry.stream.as_mut()) else {
            return;
        };
        while self.ledger.bytes() > limit && !stream.values.is_empty() {
            let before = Holding::of(stream);
            stream.values.forget_one();
            self.ledger.book(before, Holding::of(stream));
            self.ledger.count_forgotten();
        }
    }

    /// Forgets the oldest publications of all until the rest is within `limit` bytes.
    fn keep_within(&mut self, limit: usize) {
        while let Some((topic, offset)) = self.ledger.next_to_forget(limit) {
            let entry = self.topics.get_mut(&topic);
            let Some(stream) = entry.and_then(|entry| entry.stream.as_mut()) else {
                continue;
            };
            if stream.log.first().is_some_and(|first| first <= offset) {
                let before = Holding::of(stream);
                stream.log.forget_oldest();
                self.ledger.book(before, Holding::of(stream));
                self.ledger.count_forgotten();
            }
        }
        if self.ledger.is_stale() {
            let topics = &self.topics;
            self.ledger.clean(|topic, offset| {
                let stream = topics.get(topic).and_then(|entry| entry.stream.as_ref());
                let first = stream.and_then(|stream| stream.log.first());
                first.is_some_and(|first| first <= offset)
            });
        }
    }

    /// What a subscriber of a topic is given when it begins, after `since` or new.
    pub(crate) fn attach(
        &mut self,
        now: Moment,
        topic: &Topic,
        since: Option<Position>,
        rules: Rules<'_>,
        random: &mut Random,
    ) -> Result<Attachment, Refusal> {
        self.forget_old(now, topic, rules);
        let entry = self.enter(now, topic, rules.limits, random)?;
        let (position, stream) = (entry.position, entry.stream.as_deref());
        let missed = since.map(|since| missed(stream, since, position, rules));
        let values = stream.map(|stream| stream.values.all(now, rules.namespace));
        let mut values = values.unwrap_or_default();
        if let (Some(since), Some(Ok(_))) = (since, &missed) {
            // The others are among what it missed.
            values.retain(|value| value.position.offset <= since.offset);
        }
        let recovery = missed.as_ref().map(|missed| match missed {
            Ok(_) => Recovery::Complete,
            Err(gap) => Recovery::Incomplete(*gap),
        });
        self.look_again(topic, rules.namespace);
        Ok(Attachment {
            position,
            recovery,
            missed: missed.and_then(Result::ok).unwrap_or_default(),
            values,
            presence: None,
        })
    }

    /// A page of a topic's history.
    pub(crate) fn history(
        &mut self,
        now: Moment,
        query: &HistoryQuery,
        rules: Rules<'_>,
        random: &mut Random,
    ) -> Result<History, Refusal> {
        let topic = &query.topic;
        self.forget_old(now, topic, rules);
        let entry = self.enter(now, topic, rules.limits, random)?;
        let position = entry.position;
        if let HistoryPage::After(place) | HistoryPage::Before(place) = query.page {
            compare(place, position).map_err(|gap| elsewhere(gap, position))?;
        }
        let log = entry.stream.as_ref().map(|stream| &stream.log);
        let page = log.map(|log| log.page(query.page, query.limit as usize));
        let (publications, more) = page.unwrap_or_default();
        self.look_again(topic, rules.namespace);
        Ok(History {
            position,
            publications,
            more,
        })
    }

    /// Forgets what was published to a topic, everything or up to a position. Its place stays, so
    /// that nobody takes what follows for what was there before, and so do idempotency keys: what
    /// was published is not published again.
    pub(crate) fn forget(&mut self, topic: &Topic, upto: Option<Position>, rules: &Namespaces) {
        let Some(entry) = self.topics.get_mut(topic) else {
            return;
        };
        // Of another life of the topic there is nothing left to forget.
        let here = entry.position;
        let upto = match upto {
            Some(upto) if upto.epoch != here.epoch && !entry.is_opening() => return,
            Some(upto) => upto,
            None => here,
        };
        entry.forget_when_opened(upto);
        if let Some(stream) = &mut entry.stream {
            let before = Holding::of(stream);
            stream.forget(upto.offset);
            self.ledger.book(before, Holding::of(stream));
        }
        self.look_again(topic, rules.of_topic(topic));
    }

    /// Forgets what is too old in a topic, before somebody is told of it.
    fn forget_old(&mut self, now: Moment, topic: &Topic, rules: Rules<'_>) {
        let entry = self.topics.get_mut(topic);
        if let Some(stream) = entry.and_then(|entry| entry.stream.as_mut()) {
            let before = Holding::of(stream);
            stream.trim(now, rules.namespace);
            self.ledger.book(before, Holding::of(stream));
        }
    }
}

/// What was published after `since`. Without a memory, nothing was missed only if nothing was said.
fn missed(
    stream: Option<&Stream>,
    since: Position,
    position: Position,
    rules: Rules<'_>,
) -> Result<Vec<Arc<Publication>>, Gap> {
    // More than half an outbox at once would leave no room for what comes meanwhile.
    let (most, bytes) = (rules.limits.recovery, rules.limits.outbox_bytes / 2);
    match stream {
        Some(stream) => stream.missed(since, position, most, bytes),
        None => {
            compare(since, position)?;
            if since == position {
                Ok(Vec::new())
            } else {
                Err(Gap::Expired)
            }
        }
    }
}

/// Refuses a page at a place where the topic has not been.
fn elsewhere(gap: Gap, position: Position) -> Refusal {
    let Position { epoch, offset } = position;
    let message = match gap {
        Gap::Future => format!("the topic stands at offset {offset}; the one given is ahead of it"),
        _ => format!("the topic's epoch is `{epoch}`; offsets of another one mean nothing in it"),
    };
    Refusal::new(ErrorCode::BadRequest, message)
}
